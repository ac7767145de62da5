//! What the forms of the account page send.

use oauth_hyper_server::{Protocol, Visit};
use oauth_sansio::Secret;
use oauth_sansio::form::FormError;

use crate::sent::Malformed;
use crate::views::account as view;

/// A form, and what shows where it was filled in.
pub(super) struct Sent {
    pub(super) token: Secret,
    pub(super) change: Change,
}

/// What a person wants changed.
pub(super) enum Change {
    LogIn { username: String, password: Secret },
    Withdraw { protocol: Protocol, client_id: String },
    WithdrawAll,
    SignOut,
    SignOutEverywhere,
    Password { current: Secret, new: Secret },
}

impl Sent {
    pub(super) fn of(visit: &Visit<'_>) -> Result<Self, Malformed> {
        let form = visit.form()?;
        let one = |name| Ok::<_, FormError>(form.one(name)?.unwrap_or_default());
        let change = match one("do")? {
            "" => Change::LogIn { username: one("username")?.to_owned(), password: one("password")?.into() },
            view::WITHDRAW => {
                let protocol = view::protocol_named(one("protocol")?).ok_or(Malformed)?;
                Change::Withdraw { protocol, client_id: one("client_id")?.to_owned() }
            }
            view::WITHDRAW_ALL => Change::WithdrawAll,
            view::SIGN_OUT => Change::SignOut,
            view::SIGN_OUT_EVERYWHERE => Change::SignOutEverywhere,
            view::PASSWORD => Change::Password { current: one("current")?.into(), new: one("new")?.into() },
            _ => return Err(Malformed),
        };
        Ok(Self { token: one("form_token")?.into(), change })
    }
}
