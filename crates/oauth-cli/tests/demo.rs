//! The `oauth demo` command, as a person or a script runs it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::net::TcpListener;
use std::process::{Command, Output};

use serde_json::Value;

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_oauth")).arg("demo").args(arguments).output().unwrap()
}

#[test]
fn both_dances_are_told_line_by_line_and_the_exit_status_says_that_all_went_well() {
    let output = demo(&["--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.pop().unwrap(), serde_json::json!({ "done": true, "steps": lines.len() }));

    let told = |line: &Value| {
        (line["act"].as_str().unwrap().to_owned(), line["standard"].as_str().unwrap().to_owned())
    };
    let order: Vec<_> = lines.iter().map(told).collect();
    let acts: Vec<_> = order.iter().map(|(act, _)| act.as_str()).collect();
    assert!(acts.is_sorted_by_key(|act| {
        ["OAuth 1.0a", "OAuth 1.0a, attacked", "OAuth 2", "OAuth 2, attacked"]
            .iter()
            .position(|name| name == act)
    }));
    for (act, standard) in [
        ("OAuth 1.0a", "RFC 5849 section 2.1"),
        ("OAuth 1.0a", "RFC 5849 section 2.3"),
        ("OAuth 1.0a", "RFC 5849 section 3.1"),
        ("OAuth 1.0a, attacked", "RFC 5849 section 3.3"),
        ("OAuth 2", "RFC 8414 section 3"),
        ("OAuth 2", "RFC 6749 section 4.1.3, RFC 7636 section 4.5"),
        ("OAuth 2", "RFC 6750 section 2.1"),
        ("OAuth 2, attacked", "RFC 6749 section 4.1.2"),
    ] {
        assert!(order.contains(&(act.to_owned(), standard.to_owned())), "{act}: {standard}");
    }
    let refused = lines.iter().filter(|line| line["act"].as_str().unwrap().ends_with("attacked"));
    for line in refused {
        assert!(line["response"]["line"].as_str().unwrap().starts_with('4'), "{line}");
    }
}

#[test]
fn no_whole_secret_is_told() {
    let text = String::from_utf8(demo(&[]).stdout).unwrap();
    // Everything that this workspace makes unguessable is base64url of at least 16 bytes; no word of a protocol has
    // digits and letters of both cases at that length.
    let is_base64url = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_random = |word: &&str| {
        let has = |kind: fn(&char) -> bool| word.chars().any(|c| kind(&c));
        word.len() >= 22
            && has(char::is_ascii_digit)
            && has(char::is_ascii_uppercase)
            && has(char::is_ascii_lowercase)
    };
    let told: Vec<_> = text.split(|c| !is_base64url(c)).filter(is_random).collect();
    assert!(told.is_empty(), "{told:?}");
    assert!(!text.contains("correct"), "the password");
}

#[test]
fn what_is_no_terminal_gets_no_colour() {
    assert!(!demo(&[]).stdout.contains(&0x1b));
}

#[test]
fn a_taken_port_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let output = demo(&["--port", &address.port().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(&address.to_string()) && text.contains("--port"), "{text}");
}
