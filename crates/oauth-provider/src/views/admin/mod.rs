//! The operator's pages.

mod ask;
mod clients;
mod grants;
mod keys;
mod people;

use http::StatusCode;
use maud::{Markup, html};
use oauth_hyper_server::Protocol;
use oauth_sansio::Secret;

pub(crate) use ask::{ask, told};
pub(crate) use clients::{client, clients};
pub(crate) use grants::grants;
pub(crate) use keys::keys;
pub(crate) use people::{people, person};

use super::{LONGEST_TOKEN, STYLE, document, fill, layout};
use crate::admin::pages::{
    ACT, Act, CLIENT, CLIENTS, ENTER, GRANTS, KEYS, PEOPLE, PERSON, at, clients as clients_at,
};
use crate::shown::shown;
use crate::strings::{Operator, Strings};

/// What is around every page of a session.
pub(crate) struct Frame<'a> {
    pub(crate) strings: &'static Strings,
    pub(crate) token: &'a Secret,
    /// Of the page that is shown.
    pub(crate) path: &'a str,
    /// What was asked for on the page before is done.
    pub(crate) done: bool,
}

impl Frame<'_> {
    fn words(&self) -> &'static Operator {
        &self.strings.operator
    }

    fn page(&self, title: &str, main: Markup) -> Markup {
        let words = self.words();
        let body = html! {
            body.wide {
                header {
                    nav aria-label=(words.sections) {
                        @for (path, below, name) in [
                            ("/", "/", words.overview),
                            (CLIENTS, CLIENT, words.clients),
                            (PEOPLE, PERSON, words.people),
                            (GRANTS, GRANTS, words.grants),
                            (KEYS, KEYS, words.keys),
                        ] {
                            @let current = match self.path {
                                here if here == path => Some("page"),
                                here if here == below => Some("true"),
                                _ => None,
                            };
                            a href=(path) aria-current=[current] { (name) }
                        }
                    }
                    (self.form(&Act::Leave, html! { button type="submit" { (words.leave) } }))
                }
                main {
                    h1 { (title) }
                    @if self.done { p.done role="status" { (words.done) } }
                    (main)
                }
            }
        };
        document(STYLE, self.strings, title, body)
    }

    /// The form that does something.
    fn form(&self, act: &Act, inside: Markup) -> Markup {
        html! {
            form method="post" action=(ACT) {
                input type="hidden" name="form_token" value=(self.token.expose());
                @for (name, value) in act.fields() {
                    @match name {
                        // For the browser's own store of passwords.
                        "username" => input hidden type="text" name=(name) value=(value) autocomplete="username";,
                        _ => input type="hidden" name=(name) value=(value);,
                    }
                }
                (inside)
            }
        }
    }

    /// Links to further pages of a list.
    fn more(&self, path: &str, query: &[(&str, &str)], next: Option<String>) -> Markup {
        let words = self.words();
        html! {
            @if let Some(next) = next {
                nav aria-label=(words.pages) {
                    a href=(at(path, query.iter().copied())) { (words.first) }
                    a rel="next" href=(at(path, query.iter().copied().chain([("after", next.as_str())]))) { (words.more) }
                }
            }
        }
    }
}

/// A link to where something is asked.
fn link(act: &Act, words: &str, danger: bool) -> Markup {
    html! { a.button.danger[danger] href=(at(ACT, act.fields())) { (words) } }
}

/// A member of a list of facts; none where there is nothing to tell.
fn fact(name: &str, value: &str) -> Markup {
    html! { @if !value.is_empty() { div { dt { (name) } dd { bdi { (shown(value, LONGEST_TOKEN)) } } } } }
}

/// A fact of several lines.
fn facts<'a>(name: &str, values: impl IntoIterator<Item = &'a str>) -> Markup {
    let mut values = values.into_iter().peekable();
    html! {
        @if values.peek().is_some() {
            div { dt { (name) } @for value in values { dd { bdi { (shown(value, LONGEST_TOKEN)) } } } }
        }
    }
}

fn protocol_words(words: &Operator, protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::OAuth1 => words.oauth1,
        Protocol::OAuth2 => words.oauth2,
    }
}

/// The button that spends a link.
pub(crate) fn enter(strings: &Strings, ticket: &str) -> Markup {
    let words = &strings.operator;
    let main = html! {
        h1 { (words.enter_title) }
        p { (words.enter_what) }
        form method="post" action=(ENTER) {
            input type="hidden" name="ticket" value=(ticket);
            button.primary type="submit" { (words.enter) }
        }
    };
    layout(strings, words.enter_title, main)
}

/// For whoever has no session, and no link that opens one.
pub(crate) fn closed(strings: &Strings) -> Markup {
    let words = &strings.operator;
    let main = html! {
        h1 { (words.closed_title) }
        p { (words.closed_what) }
        p { (words.closed_next) }
        p { code.code { "oauth admin link" } }
    };
    layout(strings, words.closed_title, main)
}

/// For a form that does not count.
pub(crate) fn foreign(strings: &Strings) -> Markup {
    let words = &strings.operator;
    let main = html! {
        h1 { (words.foreign_title) }
        p { (words.foreign_what) }
        p { (words.foreign_next) }
        p { a href="/" { (words.back_to_start) } }
    };
    layout(strings, words.foreign_title, main)
}

/// For what cannot be shown.
pub(crate) fn refused(strings: &Strings, status: StatusCode) -> Markup {
    let words = &strings.operator;
    let refusal = strings.refusal(status);
    let (title, what) = match status {
        StatusCode::BAD_REQUEST => (words.foreign_title, words.foreign_what),
        _ => (refusal.title, refusal.what),
    };
    let main = html! {
        h1 { (title) }
        p { (what) }
        p { a href="/" { (words.back_to_start) } }
        p.status { (fill(strings.status, status.as_str())) }
    };
    layout(strings, title, main)
}

/// What there is to look after.
pub(crate) fn overview(frame: &Frame<'_>, issuer: &str) -> Markup {
    let words = frame.words();
    let main = html! {
        dl { (fact(words.provider, issuer)) }
        @for (path, name, what) in [
            (clients_at(Protocol::OAuth2), words.clients, words.overview_clients),
            (PEOPLE.to_owned(), words.people, words.overview_people),
            (GRANTS.to_owned(), words.grants, words.overview_grants),
            (KEYS.to_owned(), words.keys, words.overview_keys),
        ] {
            section { h2 { a href=(path) { (name) } } p { (what) } }
        }
    };
    frame.page(words.overview, main)
}
