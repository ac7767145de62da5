use oauth1_core::{
    resource::{self, Grant},
    server::{Commit, Reason},
};
use oauth_sansio::Reply;

fn reply(pause: Commit) -> Reply<Reason> {
    pause.sealed
}

fn grant(pause: resource::Commit) -> Grant {
    pause.sealed
}

fn main() {}
