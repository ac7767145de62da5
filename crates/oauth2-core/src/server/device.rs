//! The device authorization grant (RFC 8628), up to the person's decision: the endpoint where a device begins, and the
//! page where a person types the code that the device shows.
//!
//! The page leads to the same consent as every other request: the code only tells which one is meant, and nothing is
//! granted by opening an address (RFC 10027).

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use oauth_sansio::{Browser, Digest, Entropy, Moment, Reply, form::Form};
use serde::Serialize;

use super::{
    AuthorizationServer, Batch, Commit, Device, Facts, Goal, GrantType, JsonText, Load, Pending, Reason,
    Record, Step, UserCode, Want,
    backchannel::{Context, Decision},
    details,
    parameters::{optional, parse, parse_body, required},
    redirect, resources,
    step::{Lost, Then},
    token::allowed,
    wire,
};
use crate::Scopes;

/// Seconds between two polls (RFC 8628 section 3.2).
pub(super) const INTERVAL: u64 = 5;

/// Letters that are not mistaken for one another, and spell no words (RFC 8628 section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Letters of a user code: 34 bits.
const LENGTH: usize = 8;

/// What a device asks for.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Begin {
    scopes: Option<Scopes>,
    resources: Vec<String>,
    details: Option<JsonText>,
}

#[derive(Serialize)]
struct Body<'a> {
    device_code: &'a str,
    user_code: &'a str,
    verification_uri: &'a str,
    verification_uri_complete: &'a str,
    expires_in: u64,
    interval: u64,
}

impl Begin {
    pub(super) fn read(form: &Form<'_>) -> Result<Self, Reason> {
        let scopes = optional(form, "scope")?.map(str::parse).transpose();
        let scopes = scopes.map_err(|_| Reason::ScopeMalformed)?;
        Ok(Self { scopes, resources: resources::read(form)?, details: details::read(form)? })
    }

    pub(super) fn decide(&self, context: &Context<'_>, moment: Moment) -> Result<Decision, Reason> {
        let Context { server, client, .. } = *context;
        allowed(client, &GrantType::DeviceCode)?;
        let now = moment.now();
        let lifetime = server.config().lifetimes.device;
        let device = std::sync::Arc::new(Device {
            client_id: client.client_id.clone(),
            scopes: server.allowed_scopes(client, self.scopes.as_ref())?,
            resources: resources::allowed(server, client, &self.resources)?,
            details: details::allowed(server, client, self.details.as_ref())?,
            issued: now,
            expires: now.plus(lifetime),
        });
        let mut entropy = moment.entropy();
        let device_code = entropy.token();
        let (user_code, key) = (draw(&mut entropy), Digest::of_token(device_code.expose()));
        let asks = device.clone();
        let put = vec![
            Record::Device(key, device),
            Record::UserCode(Digest::of(&user_code), UserCode { device: key, asks }.into()),
        ];
        let shown = shown(&user_code);
        let uri = server.config().url(&server.config().paths.device);
        let body = Body {
            device_code: device_code.expose(),
            user_code: &shown,
            verification_uri: uri.as_str(),
            verification_uri_complete: &redirect::with_parameters(
                uri.as_str(),
                [("user_code", shown.as_str())],
            ),
            expires_in: lifetime.as_secs(),
            interval: INTERVAL,
        };
        let reply = Reply::granted(wire::json(StatusCode::OK, &body));
        Ok(Decision::Write(Batch { put, ..Batch::default() }, reply))
    }
}

/// In the extensions of an answer at the device's page: what a page of one's own shows in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DevicePage {
    /// A field for the code. The code in the address fills it in, and does nothing else (RFC 8628 section 3.3.1).
    Enter {
        /// What stands in the field.
        user_code: Option<String>,
        /// The code that was sent is not one that waits.
        wrong: bool,
    },
    /// The person has decided and can go back to the device.
    Decided {
        /// The device was allowed.
        allowed: bool,
    },
}

/// A code that was typed in.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(super) struct Typed {
    code: String,
    browser: Option<Browser>,
}

pub(super) fn receive(server: AuthorizationServer, request: &Request<Bytes>) -> Step {
    match read(&server, request) {
        Ok(Ok(typed)) => {
            let wanted = Want::UserCode(Digest::of(&typed.code)).into();
            Step::Load(Load::new(server, wanted, Then::Typed(typed)))
        }
        Ok(Err(page)) => page,
        Err(reason) => Step::Reply(wire::direct_error(reason, "GET, POST")),
    }
}

fn read(server: &AuthorizationServer, request: &Request<Bytes>) -> Result<Result<Typed, Step>, Reason> {
    let limits = &server.config().limits.form;
    match *request.method() {
        Method::GET => {
            let form = parse(request.uri().query().unwrap_or_default().as_bytes(), limits)?;
            let user_code = optional(&form, "user_code")?.and_then(normal).map(|code| shown(&code));
            Ok(Err(page(StatusCode::OK, DevicePage::Enter { user_code, wrong: false })))
        }
        Method::POST => {
            let form = parse_body(request.headers(), request.body(), limits)?;
            let Some(code) = normal(required(&form, "user_code")?) else { return Ok(Err(wrong())) };
            Ok(Ok(Typed { code, browser: Browser::of(request.headers(), server.is_secure()) }))
        }
        _ => Err(Reason::Method),
    }
}

/// From the code to the consent page.
pub(super) fn decide(server: &AuthorizationServer, typed: Typed, facts: Facts, moment: Moment) -> Step {
    let now = moment.now();
    let waiting = facts.user_code.filter(|loaded| !loaded.revoked && now < loaded.record.asks.expires);
    let Some(waiting) = waiting else { return wrong() };
    let UserCode { device, asks } = &*waiting.record;
    let mut entropy = moment.entropy();
    let handle = entropy.token();
    let browser = typed.browser.unwrap_or_else(|| Browser::new(entropy.text(), server.is_secure()));
    let pending = Pending {
        client_id: asks.client_id.clone(),
        goal: Goal::Device { device: *device, asks: asks.clone(), user_code: shown(&typed.code) },
        pushed: None,
        browser: browser.digest(),
        began: now,
        expires: asks.expires.min(now.plus(server.config().lifetimes.pending)),
    };
    let location = redirect::with_parameters(server.consent_url(), [("handle", handle.expose())]);
    let put = vec![Record::Pending(Digest::of_token(handle.expose()), pending.into())];
    let batch = Batch { put, ..Batch::default() };
    let sealed = wire::with_cookie(wire::see_other(location, None), &browser);
    Step::Commit(Commit::new(batch, sealed, Lost::CannotHappen))
}

/// What the person sees after the decision.
pub(super) fn decided(allowed: bool) -> Box<Reply<Reason>> {
    with_page(
        Response::new(Bytes::from_static(b"You can go back to your device.\n")),
        DevicePage::Decided { allowed },
    )
}

fn wrong() -> Step {
    page(StatusCode::BAD_REQUEST, DevicePage::Enter { user_code: None, wrong: true })
}

fn page(status: StatusCode, page: DevicePage) -> Step {
    let mut response = Response::new(Bytes::from_static(b"Enter the code that your device shows.\n"));
    *response.status_mut() = status;
    Step::Reply(with_page(response, page))
}

fn with_page(response: Response<Bytes>, page: DevicePage) -> Box<Reply<Reason>> {
    let refused = matches!(page, DevicePage::Enter { wrong: true, .. });
    let mut response = wire::for_people(response);
    response.extensions_mut().insert(page);
    Box::new(Reply { response, reason: refused.then_some(Reason::UserCodeUnknown) })
}

/// Each letter with the same chance: bytes that would favour some are drawn again.
fn draw(entropy: &mut Entropy) -> String {
    let mut code = String::with_capacity(LENGTH);
    while code.len() < LENGTH {
        let [byte] = entropy.bytes();
        let fair = byte < 240;
        code.extend(LETTERS.get(usize::from(byte % 20)).filter(|_| fair).map(|letter| char::from(*letter)));
    }
    code
}

/// As people read it out.
fn shown(code: &str) -> String {
    match code.split_at_checked(LENGTH / 2) {
        Some((one, other)) => format!("{one}-{other}"),
        None => code.to_owned(),
    }
}

/// The one form of a code, however it was typed: letters in upper case, nothing between them (RFC 8628 section 6.1).
fn normal(typed: &str) -> Option<String> {
    if typed.len() > 64 {
        return None;
    }
    let letters = typed.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{2010}'..='\u{2015}' | '\u{a0}'));
    let code: String = letters.map(|c| c.to_ascii_uppercase()).collect();
    let fits = code.len() == LENGTH && code.bytes().all(|b| LETTERS.contains(&b));
    fits.then_some(code)
}
