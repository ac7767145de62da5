//! The page for a request that was refused.

use http::StatusCode;
use maud::{Markup, html};

use super::{fill, layout};
use crate::strings::Strings;

/// Says what happened and what to do.
pub(crate) fn refused(strings: &Strings, status: StatusCode) -> Markup {
    let refusal = strings.refusal(status);
    let main = html! {
        h1 { (refusal.title) }
        p { (refusal.what) }
        p { (refusal.next) }
        p.status { (fill(strings.status, status.as_str())) }
    };
    layout(strings, refusal.title, main)
}
