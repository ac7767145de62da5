//! The keys that sign tokens.

use maud::{Markup, html};
use oauth_sansio::Timestamp;

use super::{Frame, fact, link};
use crate::KeyState;
use crate::admin::pages::Act;
use crate::shown::shown;
use crate::views::{LONGEST_TOKEN, date};

/// The keys, the newest first.
pub(crate) fn keys(frame: &Frame<'_>, keys: &[KeyState], now: Timestamp) -> Markup {
    let words = frame.words();
    let signs = keys.iter().rev().find(|key| !key.revoked && key.signs_from <= now);
    let main = html! {
        @for key in keys.iter().rev() {
            @let state = match key {
                key if key.revoked => words.key_revoked,
                key if Some(key) == signs => words.key_signs,
                key if key.signs_from > now => words.key_waits,
                _ => words.key_signed,
            };
            article {
                h2 { bdi { (shown(&key.key_id, LONGEST_TOKEN)) } }
                dl {
                    (fact(words.state, state))
                    (fact(words.algorithm, &key.algorithm.to_string()))
                    div { dt { (words.signs_from) } dd { (date(key.signs_from)) } }
                }
                @if !key.revoked {
                    p.actions { (link(&Act::RevokeKey { key_id: key.key_id.clone() }, words.revoke_key, true)) }
                }
            }
        }
        p.actions { (link(&Act::RotateKeys, words.rotate_keys, false)) }
    };
    frame.page(words.keys, main)
}
