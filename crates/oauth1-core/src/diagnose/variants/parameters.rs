//! The parameters: which there are, how they are encoded, in which order (RFC 5849 section 3.4.1.3).

use super::{Hints, change};
use crate::diagnose::{
    Cause::{self, *},
    Place,
    attempt::Change,
    encoding::{Encoding, decode, pieces},
    shape::{Order, Pair, Shape},
};

pub(super) fn changes<'a>(hints: &'a Hints<'a>) -> Vec<(Cause, Change<'a>)> {
    let mut changes = sources(hints);
    changes.extend(encodings(hints));
    changes.extend(orders());
    changes
}

fn sources<'a>(hints: &'a Hints<'a>) -> Vec<(Cause, Change<'a>)> {
    let without =
        |cause, name: &'static [u8]| change(cause, move |a| a.shape.pairs.retain(|p| p.name != name));
    let with = |cause, name: &'static str, value: &'static str| {
        change(cause, move |a| {
            if !a.shape.pairs.iter().any(|pair| pair.name == name.as_bytes()) {
                a.shape.pairs.push(Pair::new(Place::Header, name, value));
            }
        })
    };
    let from = |cause, place| {
        change(cause, move |a| a.shape.pairs.retain(|pair| pair.place != place || pair.is_protocol()))
    };
    vec![
        from(QueryLeftOut, Place::Query),
        from(FormLeftOut, Place::Body),
        change(BodySigned, |a| {
            let read = |(name, value)| Pair::new(Place::Body, decode(name, true), decode(value, true));
            a.shape.pairs.extend(pieces(hints.other_body).map(read));
        }),
        change(BodySigned, |a| {
            if !hints.other_body.is_empty() {
                a.shape.pairs.push(Pair::new(Place::Body, hints.other_body, ""));
            }
        }),
        change(RealmSigned, |a| {
            a.shape.pairs.extend(hints.realm.map(|realm| Pair::new(Place::Header, "realm", realm)));
        }),
        change(EmptyTokenNotSigned, |a| {
            a.shape.pairs.retain(|pair| pair.name != b"oauth_token" || !pair.value.is_empty());
        }),
        with(EmptyTokenSigned, "oauth_token", ""),
        without(VersionNotSigned, b"oauth_version"),
        with(VersionSigned, "oauth_version", "1.0"),
        without(BodyHashNotSigned, b"oauth_body_hash"),
        change(EmptyValuesLeftOut, |a| a.shape.pairs.retain(|pair| !pair.value.is_empty())),
        change(EqualsLeftOut, |a| {
            a.shape.pairs.iter_mut().for_each(|pair| pair.equals = !pair.value.is_empty());
        }),
        change(RepeatsLeftOut, |a| keep_one(&mut a.shape.pairs, false)),
        change(RepeatsLeftOut, |a| keep_one(&mut a.shape.pairs, true)),
    ]
}

fn encodings<'a>(hints: &'a Hints<'a>) -> Vec<(Cause, Change<'a>)> {
    let mut changes = vec![
        change(PlusKept, |a| {
            a.shape.pairs.retain(|pair| !is_form(pair));
            for (place, text) in [(Place::Query, hints.query), (Place::Body, hints.form)] {
                let read = |(name, value)| Pair::new(place, decode(name, false), decode(value, false));
                a.shape.pairs.extend(pieces(text).map(read).filter(|pair| pair.name != b"oauth_signature"));
            }
        }),
        change(PlusKept, |a| {
            for Pair { name, value, .. } in &mut a.shape.pairs {
                let octets = name.iter_mut().chain(value);
                octets.filter(|octet| **octet == b' ').for_each(|octet| *octet = b'+');
            }
        }),
        change(SpaceAsPlus, |a| a.shape.inner.plus = true),
        change(TildeEncoded, |a| both(&mut a.shape, |encoding| encoding.tilde = true)),
        change(TildeEncoded, |a| a.shape.inner.tilde = true),
        change(LowerCaseHex, |a| both(&mut a.shape, |encoding| encoding.lower = true)),
        change(LowerCaseHex, |a| a.shape.inner.lower = true),
        change(LowerCaseHex, |a| a.shape.outer.iter_mut().for_each(|encoding| encoding.lower = true)),
        // As a signer does that takes what it sends for what it means.
        change(EncodedTwice, |a| a.shape.pairs.iter_mut().filter(|pair| is_form(pair)).for_each(encode)),
        change(EncodedTwice, |a| {
            a.shape.pairs.iter_mut().filter(|pair| !pair.is_protocol()).for_each(encode);
        }),
        change(ProtocolEncodedTwice, |a| {
            a.shape.pairs.iter_mut().filter(|pair| pair.is_protocol()).for_each(encode);
        }),
        change(EncodedTwice, |a| a.shape.pairs.iter_mut().for_each(encode)),
        change(NotEncoded, |a| {
            let application = a.shape.pairs.iter_mut().filter(|pair| !pair.is_protocol());
            application.for_each(|pair| pair.encoded = false);
        }),
        change(ProtocolNotEncoded, |a| {
            let protocol = a.shape.pairs.iter_mut().filter(|pair| pair.is_protocol());
            protocol.for_each(|pair| pair.encoded = false);
        }),
        change(NotEncoded, |a| a.shape.pairs.iter_mut().for_each(|pair| pair.encoded = false)),
        change(PartsNotEncoded, |a| a.shape.outer = None),
        change(Charset, |a| recode(&mut a.shape, to_latin_1)),
        change(Charset, |a| recode(&mut a.shape, from_latin_1)),
    ];
    for keep in ["!*'()", "*", "!", "'", "()", "!'()"] {
        changes.push(change(ReservedKept, move |a| both(&mut a.shape, |encoding| encoding.keep = keep)));
        changes.push(change(ReservedKept, move |a| a.shape.inner.keep = keep));
    }
    changes
}

fn orders<'a>() -> Vec<(Cause, Change<'a>)> {
    let order = |cause, order| change(cause, move |a| a.shape.order = order);
    vec![
        order(SortedDecoded, Order::Decoded),
        order(ValuesNotSorted, Order::NamesOnly),
        order(SortedIgnoringCase, Order::IgnoringCase),
        order(SortedJoined, Order::Joined),
        order(NotSorted, Order::AsTheyCame),
        // The protocol parameters last.
        change(NotSorted, |a| {
            a.shape.order = Order::AsTheyCame;
            a.shape.pairs.sort_by_key(Pair::is_protocol);
        }),
    ]
}

/// Whether a parameter of the application or the protocol came in form-encoding.
fn is_form(pair: &Pair) -> bool {
    pair.place != Place::Header
}

fn encode(pair: &mut Pair) {
    let Pair { name, value, .. } = pair;
    for text in [name, value] {
        *text = Encoding::RIGHT.write(text).into_bytes();
    }
}

fn both(shape: &mut Shape, edit: impl Fn(&mut Encoding)) {
    edit(&mut shape.inner);
    shape.outer.iter_mut().for_each(edit);
}

/// Of parameters with the same name only the first or the last.
fn keep_one(pairs: &mut Vec<Pair>, last: bool) {
    let mut kept: Vec<Pair> = Vec::new();
    for pair in pairs.drain(..) {
        match kept.iter_mut().find(|other| other.name == pair.name) {
            Some(other) if last => *other = pair,
            Some(_) => {}
            None => kept.push(pair),
        }
    }
    *pairs = kept;
}

fn recode(shape: &mut Shape, recode: fn(&[u8]) -> Option<Vec<u8>>) {
    for Pair { name, value, .. } in &mut shape.pairs {
        for text in [name, value] {
            *text = recode(text).unwrap_or_else(|| std::mem::take(text));
        }
    }
}

/// The characters of a UTF-8 text in ISO 8859-1, if they are all in it.
fn to_latin_1(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect()
}

/// A text in ISO 8859-1 as UTF-8.
fn from_latin_1(text: &[u8]) -> Option<Vec<u8>> {
    Some(text.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes())
}
