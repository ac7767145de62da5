//! What provider profiles say about themselves.

use oauth2_core::client::profile::{
    self, Answers, Basic, Body, Dialect, Fact, Pkce, Profile, Refresh, Source,
};

/// A line of the table in `docs/provider-profiles.md`.
fn row(profile: &Profile) -> String {
    let Dialect { authorization, requests, answers, .. } = &profile.dialect;
    let code = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let mut requested = vec![code(&profile.authentication)];
    requested.extend((requests.basic == Basic::Raw).then(|| "Basic as it is".to_owned()));
    requested.extend((requests.body == Body::Json).then(|| "JSON".to_owned()));
    let pkce = match authorization.pkce {
        Pkce::Checked => "checked",
        Pkce::Ignored => "ignored",
        Pkce::NotSent => "not sent",
    };
    let refresh = match profile.refresh {
        Refresh::Either => "either",
        Refresh::Rotated => "rotated",
        Refresh::Kept => "kept",
        Refresh::None => "none",
    };
    let strays = if *answers == Answers::default() { "as the standard" } else { "differ" };
    let facts = |confirmed: bool| {
        let facts = profile.facts.iter().filter(|fact| fact.is_confirmed() == confirmed);
        let told = |fact: &Fact| match &fact.source {
            Source::Page(page) => format!("{} ([source]({page}))", fact.says),
            Source::Memory => fact.says.clone(),
        };
        facts.map(told).collect::<Vec<_>>().join("; ")
    };
    format!(
        "| {} | {} | {pkce} | {refresh} | {strays} | {} | {} |",
        profile.name,
        requested.join("; "),
        facts(true),
        facts(false)
    )
}

#[test]
fn the_documentation_tells_every_fact_and_which_are_from_memory() {
    let documentation = include_str!("../../../../docs/provider-profiles.md");
    let rows: Vec<_> = profile::ALL.iter().map(|profile| row(profile)).collect();
    let missing = rows.iter().filter(|row| !documentation.lines().any(|line| line == *row));
    let missing: Vec<_> = missing.map(String::as_str).collect();
    assert!(missing.is_empty(), "not in docs/provider-profiles.md:\n{}", missing.join("\n"));
    let table = documentation.split("\n## Providers\n").nth(1).unwrap();
    let lines = table.split("\n## ").next().unwrap().lines().filter(|line| line.starts_with("| ")).count();
    assert_eq!(lines, rows.len() + 1, "a head and a line for each");
}
