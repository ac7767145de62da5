//! Clients of both protocols.

use maud::{Markup, html};
use oauth_hyper_server::Protocol;
use oauth2_core::server::AuthenticationMethod;

use super::{Frame, fact, facts, link, protocol_words};
use crate::admin::pages::{Act, CLIENTS, NewClient, Of, client as client_at, clients as clients_at};
use crate::admin::{Description, OAuth1Description, OAuth2Description};
use crate::shown::shown;
use crate::strings::Operator;
use crate::views::account::protocol_name;
use crate::views::{LONGEST_NAME, LONGEST_TOKEN};

/// A page of the clients of a protocol.
pub(crate) fn clients(
    frame: &Frame<'_>,
    protocol: Protocol,
    clients: &[Description],
    next: Option<String>,
) -> Markup {
    let words = frame.words();
    let new = Act::NewClient(NewClient::empty(protocol).into());
    let main = html! {
        nav aria-label=(words.protocols) {
            @for one in [Protocol::OAuth2, Protocol::OAuth1] {
                a href=(clients_at(one)) aria-current=[(one == protocol).then_some("page")] { (protocol_words(words, one)) }
            }
        }
        @if clients.is_empty() {
            p { (words.none_here) }
        } @else {
            ul {
                @for client in clients {
                    @let client_id = client_id(client);
                    li { a href=(client_at(protocol, client_id)) { bdi { (name(client)) } } " " small { bdi { (shown(client_id, LONGEST_TOKEN)) } } }
                }
            }
        }
        (frame.more(CLIENTS, &[("protocol", protocol_name(protocol))], next))
        p.actions { (link(&new, words.new_client, false)) }
    };
    frame.page(words.clients, main)
}

/// One client, and what can be done about it. It was asked for by this identifier.
pub(crate) fn client(frame: &Frame<'_>, client_id: &str, client: &Description) -> Markup {
    let words = frame.words();
    let protocol = protocol(client);
    let id = || client_id.to_owned();
    let main = html! {
        (described(words, client))
        p { a href=(Of::Client(id()).address()) { (words.grants) } }
        p.actions {
            @if has_secret(client) {
                (link(&Act::RenewSecret { protocol, client_id: id(), overlap: Default::default() }, words.renew_secret, false))
            }
            (link(&Act::RemoveClient { protocol, client_id: id() }, words.remove_client, true))
        }
    };
    frame.page(&name(client), main)
}

/// What is known of a client.
pub(super) fn described(words: &Operator, client: &Description) -> Markup {
    html! {
        dl {
            (fact(words.client, protocol_words(words, protocol(client))))
            (fact(words.client_id, client_id(client)))
            @match client {
                Description::OAuth1(client) => (oauth1(words, client)),
                Description::OAuth2(client) => (oauth2(words, client)),
            }
        }
    }
}

fn oauth1(words: &Operator, client: &OAuth1Description) -> Markup {
    html! {
        (facts(words.callbacks, client.callbacks.iter().map(String::as_str)))
        (facts(words.methods, client.methods.iter().flatten().map(String::as_str)))
    }
}

fn oauth2(words: &Operator, client: &OAuth2Description) -> Markup {
    let OAuth2Description { metadata: client, migrates_from } = client;
    let method = client.token_endpoint_auth_method.map_or("", AuthenticationMethod::as_str);
    let scope = client.scope.as_ref().map(ToString::to_string).unwrap_or_default();
    html! {
        (facts(words.redirect_uris, client.redirect_uris.iter().map(String::as_str)))
        (facts(words.grant_types, client.grant_types.iter().flatten().map(String::as_str)))
        (fact(words.authentication, method))
        (fact(words.scope, &scope))
        (facts(words.migrates_from, migrates_from.iter().map(String::as_str)))
    }
}

fn has_secret(client: &Description) -> bool {
    use AuthenticationMethod as A;
    match client {
        Description::OAuth1(_) => true,
        Description::OAuth2(client) => matches!(
            client.metadata.token_endpoint_auth_method,
            Some(A::ClientSecretBasic | A::ClientSecretPost | A::ClientSecretJwt)
        ),
    }
}

pub(super) fn protocol(client: &Description) -> Protocol {
    match client {
        Description::OAuth1(_) => Protocol::OAuth1,
        Description::OAuth2(_) => Protocol::OAuth2,
    }
}

pub(super) fn client_id(client: &Description) -> &str {
    let client_id = match client {
        Description::OAuth1(client) => client.client_id.as_deref(),
        Description::OAuth2(client) => client.metadata.client_id.as_deref(),
    };
    client_id.unwrap_or_default()
}

/// What people read, or the identifier where that is nothing visible.
fn name(client: &Description) -> String {
    let name = match client {
        Description::OAuth1(client) => Some(client.client_name.as_str()),
        Description::OAuth2(client) => client.metadata.client_name.as_deref(),
    };
    match shown(name.unwrap_or_default(), LONGEST_NAME) {
        name if name.is_empty() => shown(client_id(client), LONGEST_NAME),
        name => name,
    }
}
