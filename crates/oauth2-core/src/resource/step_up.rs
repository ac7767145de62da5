//! How a person must have logged in for what a request asks for (RFC 9470 section 3).

use std::time::Duration;

use oauth_sansio::Timestamp;

use super::Reason;

/// What is asked of the login behind a token. A token of a client for itself has none, and falls short of all but nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StepUp {
    /// The authentication context classes that do, the best first; empty when any does.
    pub acr_values: Vec<String>,
    /// How long ago the login may have been; whole seconds count.
    pub max_age: Option<Duration>,
}

impl StepUp {
    /// Whether a login does: its class, and when it was. One that nothing is known of does only where nothing is asked.
    pub(super) fn check(
        &self,
        acr: Option<&str>,
        auth_time: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Reason> {
        let is_fresh = match self.max_age {
            None => true,
            Some(max_age) => auth_time.is_some_and(|at| at >= now.minus(max_age)),
        };
        let is_strong = self.acr_values.is_empty()
            || acr.is_some_and(|acr| self.acr_values.iter().any(|wanted| wanted == acr));
        match is_fresh && is_strong {
            true => Ok(()),
            false => Err(Reason::LoginUnmet),
        }
    }

    /// The two parameters of the challenge.
    pub(super) fn parameters(&self) -> [(&'static str, Option<String>); 2] {
        let acr_values = (!self.acr_values.is_empty()).then(|| self.acr_values.join(" "));
        let max_age = self.max_age.map(|max_age| max_age.as_secs().to_string());
        [("acr_values", acr_values), ("max_age", max_age)]
    }

    /// Whether a challenge can carry it: words without spaces.
    pub(super) fn is_fit(&self) -> bool {
        let is_word = |acr: &String| !acr.is_empty() && acr.bytes().all(|b| b.is_ascii_graphic());
        self.acr_values.iter().all(is_word)
    }
}
