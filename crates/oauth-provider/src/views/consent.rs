//! The consent page: who asks, for what, and where the answer goes (RFC 6749 section 10.2).

use maud::{Markup, html};
use oauth_sansio::{Detail, Prompt, Warning};

use super::{LONGEST_NAME, LONGEST_TOKEN, client_name, fill, in_words, layout};
use crate::entrance::Entrance;
use crate::shown::{mixes_alphabets, shown};
use crate::strings::Strings;

/// The values of the buttons named `decision`.
pub(crate) const ALLOW: &str = "allow";
pub(crate) const DENY: &str = "deny";
pub(crate) const SWITCH: &str = "switch";

/// The value of the box named `remember`.
pub(crate) const REMEMBER: &str = "yes";

/// Asks whether to allow. `form_token` shows that a decision was made on a page of this login.
pub(crate) fn consent(
    entrance: &Entrance,
    prompt: &Prompt,
    action: &str,
    user: &str,
    form_token: &str,
) -> Markup {
    let Entrance { strings, scope_words, .. } = entrance;
    let main = html! {
        h1 { (fill(strings.consent_question, client_name(prompt))) }
        @if mixes_alphabets(&prompt.client_name) {
            p.warning { (strings.mixed_name) }
        }
        @for warning in &prompt.warnings {
            p.warning { (warning_words(strings, *warning)) }
        }
        @if let Some(user_code) = &prompt.user_code {
            p { (strings.device_compare) }
            p { code.code { (shown(user_code, LONGEST_TOKEN)) } }
            p.warning { (strings.device_phishing) }
        }
        @if prompt.scopes.is_empty() {
            p { (strings.no_scopes) }
        } @else {
            p #scopes { (strings.scopes) }
            ul aria-labelledby="scopes" {
                @for scope in &prompt.scopes { li { (in_words(scope_words, scope)) } }
            }
        }
        @if !prompt.resources.is_empty() {
            p #resources { (strings.resources) }
            ul aria-labelledby="resources" {
                @for resource in &prompt.resources { li { bdi { (shown(resource, LONGEST_TOKEN)) } } }
            }
        }
        @if !prompt.details.is_empty() {
            p #details { (strings.details) }
            ul aria-labelledby="details" {
                @for detail in &prompt.details { li { (in_detail(detail)) } }
            }
        }
        @if prompt.login.choose {
            p { (fill(strings.choose, html! { bdi { (shown(user, LONGEST_NAME)) } })) }
        }
        dl {
            div { dt { (strings.application) } dd { bdi { (shown(&prompt.client_id, LONGEST_TOKEN)) } } }
            div { dt { (strings.returns_to) } dd { (destination(strings, prompt)) } }
            div { dt { (strings.logged_in_as) } dd { bdi { (shown(user, LONGEST_NAME)) } } }
        }
        form method="post" action=(action) {
            input type="hidden" name="form_token" value=(form_token);
            @if prompt.may_be_remembered {
                label.tick {
                    input type="checkbox" name="remember" value=(REMEMBER);
                    span { (strings.remember) }
                }
            }
            button.primary type="submit" name="decision" value=(ALLOW) { (strings.allow) }
            button type="submit" name="decision" value=(DENY) { (strings.deny) }
            button.quiet type="submit" name="decision" value=(SWITCH) { (strings.switch) }
        }
    };
    layout(strings, strings.consent_title, main)
}

fn warning_words(strings: &Strings, warning: Warning) -> &'static str {
    match warning {
        Warning::NobodyKnows => strings.nobody_knows,
        Warning::OnlyOnDevice => strings.only_on_device,
    }
}

/// All of it: what is cut could be what matters.
fn in_detail(detail: &Detail) -> Markup {
    let whole = usize::MAX / 4;
    html! { bdi { (shown(&detail.kind, whole)) } " " code dir="ltr" { (shown(&detail.json, whole)) } }
}

/// Where the person goes from here. A host is never cut: its end is the part that tells whose it is.
fn destination(strings: &Strings, prompt: &Prompt) -> Markup {
    if prompt.device {
        return html! { (strings.to_device) };
    }
    let host = prompt.return_host.as_deref().map(|host| shown(host, usize::MAX / 4)).unwrap_or_default();
    let host_markup = html! { bdi { (host) } };
    match prompt.return_origin.as_deref() {
        None if host.is_empty() => html! { (strings.by_code) },
        Some(origin) if !origin.contains("//") => fill(strings.an_app, host_markup),
        _ if is_loopback(&host) => fill(strings.this_device, host_markup),
        _ => html! { strong { (host_markup) } },
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strings::ENGLISH;

    #[test]
    fn the_page_says_where_the_person_goes() {
        for (host, origin, said) in [
            (
                Some("app.example.com"),
                Some("https://app.example.com"),
                "<strong><bdi>app.example.com</bdi></strong>",
            ),
            (
                Some("127.0.0.1"),
                Some("http://127.0.0.1:5000"),
                "A program on this device (<bdi>127.0.0.1</bdi>)",
            ),
            (Some("[::1]"), Some("http://[::1]:5000"), "A program on this device (<bdi>[::1]</bdi>)"),
            (
                Some("com.example.app"),
                Some("com.example.app:"),
                "An app on this device (<bdi>com.example.app</bdi>)",
            ),
            (None, None, ENGLISH.by_code),
        ] {
            let prompt = Prompt {
                client_id: "id".into(),
                client_name: "Photos".into(),
                return_host: host.map(str::to_owned),
                return_origin: origin.map(str::to_owned),
                ..Prompt::default()
            };
            assert_eq!(destination(&ENGLISH, &prompt).into_string(), said);
        }
    }
}
