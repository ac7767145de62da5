use oauth1_core::server::Load;
use oauth_sansio::Outcome;

fn wrong(pause: Load) {
    let _step = pause.settle(Outcome::Applied);
}

fn main() {}
