//! The page with a code to carry to the application (RFC 5849 section 2.2, `oob`).

use maud::{Markup, html};
use oauth_sansio::Secret;

use super::layout;
use crate::strings::Strings;

/// Shows the code.
pub(crate) fn verifier(strings: &Strings, verifier: &Secret) -> Markup {
    let main = html! {
        h1 { (strings.verifier_title) }
        p { (strings.verifier_what) }
        p { code.code { (verifier.expose()) } }
        p { (strings.verifier_care) }
    };
    layout(strings, strings.verifier_title, main)
}
