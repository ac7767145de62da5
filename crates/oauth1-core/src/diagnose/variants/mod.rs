//! The ways in which base strings, keys and signatures go wrong, one by one.

mod key;
mod parameters;
mod target;

use oauth_sansio::Secret;

use super::{
    Cause,
    attempt::{Attempt, Change},
};
use crate::signature::Methods;

/// What besides the base string the changes draw upon.
#[derive(Default)]
pub(super) struct Hints<'a> {
    /// Hosts that the request names.
    pub(super) hosts: Vec<String>,
    pub(super) query: &'a [u8],
    /// A form as it stands in the body.
    pub(super) form: &'a [u8],
    /// A body that is no form.
    pub(super) other_body: &'a [u8],
    pub(super) realm: Option<&'a str>,
    /// The token secret of a request that names no token.
    pub(super) spare_secret: Option<&'a Secret>,
    pub(super) methods: Option<&'a Methods>,
}

/// What changes a base string.
pub(super) fn of_base_string<'a>(hints: &'a Hints<'a>) -> Vec<(Cause, Change<'a>)> {
    let mut changes = target::changes(hints);
    changes.extend(parameters::changes(hints));
    changes
}

/// What changes a base string, a key or a signature.
pub(super) fn all<'a>(hints: &'a Hints<'a>) -> Vec<(Cause, Change<'a>)> {
    let mut changes = of_base_string(hints);
    changes.extend(key::changes(hints));
    changes
}

fn change<'a>(cause: Cause, change: impl Fn(&mut Attempt<'a>) + 'a) -> (Cause, Change<'a>) {
    (cause, Box::new(change))
}
