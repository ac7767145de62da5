use oauth1_core::server::{Facts, Load};
use oauth_sansio::Moment;

fn twice(pause: Load, a: Moment, b: Moment) {
    let _first = pause.resume(Facts::default(), a);
    let _second = pause.resume(Facts::default(), b);
}

fn main() {}
