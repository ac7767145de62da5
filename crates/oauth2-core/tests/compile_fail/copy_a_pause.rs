use oauth2_core::server::{Commit, Load};

fn copy(load: &Load, commit: &Commit) -> (Load, Commit) {
    (load.clone(), commit.clone())
}

fn main() {}
