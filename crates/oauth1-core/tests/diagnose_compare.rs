//! Two base strings side by side.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use oauth1_core::diagnose::{Cause, Difference, Part, compare};
use proptest::prelude::*;

const OURS: &str = "POST&https%3A%2F%2Fexample.net%2Fa&a%3Dx%2520y%26b%3D%25C3%25A9%26oauth_nonce%3Dn";

fn difference(from: &str, to: &str) -> Difference {
    assert!(OURS.contains(from));
    compare(OURS, &OURS.replacen(from, to, 1)).unwrap()
}

#[test]
fn where_two_base_strings_begin_to_differ_is_told_with_the_likely_cause() {
    use Cause::*;
    let value = |name: &str| Part::Value(name.into());
    for (from, to, part, causes) in [
        ("POST", "GET", Part::HttpMethod, vec![OtherHttpMethod]),
        ("POST", "post", Part::HttpMethod, vec![HttpMethodCase]),
        ("POST", "BREW", Part::HttpMethod, vec![OtherHttpMethod]),
        ("https%3A", "http%3A", Part::Uri, vec![Scheme]),
        ("example.net", "example.net%3A443", Part::Uri, vec![DefaultPortKept]),
        ("example.net", "Example.net", Part::Uri, vec![HostCase]),
        ("example.net", "example.org", Part::Uri, vec![OtherHost]),
        ("%2Fa&", "%2Fother&", Part::Uri, vec![OtherUri]),
        ("%2Fa&", "%2Fa%3Fx%3D1&", Part::Uri, vec![QueryInUri]),
        ("%2Fa&", "%2Fa%2F&", Part::Uri, vec![TrailingSlash]),
        ("x%2520y", "x%252520y", value("a"), vec![EncodedTwice]),
        ("x%2520y", "x%2By", value("a"), vec![SpaceAsPlus]),
        ("x%2520y", "x%252By", value("a"), vec![PlusKept]),
        ("%25C3%25A9", "%25E9", value("b"), vec![Charset]),
        ("%25C3%25A9", "%25c3%25a9", value("b"), vec![LowerCaseHex]),
        ("%26b%3D%25C3%25A9", "", Part::Name("b".into()), vec![ParameterMissing]),
        ("a%3Dx", "a%3D1%26aa%3Dx", value("a"), vec![ParameterAdded, OtherValue]),
        ("nonce%3Dn", "nonce%3Dm", value("oauth_nonce"), vec![OtherValue]),
    ] {
        let found = difference(from, to);
        assert_eq!(found.part, part, "{from} {to}");
        assert_eq!(found.causes, causes, "{from} {to}");
    }
}

#[test]
fn a_difference_is_shown_in_place() {
    let found = difference("b%3D%25C3%25A9", "c%3D1");
    assert_eq!(found.offset, OURS.find("b%3D").unwrap());
    assert!(OURS[..found.offset].ends_with(&found.before));
    assert!(found.ours.starts_with("b%3D%25C3") && found.theirs.starts_with("c%3D1"));
    assert_eq!((found.missing, found.added), (vec!["b".to_owned()], vec!["c".to_owned()]));
    assert_eq!(compare(OURS, OURS), None);
    assert_eq!(difference("a%3Dx", "a1%3Dx").part, Part::Name("a".into()));
    assert_eq!(difference("a%3Dx", "a%3D1").part, Part::Value("a".into()));
    // One is the beginning of the other.
    let cut = compare(OURS, &OURS[..OURS.len() - 1]).unwrap();
    assert_eq!((cut.offset, cut.theirs.as_str()), (OURS.len() - 1, ""));
}

#[test]
fn causes_in_two_parts_are_both_told() {
    let theirs = OURS.replacen("https", "http", 1).replacen("example.net", "example.net%3A80", 1);
    let theirs = theirs.replacen("nonce%3Dn", "nonce%3Dm", 1);
    let causes = compare(OURS, &theirs).unwrap().causes;
    assert_eq!(causes, [Cause::Scheme, Cause::DefaultPortKept, Cause::OtherValue]);
}

#[test]
fn long_base_strings_are_compared_and_not_searched() {
    let long = format!("{OURS}%26z%3D{}", "%2520".repeat(100_000));
    let found = compare(&long, &long.replacen("%3Dn", "%3Dm", 1)).unwrap();
    assert_eq!((found.part, found.causes), (Part::Value("oauth_nonce".into()), vec![]));
}

fn bent() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(OURS.to_owned()),
        "[&%=+a-f0-9A-F:/?é]{0,12}",
        Just("%26".to_owned()),
        Just("%3D".to_owned()),
        Just("https%3A%2F%2F".to_owned()),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_two_texts_are_compared(a in ".*", b in ".*", ours in bent(), theirs in bent()) {
        for (ours, theirs) in [(&a, &b), (&ours, &theirs), (&a, &theirs), (&ours, &b)] {
            let found = compare(ours, theirs);
            prop_assert_eq!(found.is_none(), ours == theirs);
            if let Some(found) = found {
                prop_assert_eq!(&ours[..found.offset], &theirs[..found.offset]);
                prop_assert!(!ours[found.offset..].is_empty() || !theirs[found.offset..].is_empty());
            }
        }
    }
}
