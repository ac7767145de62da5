//! `oauth sign` and `oauth verify`, as a person or a script runs them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// The secrets of RFC 5849 section 1.2, and the photo request that they sign there.
const SECRETS: [(&str, &str); 2] =
    [("OAUTH_CONSUMER_SECRET", "kd94hf93k423kf44"), ("OAUTH_TOKEN_SECRET", "pfkkdhi9sl3r4s00")];
const URL: &str = "http://photos.example.net/photos?file=vacation.jpg&size=original";
const DRAFT: [&str; 9] = [
    "--consumer-key",
    "dpf43f3p2l4k3l03",
    "--token",
    "nnch734d00sl2jdk",
    "--timestamp",
    "137131202",
    "--nonce",
    "chapoH",
    "--no-version",
];
const HEADER: &str = "Authorization: OAuth realm=\"Photos\", oauth_consumer_key=\"dpf43f3p2l4k3l03\", \
                      oauth_token=\"nnch734d00sl2jdk\", oauth_signature_method=\"HMAC-SHA1\", \
                      oauth_timestamp=\"137131202\", oauth_nonce=\"chapoH\", \
                      oauth_signature=\"MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D\"";
const NOW: [&str; 2] = ["--now", "137131200"];

fn oauth(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oauth"));
    for name in ["OAUTH_CONSUMER_KEY", "OAUTH_TOKEN", "OAUTH_CONSUMER_SECRET", "OAUTH_TOKEN_SECRET"] {
        command.env_remove(name);
    }
    command.args(arguments).envs(variables.iter().copied());
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that does not read it has gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    for told in [&output.stdout, &output.stderr] {
        let told = String::from_utf8_lossy(told);
        for (_, secret) in SECRETS.iter().chain(variables).filter(|(name, _)| name.ends_with("SECRET")) {
            assert!(!told.contains(secret.trim()), "{arguments:?} tells a secret: {told}");
        }
        assert!(!told.contains('\u{1b}'), "no terminal, no colour");
    }
    output
}

fn sign(arguments: &[&str]) -> Output {
    oauth(&[&["sign"], arguments, &DRAFT].concat(), &SECRETS, "")
}

fn verify(arguments: &[&str], input: &str) -> Output {
    oauth(&[&["verify"], arguments, &NOW].concat(), &SECRETS, input)
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", text(output), String::from_utf8_lossy(&output.stderr))
    })
}

fn status(output: &Output) -> Option<i32> {
    output.status.code()
}

fn temporary(name: &str, contents: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, contents).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_photo_request_of_the_standard_is_signed_as_it_says() {
    let output = sign(&["GET", URL, "--realm", "Photos"]);
    assert_eq!(status(&output), Some(0));
    let told = text(&output);
    assert!(told.ends_with(&format!("{HEADER}\n")), "{told}");
    for line in [
        "base string URI  http://photos.example.net/photos\n",
        "  query   file=vacation.jpg\n",
        "  header  oauth_nonce=chapoH\n",
        "base string      GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dvacation.jpg%26oauth_consumer_key",
        "key              <client secret, 16 bytes>&<token secret, 16 bytes>\n",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
}

#[test]
fn arguments_a_file_and_a_curl_command_give_one_signature() {
    let request = "POST /photos?a=b HTTP/1.1\nHost: photos.example.net\n\
                   Content-Type: application/x-www-form-urlencoded\n\nc=d+e&f=%2F\n";
    let file = temporary("request.http", request.as_bytes());
    let url = "http://photos.example.net/photos?a=b";
    let curl = format!("curl -s {url} -d 'c=d+e' --data-raw 'f=%2F'");
    let origin = ["--origin", "http://photos.example.net"];
    let signed = |output: Output| {
        assert_eq!(status(&output), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let told = json(&output);
        let body = told["base_string"]["parameters"].as_array().unwrap().iter();
        assert_eq!(body.filter(|parameter| parameter["place"] == "body").count(), 2);
        told["authorization"].as_str().unwrap().to_owned()
    };
    let by_arguments = signed(sign(&["POST", url, "-d", "c=d+e", "-d", "f=%2F", "--json"]));
    assert_eq!(signed(sign(&["--curl", &curl, "--json"])), by_arguments);
    assert_eq!(signed(sign(&["--request", &file, origin[0], origin[1], "--json"])), by_arguments);
    let piped =
        oauth(&[&["sign", "--request", "-", "--json"], &origin[..], &DRAFT].concat(), &SECRETS, request);
    assert_eq!(signed(piped), by_arguments);
}

#[test]
fn what_is_signed_verifies_wherever_it_travels_and_with_any_method() {
    for method in ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512"] {
        let url = "https://photos.example.net/a?b=c%20d";
        let signed =
            |place: &str| json(&sign(&[url, "-d", "e=f", "--method", method, "--in", place, "--json"]));
        let header = format!("Authorization: {}", signed("header")["authorization"].as_str().unwrap());
        let body = signed("form")["body"].as_str().unwrap().to_owned();
        let query = signed("query")["url"].as_str().unwrap().to_owned();
        for arguments in [
            vec![url, "-d", "e=f", "-H", &header],
            vec!["POST", url, "-d", &body],
            vec!["POST", &query, "-d", "e=f"],
        ] {
            let output = verify(&arguments, "");
            assert_eq!(status(&output), Some(0), "{method} {arguments:?}: {}", text(&output));
            assert!(text(&output).contains("✓ the signature verifies"));
        }
    }
}

#[test]
fn a_private_key_signs_and_its_public_key_verifies() {
    let keys: Vec<Value> = serde_json::from_str(include_str!("../../../vectors/oauth1_keys.json")).unwrap();
    let key = keys.iter().find(|key| key["id"].as_str().unwrap().starts_with("rsa2048")).unwrap();
    let pem = |label: &str, der: &str| {
        let der = key[der].as_str().unwrap();
        let lines: Vec<_> =
            der.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    let private = temporary("private.pem", pem("PRIVATE KEY", "private_der_b64_pkcs8").as_bytes());
    let public = temporary("public.pem", pem("PUBLIC KEY", "public_der_b64_spki").as_bytes());
    for method in ["RSA-SHA1", "RSA-SHA256", "RSA-PSS"] {
        let arguments = ["sign", "GET", URL, "--method", method, "--private-key", &private, "--json"];
        let output = oauth(&[&arguments[..], &DRAFT].concat(), &[], "");
        let header = format!("Authorization: {}", json(&output)["authorization"].as_str().unwrap());
        let arguments = ["verify", URL, "-H", &header, "--public-key", &public];
        let output = oauth(&[&arguments[..], &NOW].concat(), &[], "");
        assert_eq!(status(&output), Some(0), "{method}: {}", text(&output));
    }
    let output = sign(&[URL, "--method", "RSA-SHA256"]);
    assert_eq!(status(&output), Some(2));
}

#[test]
fn the_body_hash_is_signed_on_demand_and_the_body_is_not_without() {
    let body = ["https://photos.example.net/", "-H", "Content-Type: text/plain", "-d", "Hello World!"];
    let told = json(&sign(&[&body[..], &["--json", "--body-hash"]].concat()));
    assert_eq!(told["body_cover"], "hash");
    let header = format!("Authorization: {}", told["authorization"].as_str().unwrap());
    assert!(header.contains("oauth_body_hash=\"Lve95gjOVATpfV8EL5X4nxwjKHE%3D\""), "{header}");
    assert_eq!(status(&verify(&[&body[..], &["-H", &header]].concat(), "")), Some(0));
    let other = ["https://photos.example.net/", "-H", "Content-Type: text/plain", "-d", "Hello"];
    let output = verify(&[&other[..], &["-H", &header, "--json"]].concat(), "");
    assert_eq!((status(&output), &json(&output)["failure"]["check"]), (Some(1), &"body_hash".into()));
    assert_eq!(json(&sign(&[&body[..], &["--json"]].concat()))["body_cover"], "nothing");
}

#[test]
fn plaintext_is_explained_without_what_it_would_give_away() {
    let output = sign(&["https://photos.example.net/", "--method", "PLAINTEXT"]);
    assert_eq!(status(&output), Some(0));
    assert!(text(&output).ends_with("oauth_signature=\"…\"\n"), "{}", text(&output));
    // The right one, and then one that is cut off.
    for (signature, expected) in
        [("kd94hf93k423kf44%26pfkkdhi9sl3r4s00", 0), ("kd94hf93k423kf44%26pfkkdhi9s", 1)]
    {
        let header = format!(
            "Authorization: OAuth oauth_consumer_key=\"c\", oauth_token=\"t\", \
             oauth_signature_method=\"PLAINTEXT\", oauth_signature=\"{signature}\""
        );
        let output = verify(&["https://photos.example.net/", "-H", &header], "");
        assert_eq!(status(&output), Some(expected), "{}", text(&output));
    }
}

#[test]
fn a_request_that_is_not_valid_is_told_with_the_cause_and_status_1() {
    let output = verify(&[URL, "-H", HEADER, "--origin", "https://photos.example.net"], "");
    assert_eq!(status(&output), Some(1));
    let told = text(&output);
    assert!(told.contains("✓ the timestamp is within the window\n"), "{told}");
    assert!(told.contains("✗ the signature verifies\n"), "{told}");
    assert!(told.contains("likely cause: http was signed for https"), "{told}");

    let output = verify(&[URL, "-H", HEADER, "--origin", "https://photos.example.net", "--json"], "");
    let told = json(&output);
    assert_eq!((&told["valid"], &told["failure"]["check"]), (&false.into(), &"signature".into()));
    assert_eq!(told["causes"][0]["cause"], "scheme");
    let holds = told["checks"].as_array().unwrap().iter().filter(|check| check["status"] == "holds");
    assert_eq!(holds.count(), 18);

    let output = oauth(&["verify", URL, "-H", HEADER, "--now", "137134802"], &SECRETS, "");
    assert_eq!(status(&output), Some(1));
    assert!(text(&output).contains("it is 3600 seconds behind the clock here"), "{}", text(&output));
    let output =
        oauth(&["verify", URL, "-H", HEADER, "--now", "137134802", "--window", "3600"], &SECRETS, "");
    assert_eq!(status(&output), Some(0));
}

#[test]
fn a_curl_command_is_verified_where_it_was_sent() {
    let command = format!("curl '{URL}' -H '{HEADER}'");
    assert_eq!(status(&verify(&["--curl", &command], "")), Some(0));
    // The address that the client used is a hint.
    let output = verify(&["--curl", &command, "--origin", "http://inside.example:8080", "--json"], "");
    assert_eq!(json(&output)["causes"][0]["cause"], "other_host");
}

#[test]
fn without_secrets_everything_but_the_signature_is_checked() {
    let output = oauth(&[&["verify", URL, "-H", HEADER], &NOW[..]].concat(), &[], "");
    assert_eq!(status(&output), Some(1));
    let told = text(&output);
    assert!(told.contains("· the signature verifies") && told.contains("for want of secrets"), "{told}");
}

#[test]
fn the_base_string_of_the_other_side_is_compared() {
    let ours = json(&sign(&[URL, "--json"]))["base_string"]["base_string"].as_str().unwrap().to_owned();
    let same = temporary("same.txt", format!("{ours}\n").as_bytes());
    let output = verify(&[URL, "-H", HEADER, "--base-string", &same], "");
    assert!(text(&output).contains("the base strings are the same"), "{}", text(&output));
    // With a text that would turn a terminal's colour.
    let other = ours.replace("vacation.jpg", "vacation%252Ejpg\u{1b}[31m");
    let output = verify(&[URL, "-H", HEADER, "--base-string", "-"], &other);
    let told = text(&output);
    assert!(
        told.contains("the base strings differ at byte 60, in the value of the parameter \"file\""),
        "{told}"
    );
    assert!(told.contains("theirs  …") && told.contains("likely cause:"), "{told}");
}

#[test]
fn secrets_come_from_files_and_arguments_too_and_their_line_end_does_not_count() {
    let (consumer, token) =
        (temporary("consumer", b"kd94hf93k423kf44\n"), temporary("token", b"pfkkdhi9sl3r4s00"));
    let files = ["--consumer-secret-file", &consumer, "--token-secret-file", &token];
    let arguments = ["--consumer-secret", SECRETS[0].1, "--token-secret", SECRETS[1].1];
    for secrets in [files, arguments] {
        let output = oauth(&[&["verify", URL, "-H", HEADER], &NOW[..], &secrets].concat(), &[], "");
        assert_eq!(status(&output), Some(0), "{}", text(&output));
    }
    let odd = temporary("odd", b" kd94hf93k423kf44 \n");
    let secrets = ["--consumer-secret-file", &odd, "--token-secret-file", &token];
    let output = oauth(&[&["verify", URL, "-H", HEADER], &NOW[..], &secrets].concat(), &[], "");
    assert!(text(&output).contains("the client secret begins or ends with white space"), "{}", text(&output));
    assert!(text(&output).contains("likely cause: a secret was signed with without the white space"));
}

#[test]
fn what_makes_no_sense_is_status_2_and_named() {
    for (arguments, named) in [
        (vec!["sign"], "no request"),
        (vec!["sign", "/photos", "--consumer-key", "c"], "no origin"),
        (vec!["sign", URL], "no consumer key"),
        (vec!["sign", URL, "--consumer-key", "c", "--method", "HMAC-MD5"], "HMAC-MD5"),
        (vec!["sign", URL, "--consumer-key", "c", "--in", "form"], "not a form"),
        (vec!["sign", "--curl", "curl --unknown x", "--consumer-key", "c"], "--unknown"),
        (vec!["sign", "--request", "no/such/file", "--consumer-key", "c"], "no/such/file"),
        (vec!["verify", "ftp://a.example/"], "origin"),
        (vec!["verify", URL, "--curl", "curl x"], "--curl"),
        (vec!["verify", URL, "--window", "long"], "--window"),
    ] {
        let output = oauth(&arguments, &SECRETS, "");
        let told = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(status(&output), Some(2), "{arguments:?}: {told}");
        assert!(told.contains(named), "{arguments:?}: {told}");
    }
    let output = oauth(&["sign", URL, "--consumer-key", "c"], &[], "");
    assert_eq!(status(&output), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("OAUTH_CONSUMER_SECRET"));
}
