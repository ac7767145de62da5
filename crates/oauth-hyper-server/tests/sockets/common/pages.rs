//! Pages with one form: a person, known by a password, and a decision.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Response, header};
use oauth_hyper_server::{Pages, Turn, Visit};
use oauth_sansio::{Allowed, Answer, Person, Prompt};

/// The password of Ann, the one person there is.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// The cookie of a browser in which Ann is logged in.
pub(crate) const LOGGED_IN: &str = "login=ann";

pub(crate) struct StubPages;

#[async_trait]
impl Pages for StubPages {
    /// Ann is in a browser that says so.
    async fn identify(&self, _: &Prompt, visit: &Visit<'_>) -> Option<Person> {
        let cookies = visit.headers.get(header::COOKIE)?.to_str().ok()?;
        cookies.split("; ").any(|pair| pair == LOGGED_IN).then(|| Person::new("ann"))
    }

    async fn interact(&self, prompt: &Prompt, visit: &Visit<'_>) -> Turn {
        let form = visit.form().unwrap_or_default();
        let one = |name| form.one(name).ok().flatten();
        match (one("password"), one("decision")) {
            (Some(PASSWORD), Some("allow")) => Turn::Answer(Answer::allowed("ann")),
            (Some(PASSWORD), Some("always")) => {
                let person = Person::new("ann");
                Turn::Answer(Answer::Allowed(Allowed { person, scopes: None, remember: true }))
            }
            (_, Some("deny")) => Turn::Answer(Answer::Denied),
            _ => Turn::Page(Response::new(Bytes::from(format!("{} wants to print", prompt.client_name)))),
        }
    }
}
