//! Verifying signed requests at a protected resource, beside the limit of signing them.

use std::hint::black_box;
use std::sync::Arc;

use oauth_sansio::{Family, Loaded, Outcome};
use oauth1_core::resource::{Config, Step, Verifier};
use oauth1_core::server::{Callbacks, Client, Facts, Token};
use oauth1_core::signature::{Origin, Received};

use crate::harness::{Case, compare};
use crate::oauthlib::Oauthlib;
use crate::sign::{self, Limit, NOW, ORIGIN};

pub(crate) fn run(rounds: usize) -> anyhow::Result<()> {
    for parameters in [6, 60] {
        let signed = sign::signed(parameters)?;
        let base = sign::base_string(&signed)?;
        let limit = Limit::new(&base, &sign::plain(&signed));
        let origin = Origin::new(&ORIGIN.parse()?)?;
        let verifier = Verifier::new(Config::new(ORIGIN.parse()?))?;
        let facts = facts();
        let body = std::str::from_utf8(signed.body())?;
        let python = Oauthlib::start(&format!("{ORIGIN}/photos"), body)?;
        let mut cases = vec![
            Case::new("limit: every parameter encoded once, HMAC-SHA1", || limit.run()),
            Case::new("read the request, build the base string", || {
                black_box(Received::read(&signed, &origin, &Default::default()).expect("reads"));
            }),
            Case::new("verify: all steps to Admit, facts at hand", || {
                let mut step = verifier.receive(&signed, sign::moment());
                loop {
                    step = match step {
                        Step::Load(load) => load.resume(facts.clone(), sign::moment()),
                        Step::Commit(commit) => commit.settle(Outcome::Applied),
                        Step::Admit(grant) => break drop(black_box(grant)),
                        Step::Reply(reply) => panic!("refused: {:?}", reply.reason),
                    };
                }
            }),
        ];
        let verifies = |python| {
            Case::elsewhere("oauthlib: ResourceEndpoint", move |runs| Oauthlib::run(python, "verify", runs))
        };
        cases.extend(python.as_ref().map(verifies));
        compare(
            &format!("oauth1-verify, {parameters} form parameters, base string of {}", base.len()),
            rounds,
            cases,
        );
    }
    Ok(())
}

fn facts() -> Facts {
    let client = Client {
        client_id: "dpf43f3p2l4k3l03".into(),
        name: "Printer".into(),
        secret: "kd94hf93k423kf44".into(),
        public_key: None,
        callbacks: Callbacks::Any,
        methods: Default::default(),
    };
    let token = Token {
        secret: "pfkkdhi9sl3r4s00".into(),
        client_id: client.client_id.clone(),
        subject: "ann".into(),
        realms: [].into(),
        family: Family::from_bytes([1; 16]),
        issued: NOW,
        expires: None,
        renewal: None,
        key: Default::default(),
    };
    Facts { client: Some(Arc::new(client)), token: Some(Loaded::fresh(token)), ..Facts::default() }
}
