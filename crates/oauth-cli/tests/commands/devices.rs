//! `oauth login --device`.

use std::io::{BufRead as _, BufReader};

use serde_json::Value;

use crate::{
    running::{Place, ended, first_line, oauth},
    stage::{DESKTOP, Stage, enter},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_device_shows_a_code_and_gets_its_tokens() {
    let (stage, place) = (Stage::set().await, Place::new());
    let all = ["login", "--device", "--issuer", &stage.issuer, "--client-id", DESKTOP, "--json", "-v"];
    let (line, end) = first_line(oauth(&place, &all).start()).await;
    let told: Value = serde_json::from_str(&line).unwrap();
    let page = told["verification_uri"].as_str().unwrap();
    assert!(page.starts_with(&stage.issuer));
    enter(page, told["user_code"].as_str().unwrap()).await;
    let ran = end.await.well();
    let name = ran.json()["name"].as_str().unwrap().to_owned();
    assert_eq!(name, stage.issuer.strip_prefix("http://").unwrap());
    let token = oauth(&place, &["token", "--name", &name]).end().await.well();
    ran.hides(&[token.line()]).says(&["RFC 8628 section 3.4", "device_code"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_gets_address_code_and_picture() {
    let (stage, place) = (Stage::set().await, Place::new());
    let all = ["login", "--device", "--issuer", &stage.issuer, "--client-id", DESKTOP, "--name", "tv"];
    let mut child = oauth(&place, &all).start();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let shown = tokio::task::spawn_blocking(move || {
        let mut shown = String::new();
        while !shown.contains("The code ends") && err.read_line(&mut shown).unwrap() > 0 {}
        (shown, err)
    });
    // What is still read from has not hung up.
    let (shown, _err) = shown.await.unwrap();
    assert!(shown.contains("Go on there only if it shows the same code"), "{shown}");
    let mut lines = shown.lines().map(str::trim).skip_while(|line| !line.starts_with("http"));
    let (page, code) = (lines.next().unwrap(), lines.next().unwrap());
    let picture: Vec<&str> = shown.lines().filter(|line| line.contains('█')).collect();
    // Two rows of the picture a line, square, with its quiet zone.
    assert!(
        picture.len() > 12 && picture.iter().all(|line| line.chars().count() == picture[0].chars().count())
    );
    enter(page, code).await;
    ended(child).await.well().says(&["logged in, kept as tv"]);
}
