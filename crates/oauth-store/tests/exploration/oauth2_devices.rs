//! A device that polls while its person decides, on more pages than one.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use oauth_sansio::{Answer, Digest, Moment};
use oauth_store::{IssuerStore, Table};
use oauth2_core::server::{
    AuthorizationServer, Batch, Client, Device, Endpoint, Goal, GrantType, Pending, Record, Step,
};

use crate::explorer::{Flight, ISSUER, Knowledge, Landed, NOW, Rules, Seen, explore, prepared, ready};
use crate::oauth2::{Flying, no_reply_precedes_its_rows, post, server};

const CODE: &str = "AAAAAAAAa-device-code";

/// A request of the device, or a page whose person allows or denies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Party {
    Allows(Flying),
    Denies(Flying),
}

impl Flight for Party {
    fn advance(self, store: &IssuerStore, moment: Moment) -> Self {
        match self {
            Self::Denies(Flying(Step::Interact(page))) => {
                Self::Denies(Flying(page.answer(Answer::Denied, moment)))
            }
            Self::Denies(flying) => Self::Denies(flying.advance(store, moment)),
            Self::Allows(flying) => Self::Allows(flying.advance(store, moment)),
        }
    }

    fn landed(&self) -> Option<Landed> {
        match self {
            Self::Allows(flying) | Self::Denies(flying) => flying.landed(),
        }
    }
}

/// A device that waits, and two pages that were opened with its code.
fn knowledge(browser: &str) -> Knowledge {
    let device = Digest::of_token(CODE);
    let asks = Arc::new(Device {
        client_id: "app".into(),
        scopes: "photos".parse().unwrap(),
        resources: Vec::new(),
        details: None,
        issued: NOW,
        expires: NOW.plus(Duration::from_secs(60)),
    });
    let page = |handle: &str| {
        let pending = Pending {
            client_id: "app".into(),
            goal: Goal::Device { device, asks: asks.clone(), user_code: String::new() },
            pushed: None,
            browser: Digest::of(browser),
            began: NOW,
            expires: NOW.plus(Duration::from_secs(60)),
        };
        Record::Pending(Digest::of_token(handle), pending.into())
    };
    let client = Client {
        grants: vec![GrantType::DeviceCode, GrantType::RefreshToken],
        scopes: "photos".parse().unwrap(),
        ..Client::new("app")
    };
    let put = vec![page("one"), page("other"), Record::Device(device, asks.clone())];
    prepared(|store| {
        ready(store.register_oauth2(client)).unwrap();
        let _ = ready(store.commit_oauth2(&Batch { put, ..Batch::default() })).unwrap();
    })
}

fn poll(server: &AuthorizationServer) -> Party {
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    Party::Allows(post(server, Endpoint::Token, "token", &format!("grant_type={grant}&device_code={CODE}")))
}

fn visit(server: &AuthorizationServer, browser: &str, handle: &str) -> Flying {
    let request = Request::post(format!("{ISSUER}/oauth2/consent?handle={handle}"))
        .header(header::COOKIE, format!("__Host-oauth-browser={browser}"))
        .body(Bytes::new())
        .unwrap();
    Flying(server.receive(Endpoint::Consent, &request, Moment::new(NOW, [0; 32])))
}

fn rows(world: &Seen<'_, Party>, table: Table) -> usize {
    world.knowledge.rows.keys().filter(|key| key.table == table).count()
}

/// How many polls brought tokens.
fn given(world: &Seen<'_, Party>) -> usize {
    let with_tokens = |landed: &Landed| String::from_utf8_lossy(&landed.body).contains("\"access_token\"");
    world.landed().filter(|(_, landed)| with_tokens(landed)).count()
}

#[test]
fn a_device_is_decided_once_and_gets_its_tokens_once_and_only_if_it_was_allowed() {
    let server = server();
    let browser = "b".repeat(43);
    let (most_given, refused) = (Cell::new(0), Cell::new(0));
    let always = |world: &Seen<'_, Party>| {
        no_reply_precedes_its_rows(world);
        assert!(rows(world, Table::OAuth2DeviceDecision) <= 1, "decided twice");
        assert!(given(world) <= 1 && rows(world, Table::OAuth2Access) <= 1, "given twice");
        most_given.set(most_given.get().max(given(world)));
        let denied = world.landed().any(|(_, landed)| landed.body.windows(13).any(|w| w == b"access_denied"));
        refused.set(refused.get().max(usize::from(denied)));
        assert!(!(denied && given(world) > 0), "allowed and denied");
    };
    let at_the_end = |world: &Seen<'_, Party>| assert_eq!(rows(world, Table::OAuth2DeviceDecision), 1);
    let requests = vec![
        Party::Allows(visit(&server, &browser, "one")),
        Party::Denies(visit(&server, &browser, "other")),
        poll(&server),
        poll(&server),
    ];
    let rules = Rules { always: &always, at_the_end: &at_the_end };
    explore("a device and two pages", knowledge(&browser), requests, &rules);
    assert_eq!((most_given.get(), refused.get()), (1, 1), "in some worlds it is allowed, in others denied");
}
