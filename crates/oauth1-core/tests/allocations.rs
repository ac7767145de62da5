//! How often memory is asked for between a signed request and its grant.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use allocation_counter::measure;
use oauth_sansio::Outcome;
use oauth1_core::resource::Step;
use support::{PHOTOS, World};

#[test]
fn verifying_a_request_allocates_four_times_besides_the_grant() {
    let mut world = World::new();
    let token = world.token();
    let request = world.printer().token(&token).nonce("first").get(PHOTOS);
    // The key is worked out once for a token that the store keeps in memory.
    assert!(world.fetch(&request).is_ok());
    let request = world.printer().token(&token).nonce("second").get(PHOTOS);

    let (mut received, mut resumed, mut settled) = (None, None, None);
    let moments = [world.moment(), world.moment()];
    let [first, second] = moments;
    let mut total = 0;
    total += measure(|| received = Some(world.verifier.receive(&request, first))).count_total;
    let Some(Step::Load(load)) = received else { panic!("no load") };
    let facts = world.store.load(load.wanted());
    total += measure(|| resumed = Some(load.resume(facts, second))).count_total;
    let Some(Step::Commit(commit)) = resumed else { panic!("no commit") };
    total += measure(|| settled = Some(commit.settle(Outcome::Applied))).count_total;
    let Some(Step::Admit(grant)) = settled else { panic!("not admitted") };
    // Client, subject, the list of realms and each of them.
    let of_the_grant = 3 + grant.realms.len() as u64;
    assert!(total <= 4 + of_the_grant, "{total}");
}
