//! What was granted.

use maud::{Markup, html};

use super::{Frame, fact, facts, link, protocol_words};
use crate::Grant;
use crate::admin::pages::{Act, GRANTS, Of, client as client_at};
use crate::grants::hex;
use crate::shown::shown;
use crate::views::{LONGEST_NAME, LONGEST_TOKEN, date, fill};

/// The grants of somebody, or of everybody.
pub(crate) fn grants(frame: &Frame<'_>, of: &Of, grants: &[Grant], complete: bool) -> Markup {
    let words = frame.words();
    let whose = |sentence, id: &str| fill(sentence, html! { strong { bdi { (shown(id, LONGEST_TOKEN)) } } });
    let main = html! {
        p.lead {
            @match of {
                Of::Everybody => (words.grants_of_everybody),
                Of::Subject(subject) => (whose(words.grants_of_subject, subject)),
                Of::Client(client_id) => (whose(words.grants_of_client, client_id)),
            }
            @if *of != Of::Everybody { " · " a href=(GRANTS) { (words.grants_of_everybody) } }
        }
        @if !complete { p.warning { (words.grants_incomplete) } }
        @if grants.is_empty() { p { (words.none_here) } }
        @for grant in grants { (one(frame, of, grant)) }
        @if !grants.is_empty() { p.actions { (link(&Act::RevokeAll { of: of.clone() }, words.revoke_all, true)) } }
    };
    frame.page(words.grants, main)
}

fn one(frame: &Frame<'_>, of: &Of, grant: &Grant) -> Markup {
    let words = frame.words();
    let title = format!("grant-{}", hex(grant.id));
    html! {
        article aria-labelledby=(title) {
            h2 #(title) {
                a href=(client_at(grant.protocol, &grant.client_id)) { bdi { (shown(&grant.client_id, LONGEST_NAME)) } }
                " " small { (protocol_words(words, grant.protocol)) }
            }
            dl {
                div {
                    dt { (words.subject) }
                    dd {
                        @match &grant.subject {
                            None => (words.itself),
                            Some(subject) => a href=(Of::Subject(subject.clone()).address()) {
                                bdi { (shown(subject, LONGEST_TOKEN)) }
                            },
                        }
                    }
                }
                (fact(words.scope, &grant.scopes.join(" ")))
                (facts(words.resources, grant.resources.iter().map(String::as_str)))
                @if let Some(since) = grant.since { div { dt { (words.since) } dd { (date(since)) } } }
                div {
                    dt { (words.until) }
                    dd { @match grant.until { Some(until) => (date(until)), None => (words.until_revoked) } }
                }
                @if grant.remembered { (fact(words.remembered, words.yes)) }
            }
            p.actions { (link(&Act::RevokeGrant { id: grant.id, of: of.clone() }, words.revoke_grant, true)) }
        }
    }
}
