//! The login page.

use maud::{Markup, html};
use oauth_sansio::Prompt;

use super::{client_name, fill, layout};
use crate::strings::Strings;

/// Asks for name and password; `failed` is the name of a try that failed, and `again` is for a person whose login does not
/// do this time.
pub(crate) fn login(
    strings: &Strings,
    prompt: &Prompt,
    action: &str,
    failed: Option<&str>,
    again: bool,
) -> Markup {
    let name = failed.or(prompt.login.hint.as_deref());
    let described_by = failed.map(|_| "error");
    let invalid = failed.map(|_| "true");
    let main = html! {
        h1 { (strings.login_title) }
        p.lead { (fill(strings.login_purpose, html! { strong { (client_name(prompt)) } })) }
        @if again {
            p { (strings.login_again) }
        }
        @if failed.is_some() {
            p.error #error role="alert" { (strings.login_failed) }
        }
        form method="post" action=(action) {
            label for="username" { (strings.username) }
            input #username type="text" name="username" value=(name.unwrap_or_default())
                autocomplete="username" autocapitalize="none" spellcheck="false" required
                aria-describedby=[described_by] aria-invalid=[invalid] autofocus[name.is_none()];
            label for="password" { (strings.password) }
            input #password type="password" name="password" autocomplete="current-password" required
                aria-describedby=[described_by] aria-invalid=[invalid] autofocus[name.is_some()];
            button.primary type="submit" { (strings.login) }
        }
    };
    match failed {
        None => layout(strings, strings.login_title, main),
        Some(_) => layout(strings, &fill(strings.failed_title, strings.login_title).into_string(), main),
    }
}
