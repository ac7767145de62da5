//! The shared vectors of what a client sends and reads: every case of these kinds.

mod basic;
mod callback;
mod metadata;
mod token_endpoint;

use std::collections::BTreeMap;

use http::Response;
use oauth_sansio::base64url;
use serde_json::Value;

pub(super) fn cases(file: &str, kind: Option<&str>) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(file).unwrap();
    all.into_iter().filter(|case| kind.is_none_or(|kind| case["kind"] == kind)).collect()
}

/// Runs `check` on each case, and reports what ran, what did not and why.
pub(super) fn run(name: &str, cases: &[Value], total: usize, check: impl Fn(&Value) -> Result<(), Verdict>) {
    let (mut excluded, mut wrong) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for case in cases {
        match check(case) {
            Ok(()) => {}
            Err(Verdict::Excluded(why)) => *excluded.entry(why).or_default() += 1,
            Err(Verdict::Wrong(what)) => wrong.push(format!("{case}\n    {what}")),
        }
    }
    let out: usize = excluded.values().sum();
    println!("{name}: {} ran, {out} excluded {excluded:?}", cases.len() - out);
    assert_eq!(cases.len(), total, "{name}");
    assert!(wrong.is_empty(), "{} of {name} differ:\n{}", wrong.len(), wrong.join("\n"));
}

pub(super) enum Verdict {
    Excluded(&'static str),
    Wrong(String),
}

pub(super) fn ensure(right: bool, what: impl FnOnce() -> String) -> Result<(), Verdict> {
    if right { Ok(()) } else { Err(Verdict::Wrong(what())) }
}

pub(super) fn response(case: &Value) -> Response<bytes::Bytes> {
    let body = match (&case["body"], &case["body_b64"], &case["body_generator"]) {
        (Value::String(text), _, _) => text.clone().into_bytes(),
        (_, Value::String(base64), _) => {
            let base64: String = base64
                .trim_end_matches('=')
                .chars()
                .map(|char| match char {
                    '+' => '-',
                    '/' => '_',
                    other => other,
                })
                .collect();
            base64url::decode(base64.as_bytes()).unwrap()
        }
        (_, _, generator) => generated(generator).into_bytes(),
    };
    let mut response = Response::builder().status(case["status"].as_u64().unwrap() as u16);
    for header in case["headers"].as_array().unwrap() {
        response = response.header(header[0].as_str().unwrap(), header[1].as_str().unwrap());
    }
    response.body(body.into()).unwrap()
}

fn generated(generator: &Value) -> String {
    let text = |name: &str| generator[name].as_str().unwrap_or_default();
    let count = generator["count"].as_u64().unwrap() as usize;
    let closing = text("closing_repeat").repeat(count) + text("closing_suffix");
    text("prefix").to_owned() + &text("repeat").repeat(count) + text("suffix") + &closing
}
