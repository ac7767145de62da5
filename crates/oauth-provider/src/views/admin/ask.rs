//! What is asked before something is done, and what is told when it is.

use std::time::Duration;

use maud::{Markup, html};
use oauth_hyper_server::Protocol;
use oauth_sansio::Secret;

use super::clients::{client_id, described, protocol};
use super::{Frame, fact};
use crate::MIN_PASSWORD;
use crate::admin::AdminError;
use crate::admin::pages::{Act, ClientKind, Done, NewClient, Of, UserChange, client, person};
use crate::grants::hex;
use crate::strings::Operator;
use crate::views::fill;

/// Asks for what is needed, or whether it is meant; and says why it was not done. `form` is of this page alone.
pub(crate) fn ask(frame: &Frame<'_>, act: &Act, form: &Secret, failed: Option<&AdminError>) -> Markup {
    let words = frame.words();
    let (title, what) = meaning(words, act);
    let inside = html! {
        input type="hidden" name="form" value=(form.expose());
        @match act {
            Act::NewClient(new) => (new_client(words, new)),
            Act::RenewSecret { protocol: Protocol::OAuth2, overlap, .. } => (overlaps(words, *overlap)),
            Act::NewUser { username, .. } => {
                (field("username", frame.strings.username, username, None, true))
                (password(frame))
            },
            Act::SetPassword { .. } => (password(frame)),
            _ => {}
        }
        button.primary[!is_final(act)].danger[is_final(act)] type="submit" { (title) }
        a.button href=(act.from()) { (words.cancel) }
    };
    let main = html! {
        @if let Some(failed) = failed { p.error #error role="alert" { (failed) } }
        p { (what) }
        dl { (about(words, act)) }
        (frame.form(act, inside))
    };
    frame.page(title, main)
}

/// A secret that is told this once.
pub(crate) fn told(frame: &Frame<'_>, done: &Done) -> Markup {
    let words = frame.words();
    let next = match done {
        Done::Client(made) => client(protocol(&made.client), client_id(&made.client)),
        Done::User(added) => person(&added.user.name),
        Done::At(place) => place.clone(),
    };
    let secret = |name: &str, secret: &Secret| {
        html! { p #secret { (name) } p { code.code aria-labelledby="secret" role="group" { (secret.expose()) } } p.warning { (words.told_once) } }
    };
    let main = html! {
        @match done {
            Done::Client(made) => {
                (described(words, &made.client))
                @match &made.secret {
                    Some(text) => (secret(words.client_secret, text)),
                    None => p { (words.told_nothing) },
                }
            },
            Done::User(added) => {
                dl { (fact(words.person, &added.user.name)) }
                @if let Some(drawn) = &added.drawn { (secret(frame.strings.password, drawn)) }
            },
            Done::At(_) => {},
        }
        p.actions {
            a.button href=(next) { (words.go_on) }
        }
    };
    frame.page(words.told_title, main)
}

/// What it is called, and what comes of it.
fn meaning(words: &Operator, act: &Act) -> (&'static str, &'static str) {
    match act {
        Act::NewClient(_) => (words.new_client, words.new_client_what),
        Act::RenewSecret { protocol: Protocol::OAuth1, .. } => {
            (words.renew_secret, words.renew_secret_oauth1)
        }
        Act::RenewSecret { protocol: Protocol::OAuth2, .. } => {
            (words.renew_secret, words.renew_secret_oauth2)
        }
        Act::RemoveClient { .. } => (words.remove_client, words.remove_client_what),
        Act::NewUser { .. } => (words.new_user, words.new_user_what),
        Act::SetPassword { .. } => (words.set_password, words.set_password_what),
        Act::ChangeUser { change, .. } => match change {
            UserChange::Disable => (words.disable, words.disable_what),
            UserChange::Enable => (words.enable, words.enable_what),
            UserChange::SignOut => (words.sign_out, words.sign_out_what),
            UserChange::Remove => (words.remove_user, words.remove_user_what),
        },
        Act::RevokeGrant { .. } => (words.revoke_grant, words.revoke_grant_what),
        Act::RevokeAll { of: Of::Everybody } => (words.revoke_all, words.revoke_everybody_what),
        Act::RevokeAll { of: Of::Subject(_) } => (words.revoke_all, words.revoke_subject_what),
        Act::RevokeAll { of: Of::Client(_) } => (words.revoke_all, words.revoke_client_what),
        Act::RotateKeys => (words.rotate_keys, words.rotate_keys_what),
        Act::RevokeKey { .. } => (words.revoke_key, words.revoke_key_what),
        Act::Leave => (words.leave, ""),
    }
}

/// Whether something ends by it.
fn is_final(act: &Act) -> bool {
    match act {
        Act::RemoveClient { .. }
        | Act::RevokeGrant { .. }
        | Act::RevokeAll { .. }
        | Act::RevokeKey { .. } => true,
        Act::ChangeUser { change, .. } => matches!(change, UserChange::Disable | UserChange::Remove),
        _ => false,
    }
}

/// To whom or what it is done.
fn about(words: &Operator, act: &Act) -> Markup {
    match act {
        Act::RenewSecret { client_id, .. } | Act::RemoveClient { client_id, .. } => {
            fact(words.client, client_id)
        }
        Act::SetPassword { username, .. } | Act::ChangeUser { username, .. } => fact(words.person, username),
        Act::RevokeGrant { id, .. } => fact(words.grant, &hex(*id)),
        Act::RevokeAll { of: Of::Subject(subject) } => fact(words.subject, subject),
        Act::RevokeAll { of: Of::Client(client_id) } => fact(words.client, client_id),
        Act::RevokeKey { key_id } => fact(words.key, key_id),
        _ => html! {},
    }
}

fn new_client(words: &Operator, new: &NewClient) -> Markup {
    let oauth2 = new.protocol == Protocol::OAuth2;
    let (addresses, rule) = match new.protocol {
        Protocol::OAuth1 => (words.callbacks, words.callbacks_rule),
        Protocol::OAuth2 => (words.redirect_uris, words.redirect_uris_rule),
    };
    html! {
        (field("name", words.client_name, &new.name, None, true))
        @if oauth2 {
            label for="kind" { (words.kind) }
            select #kind name="kind" {
                @for kind in ClientKind::ALL {
                    option value=(kind.name()) selected[kind == new.kind] { (kind_words(words, kind)) }
                }
            }
        }
        label for="addresses" { (addresses) }
        textarea #addresses name="addresses" rows="3" aria-describedby="addresses-rule" autocomplete="off" spellcheck="false" {
            (new.addresses)
        }
        p.rule #addresses-rule { (rule) }
        @if oauth2 { (field("scope", words.scope, &new.scope, Some(words.scope_rule), false)) }
        (field("client_id", words.client_id, &new.client_id, Some(words.client_id_rule), false))
    }
}

fn kind_words(words: &Operator, kind: ClientKind) -> &'static str {
    match kind {
        ClientKind::Web => words.kind_web,
        ClientKind::App => words.kind_app,
        ClientKind::Device => words.kind_device,
        ClientKind::Machine => words.kind_machine,
    }
}

fn overlaps(words: &Operator, chosen: Duration) -> Markup {
    html! {
        label for="overlap" { (words.overlap) }
        select #overlap name="overlap" {
            @for (seconds, name) in [
                (0_u64, words.overlap_none),
                (60 * 60, words.overlap_hour),
                (24 * 60 * 60, words.overlap_day),
                (7 * 24 * 60 * 60, words.overlap_week),
            ] {
                option value=(seconds) selected[seconds == chosen.as_secs()] { (name) }
            }
        }
    }
}

fn password(frame: &Frame<'_>) -> Markup {
    html! {
        label for="password" { (frame.strings.password) }
        input #password type="password" name="password" autocomplete="new-password" aria-describedby="password-rule";
        p.rule #password-rule { (fill(frame.words().password_rule, MIN_PASSWORD)) }
    }
}

fn field(name: &str, label: &str, value: &str, rule: Option<&str>, required: bool) -> Markup {
    let described = rule.map(|_| format!("{name}-rule"));
    html! {
        label for=(name) { (label) }
        input #(name) type="text" name=(name) value=(value) autocomplete="off" autocapitalize="none" spellcheck="false"
            required[required] aria-describedby=[described.as_deref()];
        @if let (Some(rule), Some(id)) = (rule, &described) { p.rule #(id) { (rule) } }
    }
}
