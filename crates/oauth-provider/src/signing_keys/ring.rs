//! Which key is due, and what a ring of them is: functions of the rows and the time.

use std::sync::Arc;

use oauth_hyper_server::LocalKeys;
use oauth_sansio::{Digest, Timestamp};
use oauth2_core::server::{KeyRing, RingKey};

use super::{CurrentKeys, Kept, KeyError, Rotation};

/// Those that are not revoked.
pub(super) fn live(kept: &[Kept]) -> impl Iterator<Item = &Kept> {
    kept.iter().filter(|key| !key.revoked)
}

/// From when on a key should sign that has to be made now; `None` when there are enough.
pub(super) fn due(kept: &[Kept], rotation: &Rotation, now: Timestamp) -> Option<Timestamp> {
    let signing = live(kept).filter(|key| key.signs_from <= now).max_by_key(|key| key.signs_from);
    // Nothing could be signed: the first start, all keys revoked, or a clock that was far ahead.
    let Some(signing) = signing else { return Some(now) };
    let ends = match signing.algorithm == rotation.algorithm {
        true => signing.signs_from.plus(rotation.every),
        false => now,
    };
    let next = ends.max(now.plus(rotation.notice));
    // A key that was made by a clock that was ahead comes too late to count.
    let is_planned = live(kept).any(|key| now < key.signs_from && key.signs_from <= next);
    let is_time = ends <= now.plus(rotation.notice);
    (is_time && !is_planned).then_some(next)
}

/// The ring: each key is over when nothing is alive that it signed before the next one did.
pub(super) fn current(kept: &[Kept], overlap: std::time::Duration) -> Result<CurrentKeys, KeyError> {
    let mut keys: Vec<_> = live(kept).collect();
    keys.sort_by_key(|key| (key.signs_from, key.generation));
    let starts: Vec<_> = keys.iter().map(|key| key.signs_from).collect();
    let (mut ring, mut signers, mut version) = (Vec::new(), Vec::new(), String::new());
    for (key, next) in keys.iter().zip(starts.iter().skip(1).map(Some).chain([None])) {
        let signer = key.signer()?;
        let public = signer.public().map_err(|_| KeyError::Unreadable)?;
        let retired = next.map(|next| next.plus(overlap));
        ring.push(RingKey { key: public, signs_from: key.signs_from, retired });
        version += &format!("{} {};", key.key_id, key.signs_from.as_unix());
        signers.push(signer);
    }
    let ring = KeyRing::new(ring).ok_or(KeyError::Unreadable)?;
    Ok(CurrentKeys { ring, signers: Arc::new(LocalKeys::new(signers)), version: Digest::of(version) })
}
