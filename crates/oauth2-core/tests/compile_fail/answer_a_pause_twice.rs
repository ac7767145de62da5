use oauth_sansio::{Moment, Outcome};
use oauth2_core::server::{Commit, Facts, Load};

fn load(pause: Load, facts: Facts, one: Moment, other: Moment) {
    let _first = pause.resume(facts.clone(), one);
    let _second = pause.resume(facts, other);
}

fn commit(pause: Commit) {
    let _first = pause.settle(Outcome::Applied);
    let _second = pause.settle(Outcome::Applied);
}

fn main() {}
