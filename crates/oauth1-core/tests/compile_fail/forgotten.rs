#![deny(unused_must_use)]

use oauth1_core::server::Commit;
use oauth_sansio::Outcome;

fn forgotten(pause: Commit) {
    pause.settle(Outcome::Applied);
}

fn main() {}
