use oauth2_core::server::{Commit, Reason};
use oauth_sansio::Reply;

fn open(commit: Commit) -> Reply<Reason> {
    commit.0.sealed
}

fn main() {}
