use oauth1_core::server::Commit;

fn copied(pause: &Commit) -> Commit {
    pause.clone()
}

fn main() {}
