//! The account page.

use std::time::Duration;

use maud::{Markup, html};
use oauth_hyper_server::Protocol;
use oauth_sansio::Secret;

use super::{LONGEST_NAME, LONGEST_TOKEN, date, fill, in_words, layout};
use crate::entrance::Entrance;
use crate::shown::shown;
use crate::strings::Strings;
use crate::{Connected, MIN_PASSWORD};

/// The values of the buttons named `do`.
pub(crate) const WITHDRAW: &str = "withdraw";
pub(crate) const WITHDRAW_ALL: &str = "withdraw_all";
pub(crate) const SIGN_OUT: &str = "sign_out";
pub(crate) const SIGN_OUT_EVERYWHERE: &str = "sign_out_everywhere";
pub(crate) const PASSWORD: &str = "password";

/// What is on the page.
pub(crate) struct AccountPage<'a> {
    pub(crate) path: &'a str,
    pub(crate) user: &'a str,
    /// The applications with their names.
    pub(crate) apps: &'a [(Option<String>, Connected)],
    /// Which page of them, and how many there are.
    pub(crate) page: (usize, usize),
    pub(crate) notice: Option<Notice>,
    /// The password can be changed here.
    pub(crate) passwords: bool,
    pub(crate) form_token: Secret,
}

/// What became of what the person did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Withdrawn,
    PasswordChanged,
    WrongPassword,
    UnfitPassword,
    Wait(Duration),
}

impl Notice {
    /// As it stands in the address.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::PasswordChanged => "password",
            Self::WrongPassword | Self::UnfitPassword | Self::Wait(_) => "",
        }
    }

    /// Only what went well is ever in the address: nobody can be frightened by a link.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Withdrawn, Self::PasswordChanged].into_iter().find(|notice| notice.name() == name)
    }
}

/// The protocol of this name in a form.
pub(crate) fn protocol_named(name: &str) -> Option<Protocol> {
    [Protocol::OAuth1, Protocol::OAuth2].into_iter().find(|protocol| protocol_name(*protocol) == name)
}

pub(crate) fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::OAuth1 => "oauth1",
        Protocol::OAuth2 => "oauth2",
    }
}

/// Who is here, what is connected, and what can be done about it.
pub(crate) fn account(entrance: &Entrance, page: &AccountPage<'_>) -> Markup {
    let strings = entrance.strings;
    let token = html! { input type="hidden" name="form_token" value=(page.form_token.expose()); };
    let main = html! {
        h1 { (strings.account_title) }
        p.lead { (strings.logged_in_as) " " strong { bdi { (shown(page.user, LONGEST_NAME)) } } }
        @if let Some(notice) = page.notice { (told(strings, notice)) }
        section aria-labelledby="apps" {
            h2 #apps { (strings.apps_title) }
            @if page.apps.is_empty() { p { (strings.apps_none) } }
            @for (number, (name, app)) in page.apps.iter().enumerate() {
                (connected(entrance, page.path, &token, number, name.as_deref(), app))
            }
            (paging(strings, page))
            @if !page.apps.is_empty() {
                details {
                    summary { (strings.apps_all) }
                    p { (strings.apps_all_what) }
                    form method="post" action=(page.path) {
                        (token)
                        button.danger type="submit" name="do" value=(WITHDRAW_ALL) { (strings.apps_all) }
                    }
                }
            }
        }
        @if page.passwords { (password(strings, page, &token)) }
        section aria-labelledby="logins" {
            h2 #logins { (strings.logins_title) }
            form method="post" action=(page.path) {
                (token)
                button type="submit" name="do" value=(SIGN_OUT) { (strings.sign_out) }
                button type="submit" name="do" value=(SIGN_OUT_EVERYWHERE) { (strings.sign_out_everywhere) }
            }
        }
    };
    layout(strings, strings.account_title, main)
}

fn connected(
    entrance: &Entrance,
    path: &str,
    token: &Markup,
    number: usize,
    name: Option<&str>,
    app: &Connected,
) -> Markup {
    let Entrance { strings, scope_words, .. } = entrance;
    let name = name.map(|name| shown(name, LONGEST_NAME)).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| shown(&app.client_id, LONGEST_NAME));
    let (title, button) = (format!("app-{number}"), format!("end-{number}"));
    html! {
        article aria-labelledby=(title) {
            h3 #(title) { bdi { (name) } }
            @if app.scopes.is_empty() {
                p { (strings.app_no_scopes) }
            } @else {
                p { (strings.app_scopes) }
                ul { @for scope in &app.scopes { li { (in_words(scope_words, scope)) } } }
            }
            dl {
                div { dt { (strings.application) } dd { bdi { (shown(&app.client_id, LONGEST_TOKEN)) } } }
                @if let Some(since) = app.since { div { dt { (strings.app_since) } dd { (date(since)) } } }
                @if let Some(last) = app.last { div { dt { (strings.app_last) } dd { (date(last)) } } }
            }
            form method="post" action=(path) {
                (token)
                input type="hidden" name="protocol" value=(protocol_name(app.protocol));
                input type="hidden" name="client_id" value=(app.client_id);
                button #(button) type="submit" name="do" value=(WITHDRAW) aria-labelledby={ (button) " " (title) } {
                    (strings.app_end)
                }
            }
        }
    }
}

fn paging(strings: &Strings, page: &AccountPage<'_>) -> Markup {
    let (number, last) = page.page;
    html! {
        @if last > 1 {
            nav aria-label=(strings.pages) {
                @if number > 1 { a rel="prev" href={ (page.path) "?page=" (number - 1) } { (strings.page_before) } }
                span { (number) " / " (last) }
                @if number < last { a rel="next" href={ (page.path) "?page=" (number + 1) } { (strings.page_after) } }
            }
        }
    }
}

fn password(strings: &Strings, page: &AccountPage<'_>, token: &Markup) -> Markup {
    let wrong = page.notice == Some(Notice::WrongPassword);
    let unfit = page.notice == Some(Notice::UnfitPassword);
    let field = |id: &str, words: &str, autocomplete: &str, described: Option<&str>, invalid: bool| {
        html! {
            label for=(id) { (words) }
            input #(id) type="password" name=(id) autocomplete=(autocomplete) required
                aria-describedby=[described] aria-invalid=[invalid.then_some("true")];
        }
    };
    html! {
        section aria-labelledby="password" {
            h2 #password { (strings.password_title) }
            p { (strings.password_what) }
            form method="post" action=(page.path) {
                (token)
                // For the browser's own store of passwords.
                input hidden type="text" name="username" value=(page.user) autocomplete="username";
                (field("current", strings.password_current, "current-password", wrong.then_some("notice"), wrong))
                (field("new", strings.password_new, "new-password", Some("rule"), unfit))
                p #rule { (fill(strings.password_rule, MIN_PASSWORD)) }
                button type="submit" name="do" value=(PASSWORD) { (strings.password_change) }
            }
        }
    }
}

fn told(strings: &Strings, notice: Notice) -> Markup {
    let done = |words: &str| html! { p.done #notice role="status" { (words) } };
    let failed = |words: Markup| html! { p.error #notice role="alert" { (words) } };
    match notice {
        Notice::Withdrawn => done(strings.withdrawn),
        Notice::PasswordChanged => done(strings.password_changed),
        Notice::WrongPassword => failed(html! { (strings.password_wrong) }),
        Notice::UnfitPassword => {
            failed(html! { (strings.password_unfit) " " (fill(strings.password_rule, MIN_PASSWORD)) })
        }
        Notice::Wait(wait) => failed(fill(strings.login_wait, wait.as_secs().max(1))),
    }
}
