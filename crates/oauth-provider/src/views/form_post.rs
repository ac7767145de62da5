//! The page that posts an answer to the application (OAuth 2.0 Form Post Response Mode section 2).

use maud::{Markup, PreEscaped, html};
use oauth2_core::server::FormPost;

use super::{LONGEST_TOKEN, fill, layout};
use crate::shown::shown;
use crate::strings::Strings;

/// Sends the form off; the only script of all pages. Whoever runs none presses the button.
pub(crate) const SEND: &str = "document.forms[0].submit();";

/// Says where the person goes, and goes there.
pub(crate) fn form_post(strings: &Strings, page: &FormPost) -> Markup {
    let host = page.origin.split_once("://").map_or(page.origin.as_str(), |(_, host)| host);
    let main = html! {
        h1 { (strings.back_title) }
        p { (fill(strings.back_what, html! { strong { bdi { (shown(host, LONGEST_TOKEN)) } } })) }
        form method="post" action=(page.action) {
            @for (name, value) in &page.fields { input type="hidden" name=(name) value=(value.expose()); }
            button.primary type="submit" { (strings.back_go) }
        }
        // A constant, with nothing in it that HTML would read.
        script { (PreEscaped(SEND)) }
    };
    layout(strings, strings.back_title, main)
}
