//! A PIN tried by several at once.

use oauth_sansio::Digest;
use oauth_store::{Key, Table, Tenant};

use crate::explorer::{ISSUER, Rules, Seen, explore};
use crate::oauth1::{
    Flying, TEMPORARY, VERIFIER, knowledge_with, no_reply_precedes_its_rows, provider, trade,
};

const WRONG: &str = "another-pin";
const TRIES: u8 = 2;

fn tries_taken(world: &Seen<'_, Flying>) -> usize {
    world.knowledge.marks.keys().filter(|key| key.table == Table::OAuth1Try).count()
}

fn is_used_up(world: &Seen<'_, Flying>) -> bool {
    let id = Digest::of_token(TEMPORARY.0);
    world.knowledge.marks.contains_key(&Key::new(Tenant::of(ISSUER), Table::OAuth1Temporary, id))
}

/// No more tries are taken than there are, one is granted at most and none behind the last try.
fn run(name: &str, guesses: &[(&str, &str)], at_the_end: &dyn Fn(&Seen<'_, Flying>)) {
    let provider = provider();
    let requests = guesses.iter().map(|(nonce, guess)| trade(&provider, nonce, guess)).collect();
    let always = |world: &Seen<'_, Flying>| {
        assert!(world.granted() <= 1, "a PIN was good twice");
        assert!(tries_taken(world) <= usize::from(TRIES), "more was looked at than may be tried");
        assert!(tries_taken(world) < usize::from(TRIES) || is_used_up(world), "a try too many is to come");
        no_reply_precedes_its_rows(world);
    };
    let worlds = explore(name, knowledge_with(Some(TRIES)), requests, &Rules { always: &always, at_the_end });
    assert!(worlds > 1);
}

#[test]
fn of_three_wrong_pins_and_the_right_one_two_at_most_are_looked_at() {
    let guesses = [("a", WRONG), ("b", WRONG), ("c", WRONG), ("d", VERIFIER)];
    run("three wrong PINs and the right one", &guesses, &|world| {
        // Two wrong ones, or the right one behind one of them at most.
        assert!(is_used_up(world) && (world.granted() == 1) != (tries_taken(world) == 2));
    });
}

#[test]
fn a_wrong_pin_sent_three_times_takes_one_try_and_leaves_the_other_to_the_owner() {
    let guesses = [("a", WRONG), ("a", WRONG), ("a", WRONG), ("b", VERIFIER)];
    run("one wrong PIN three times and the right one", &guesses, &|world| {
        assert_eq!(world.granted(), 1);
        assert!(tries_taken(world) <= 1 && is_used_up(world));
    });
}

#[test]
fn the_right_pin_in_three_requests_is_granted_once() {
    let guesses = [("a", VERIFIER), ("b", VERIFIER), ("b", VERIFIER), ("c", WRONG)];
    run("the right PIN three times and a wrong one", &guesses, &|world| {
        // A wrong one leaves a try for a right one.
        assert_eq!(world.granted(), 1);
    });
}
