//! The one form of a user name, however it was typed.
//!
//! `UsernameCaseMapped` (RFC 8265 section 3.3): lower case, full-width letters as plain ones, composed (NFC), no spaces, no
//! invisible characters, no mixture of directions. So nobody gets a second account that looks like the first, and nobody is
//! kept out by a keyboard that writes the same letter in another way.

use precis_profiles::precis_core::profile::PrecisFastInvocation as _;
use precis_profiles::{OpaqueString, UsernameCaseMapped};

use super::MAX_USERNAME;

/// A name in this form; `None` for what cannot be one.
pub(crate) fn prepared(name: &str) -> Option<String> {
    let fits = |name: &str| (1..=MAX_USERNAME).contains(&name.len());
    let name = UsernameCaseMapped::enforce(Some(name).filter(|name| fits(name))?).ok()?;
    Some(name.into_owned()).filter(|name| fits(name))
}

/// What counts as the same name, whether or not it could be one.
pub(crate) fn folded(name: &str) -> String {
    prepared(name).unwrap_or_else(|| name.to_lowercase())
}

/// A password in its one form (`OpaqueString`, RFC 8265 section 4.2): composed, spaces of all kinds as one kind, nothing else
/// changed. `None` for what cannot be one: nothing at all, or control characters.
pub(crate) fn prepared_password(password: &str) -> Option<String> {
    OpaqueString::enforce(password).ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_are_the_same() {
        for (typed, kept) in [
            ("alice", "alice"),
            ("ALICE", "alice"),
            ("\u{ff21}lice", "alice"),
            ("alice@example.com", "alice@example.com"),
            ("Zoe\u{308}", "zo\u{eb}"),
            ("Straße", "straße"),
            ("用户", "用户"),
        ] {
            assert_eq!(prepared(typed).as_deref(), Some(kept), "{typed}");
            assert_eq!(prepared(kept).as_deref(), Some(kept), "{typed}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_no_part_of_a_name() {
        for typed in ["", "a b", "a\u{200b}b", "a\u{202e}b", "a\0", "\u{2160}", " alice", "a\u{5d0}"] {
            assert_eq!(prepared(typed), None, "{typed:?}");
        }
        assert_eq!(prepared(&"a".repeat(MAX_USERNAME + 1)), None);
    }

    #[test]
    fn a_password_is_the_same_on_every_keyboard() {
        assert_eq!(prepared_password("Zoe\u{308} \u{3000}!").as_deref(), Some("Zo\u{eb}  !"));
        assert_eq!(prepared_password(""), None);
        assert_eq!(prepared_password("a\u{7}b"), None);
    }
}
