//! The pages for a device without a browser (RFC 8628 section 3.3).

use maud::{Markup, html};

use super::layout;
use crate::strings::Strings;

/// Asks for the code that the device shows. A code in the address is filled in and sent by nobody but the person.
pub(crate) fn enter(strings: &Strings, user_code: Option<&str>, wrong: bool) -> Markup {
    let described_by = wrong.then_some("error");
    let main = html! {
        h1 { (strings.device_title) }
        p.lead { (strings.device_what) }
        @if wrong {
            p.error #error role="alert" { (strings.device_wrong) }
        }
        form method="post" {
            label for="user_code" { (strings.device_code) }
            input #user_code type="text" name="user_code" value=(user_code.unwrap_or_default())
                autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="32" required
                aria-describedby=[described_by] aria-invalid=[wrong.then_some("true")] autofocus;
            button.primary type="submit" { (strings.device_go) }
        }
        p { (strings.device_care) }
    };
    layout(strings, strings.device_title, main)
}

/// Says that the person is done here.
pub(crate) fn decided(strings: &Strings, allowed: bool) -> Markup {
    let (title, what) = match allowed {
        true => (strings.device_allowed, strings.device_back),
        false => (strings.device_refused, strings.device_nothing),
    };
    layout(strings, title, html! { h1 { (title) } p { (what) } })
}
