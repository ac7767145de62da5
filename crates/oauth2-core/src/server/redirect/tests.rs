#![allow(clippy::print_stdout, reason = "a test tells what it left out")]

use serde_json::Value;

use super::*;
use crate::server::{Authentication, GrantType};

fn cases(kind: &str) -> Vec<Value> {
    let all: Vec<Value> =
        serde_json::from_str(include_str!("../../../../../vectors/oauth2_redirect.json")).unwrap();
    all.into_iter().filter(|case| case["kind"] == kind).collect()
}

fn application(case: &Value) -> Application {
    match case["client_type"].as_str().unwrap() {
        "web" => Application::Web,
        "native" => Application::Native,
        other => panic!("{other}"),
    }
}

#[test]
fn every_redirect_uri_of_the_vectors_matches_as_they_say() {
    let cases = cases("redirect_match");
    let mut wrong = Vec::new();
    for case in &cases {
        let registered = case["registered"].as_array().unwrap();
        let client = Client {
            client_id: "client".into(),
            name: "Client".into(),
            authentication: Authentication::None,
            redirect_uris: registered.iter().map(|uri| uri.as_str().unwrap().to_owned()).collect(),
            application: application(case),
            grants: vec![GrantType::AuthorizationCode],
            scopes: crate::Scopes::none(),
            ..Client::new("")
        };
        let expected = &case["expected"];
        let right = match choose(&client, case["requested"].as_str()) {
            Ok(uri) => expected["decision"] == "accept" && expected["redirect_uri"] == uri,
            Err(Reason::RedirectUriMissing) => expected["reason"] == "missing_redirect_uri",
            Err(_) => expected["decision"] == "reject",
        };
        if !right {
            wrong.push(case.to_string());
        }
    }
    println!("redirect_match: {} ran, 0 excluded", cases.len());
    assert_eq!(cases.len(), 119);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_redirect_uri_of_the_vectors_is_registered_as_they_say() {
    let cases = cases("redirect_register");
    let mut wrong = Vec::new();
    for case in &cases {
        let expected = &case["expected"];
        let right = match check_redirect_uri(case["uri"].as_str().unwrap(), application(case)) {
            Ok(()) => expected["decision"] == "accept",
            Err(error) => {
                let fits: &[&str] = match error {
                    RedirectUriError::Malformed => &["malformed", "not_absolute", "wildcard"],
                    RedirectUriError::Fragment => &["fragment"],
                    RedirectUriError::UserInfo => &["userinfo"],
                    RedirectUriError::Insecure => &["insecure_scheme"],
                    RedirectUriError::Scheme => &["forbidden_scheme"],
                };
                expected["decision"] == "reject" && fits.contains(&expected["reason"].as_str().unwrap())
            }
        };
        if !right {
            wrong.push(case.to_string());
        }
    }
    println!("redirect_register: {} ran, 0 excluded", cases.len());
    assert_eq!(cases.len(), 23);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_response_of_the_vectors_is_built_as_they_say() {
    let cases = cases("response_build");
    for case in &cases {
        let parameters: Vec<(&str, &str)> = case["params"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
            .collect();
        let uri = case["redirect_uri"].as_str().unwrap();
        let built = match case["mode"].as_str().unwrap() {
            "query" => with_parameters(uri, parameters.iter().copied()),
            "fragment" => with_fragment(uri, parameters.iter().copied()),
            other => panic!("{other}"),
        };
        let expected = &case["expected"];
        assert_eq!(built, expected["url"].as_str().unwrap());
        let added = built.strip_prefix(expected["must_start_with"].as_str().unwrap()).unwrap();
        let read = form::Form::parse(added.as_bytes(), &form::Limits::default()).unwrap();
        assert_eq!(read.pairs().collect::<Vec<_>>(), parameters);
    }
    println!("response_build: {} ran, 0 excluded", cases.len());
    assert_eq!(cases.len(), 9);
}

#[test]
fn a_person_is_told_where_the_answer_goes() {
    for (uri, host, origin) in [
        ("https://app.example/cb", "app.example", "https://app.example"),
        ("https://app.example:8443/cb", "app.example", "https://app.example:8443"),
        ("http://[::1]:5000/cb", "[::1]", "http://[::1]:5000"),
        ("com.example.app:/cb", "com.example.app", "com.example.app:"),
        ("com.example.app://bank.example/cb", "com.example.app", "com.example.app:"),
    ] {
        assert_eq!(place(uri), Some((host.to_owned(), origin.to_owned())));
    }
}

#[test]
fn a_private_use_scheme_excuses_neither_user_names_nor_what_a_parser_refuses() {
    for (uri, error) in [
        ("com.example.app://user@host/cb", RedirectUriError::UserInfo),
        ("com.example.app://@host/cb", RedirectUriError::UserInfo),
        ("com.example.app://host:port/cb", RedirectUriError::Malformed),
        ("com.example.app://a:https:/.m/cb", RedirectUriError::Malformed),
    ] {
        assert_eq!(check_redirect_uri(uri, Application::Native), Err(error), "{uri}");
    }
    for uri in ["com.example.app:/cb", "com.example.app://host/cb", "com.example.app:/cb?at=a@b"] {
        assert_eq!(check_redirect_uri(uri, Application::Native), Ok(()), "{uri}");
    }
}

#[test]
fn parameters_stand_apart_from_whatever_the_query_ends_in() {
    for (uri, built) in [
        ("https://a.example/cb", "https://a.example/cb?code=x"),
        ("https://a.example/cb?", "https://a.example/cb?code=x"),
        ("https://a.example/cb?a=1", "https://a.example/cb?a=1&code=x"),
        ("https://a.example/cb?a=1&", "https://a.example/cb?a=1&code=x"),
        ("https://a.example/cb?a=?", "https://a.example/cb?a=?&code=x"),
        ("https://a.example/cb??", "https://a.example/cb??&code=x"),
    ] {
        assert_eq!(with_parameters(uri, [("code", "x")]), built);
    }
}
