//! Pages with one form: a person, known by a password, and a decision.

use async_trait::async_trait;
use bytes::Bytes;
use http::Response;
use oauth_hyper_server::{Pages, Turn, Visit};
use oauth_sansio::{Answer, Prompt};

/// The password of Ann, the one person there is.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) struct StubPages;

#[async_trait]
impl Pages for StubPages {
    async fn interact(&self, prompt: &Prompt, visit: &Visit<'_>) -> Turn {
        let form = visit.form().unwrap_or_default();
        let one = |name| form.one(name).ok().flatten();
        match (one("password"), one("decision")) {
            (Some(PASSWORD), Some("allow")) => Turn::Answer(Answer::allowed("ann")),
            (_, Some("deny")) => Turn::Answer(Answer::Denied),
            _ => Turn::Page(Response::new(Bytes::from(format!("{} wants to print", prompt.client_name)))),
        }
    }
}
