use oauth_sansio::{Answer, Moment, Outcome};
use oauth2_core::server::{Commit, Interact, Load};

fn load(pause: Load) {
    let _ = pause.settle(Outcome::Applied);
}

fn commit(pause: Commit, moment: Moment) {
    let _ = pause.answer(Answer::Denied, moment);
}

fn interact(pause: Interact, moment: Moment) {
    let _ = pause.answer(Outcome::Applied, moment);
}

fn main() {}
