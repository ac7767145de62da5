//! A base string, a key and a signature that may belong together, and the search for those that do.

use oauth_sansio::{Moment, Secret, Timestamp};

use super::{Cause, shape::Shape};
use crate::signature::{Key, PublicKey, SignatureMethod};

/// Something that the other side may have done.
#[derive(Clone)]
pub(super) struct Attempt<'a> {
    pub(super) shape: Shape,
    pub(super) keying: Keying,
    pub(super) signature: String,
    pub(super) method: Option<&'a dyn SignatureMethod>,
}

/// How a key is made.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Keying {
    pub(super) client: Secret,
    pub(super) token: Secret,
    pub(super) encoded: bool,
    pub(super) ampersand: bool,
    pub(super) public: Option<PublicKey>,
}

impl Keying {
    fn key(&self) -> Key {
        let Self { client, token, encoded, ampersand, public } = self;
        let key = match (encoded, ampersand) {
            (true, true) => Key::shared(client, Some(token)),
            _ => {
                let part = |secret: &Secret| match encoded {
                    true => oauth_sansio::percent::encode(secret.expose()).into_owned(),
                    false => secret.expose().to_owned(),
                };
                let joint = if *ampersand { "&" } else { "" };
                Key::verbatim(Secret::new(format!("{}{joint}{}", part(client), part(token))))
            }
        };
        key.with_public_key(public.clone())
    }
}

impl Attempt<'_> {
    /// A base string alone.
    pub(super) fn of_shape(shape: Shape) -> Self {
        let (client, token) = ("".into(), "".into());
        let keying = Keying { client, token, encoded: true, ampersand: true, public: None };
        Self { shape, keying, signature: String::new(), method: None }
    }

    /// Whether the signature is that of the base string.
    pub(super) fn verifies(&self, base: &str) -> bool {
        let verify = |method: &dyn SignatureMethod| method.verify(&self.keying.key(), base, &self.signature);
        self.method.is_some_and(|method| verify(method).unwrap_or_default())
    }

    /// The signature that belongs here, where the shared secrets are what signs.
    pub(super) fn expected(&self) -> Option<String> {
        let method = self.method.filter(|method| method.uses_secrets())?;
        let prepared = method.prepare(&self.keying.key()).ok()?;
        // What is signed with shared secrets draws no randomness.
        let mut entropy = Moment::new(Timestamp::default(), [0; 32]).entropy();
        let mut signature = String::new();
        prepared.sign(&self.shape.base_string(), &mut entropy, &mut signature).ok()?;
        Some(signature)
    }

    fn differs(&self, other: &Self, base: &str, other_base: &str) -> bool {
        let name = |attempt: &Self| attempt.method.map(|method| method.name().to_owned());
        base != other_base
            || self.signature != other.signature
            || self.keying != other.keying
            || name(self) != name(other)
    }
}

/// One way to stray from the standard.
pub(super) type Change<'a> = Box<dyn Fn(&mut Attempt<'a>) + 'a>;

/// How many bytes of base strings are looked at before the search gives up.
const MOST_BYTES: usize = 16 << 20;

/// The change, or else the two changes, that make an attempt fit.
pub(super) fn search<'a>(
    start: &Attempt<'a>,
    changes: &[(Cause, Change<'a>)],
    fits: impl Fn(&Attempt<'a>, &str) -> bool,
) -> Vec<Cause> {
    let base = start.shape.base_string();
    let mut left = MOST_BYTES;
    let mut effective = Vec::new();
    for (cause, change) in changes {
        let mut attempt = start.clone();
        change(&mut attempt);
        let changed = attempt.shape.base_string();
        if !attempt.differs(start, &changed, &base) {
            continue;
        }
        if fits(&attempt, &changed) {
            return vec![*cause];
        }
        effective.push((*cause, change, attempt));
        left = left.saturating_sub(changed.len());
        if left == 0 {
            return Vec::new();
        }
    }
    for (at, (first, _, attempt)) in effective.iter().enumerate() {
        for (second, change, _) in effective.iter().skip(at + 1) {
            let mut attempt = attempt.clone();
            change(&mut attempt);
            let changed = attempt.shape.base_string();
            if fits(&attempt, &changed) {
                return match first == second {
                    true => vec![*first],
                    false => vec![*first, *second],
                };
            }
            left = left.saturating_sub(changed.len());
            if left == 0 {
                return Vec::new();
            }
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_for_a_cause_is_bounded() {
        let shape = Shape::new("GET", "https://example.net", "/", Vec::new());
        let change = |letter: char| -> (Cause, Change<'_>) {
            (
                Cause::OtherUri,
                Box::new(move |attempt| attempt.shape.path += &letter.to_string().repeat(1 << 20)),
            )
        };
        let looked_at = |changes: usize, letters: &str| {
            let changes: Vec<_> = letters.chars().cycle().take(changes).map(change).collect();
            let bytes = std::cell::Cell::new(0);
            let none = search(&Attempt::of_shape(shape.clone()), &changes, |_, base| {
                bytes.set(bytes.get() + base.len());
                false
            });
            assert_eq!(none, []);
            bytes.get()
        };
        // Alone, and in twos.
        assert!((MOST_BYTES..MOST_BYTES + (2 << 20)).contains(&looked_at(40, "ab")));
        assert!((MOST_BYTES..MOST_BYTES + (3 << 20)).contains(&looked_at(8, "ab")));
    }
}
