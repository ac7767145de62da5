//! The login page.

use maud::{Markup, html};

use super::{client_name, fill, layout};
use crate::entrance::{LoginPage, NotIn};
use crate::strings::Strings;

/// Asks for name and password.
pub(crate) fn login(strings: &Strings, action: &str, page: &LoginPage<'_>) -> Markup {
    let LoginPage { prompt, failed, again, form_token } = page;
    let hint = prompt.and_then(|prompt| prompt.login.hint.as_deref());
    let name = failed.as_ref().map(|(name, _)| *name).or(hint);
    let described_by = failed.as_ref().map(|_| "error");
    let wrong = matches!(failed, Some((_, NotIn::Wrong)));
    let invalid = wrong.then_some("true");
    let main = html! {
        h1 { (strings.login_title) }
        @if let Some(prompt) = prompt {
            p.lead { (fill(strings.login_purpose, html! { strong { (client_name(prompt)) } })) }
        } @else {
            p.lead { (strings.login_to_account) }
        }
        @if *again {
            p { (strings.login_again) }
        }
        @match failed {
            Some((_, NotIn::Wrong)) => p.error #error role="alert" { (strings.login_failed) },
            Some((_, NotIn::Wait(wait))) => p.error #error role="alert" {
                (fill(strings.login_wait, wait.as_secs().max(1)))
            },
            None => {}
        }
        form method="post" action=(action) {
            @if let Some(token) = form_token {
                input type="hidden" name="form_token" value=(token.expose());
            }
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
