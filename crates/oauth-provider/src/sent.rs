//! What the forms of the pages send.

use http::Method;
use oauth_hyper_server::Visit;
use oauth_sansio::Secret;
use oauth_sansio::form::{Form, FormError};

use crate::views;

/// What a form says.
pub(crate) enum Sent {
    Nothing,
    Login { username: String, password: Secret },
    Decision(Decision, Secret),
}

/// The button that was pressed on a consent page.
#[derive(Clone, Copy)]
pub(crate) enum Decision {
    Allow {
        /// Not to be asked again for the same.
        remember: bool,
    },
    Deny,
    Switch,
}

/// A form that none of the pages sends.
pub(crate) struct Malformed;

impl From<FormError> for Malformed {
    fn from(_: FormError) -> Self {
        Self
    }
}

impl Sent {
    /// Reads the form of a visit.
    pub(crate) fn of(visit: &Visit<'_>) -> Result<Self, Malformed> {
        if visit.method != Method::POST {
            return Ok(Self::Nothing);
        }
        let form: Form<'_> = visit.form()?;
        let one = |name| Ok::<_, FormError>(form.one(name)?.unwrap_or_default());
        let decision = match one("decision")? {
            "" => {
                let (username, password) = (one("username")?.to_owned(), one("password")?.into());
                return Ok(Self::Login { username, password });
            }
            views::ALLOW => match one("remember")? {
                "" => Decision::Allow { remember: false },
                views::REMEMBER => Decision::Allow { remember: true },
                _ => return Err(Malformed),
            },
            views::DENY => Decision::Deny,
            views::SWITCH => Decision::Switch,
            _ => return Err(Malformed),
        };
        Ok(Self::Decision(decision, one("form_token")?.into()))
    }
}
