//! Signed JSON: every case of the vectors, and the attacks on its formats.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::print_stdout, reason = "a test tells how many cases ran")]

mod access_tokens;
mod assertions;
mod attacks;
mod errors;
mod keys;
mod possession;
mod proofs;

use serde_json::Value;

/// The cases of a file.
fn vectors(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

/// Whether a case leaves room for this answer.
fn is_accepted(expected: &Value, name: &str, verdict: &str) -> bool {
    let also = ["also_acceptable", "also_acceptable_reason"].into_iter().flat_map(|member| {
        match &expected[member] {
            Value::String(one) => vec![one.clone()],
            Value::Array(all) => all.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
            _ => vec![],
        }
    });
    expected[name] == verdict || also.into_iter().any(|other| other == verdict)
}

/// A text that a case spells out, or tells how to make.
fn generated(case: &Value, name: &str) -> String {
    if let Some(text) = case[name].as_str() {
        return text.to_owned();
    }
    let generator = &case[format!("{name}_generator")];
    let text = |member: &str| generator[member].as_str().unwrap_or_default().to_owned();
    let count = generator["count"].as_u64().unwrap() as usize;
    let closing = text("closing_repeat").repeat(count);
    format!(
        "{}{}{}{closing}{}",
        text("prefix"),
        text("repeat").repeat(count),
        text("suffix"),
        text("closing_suffix")
    )
}
