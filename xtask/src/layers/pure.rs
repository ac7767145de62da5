//! A core has no runtime, no socket, no clock and no randomness in its tree.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{CORES, tree};

const BANNED: [(&str, &str); 22] = [
    ("async-trait", "a core does not wait"),
    ("async-std", "a core does not wait"),
    ("futures", "a core does not wait"),
    ("futures-util", "a core does not wait"),
    ("smol", "a core does not wait"),
    ("tokio", "a core does not wait"),
    ("hyper", "a core opens no socket"),
    ("hyper-util", "a core opens no socket"),
    ("mio", "a core opens no socket"),
    ("reqwest", "a core opens no socket"),
    ("rustls", "a core opens no socket"),
    ("socket2", "a core opens no socket"),
    ("ureq", "a core opens no socket"),
    ("chrono", "time is an argument"),
    ("coarsetime", "time is an argument"),
    ("instant", "time is an argument"),
    ("jiff", "time is an argument"),
    ("quanta", "time is an argument"),
    ("time", "time is an argument"),
    ("web-time", "time is an argument"),
    ("fastrand", "chance is an argument"),
    ("getrandom", "chance is an argument"),
];

pub(super) fn check() -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for core in CORES {
        complaints.extend(impure(&tree::of(core)?));
    }
    Ok(complaints)
}

fn impure(branches: &[tree::Branch]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let banned = branches.iter().filter_map(|branch| {
        let (_, reason) = BANNED.iter().find(|(name, _)| *name == branch.name)?;
        seen.insert(&branch.name).then(|| format!("{}: {reason}", branch.chain.join(" -> ")))
    });
    banned.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_tree_passes() {
        assert!(
            impure(&tree::parse("0 oauth1-core v0.1.0 (/x)\n1 sha1 v0.11.0\n2 digest v0.11.3\n")).is_empty()
        );
    }

    #[test]
    fn the_chain_to_a_banned_crate_is_named_once() {
        let tree = "0 oauth2-core v0.1.0 (/x)\n1 serde v1.0.0\n1 rand v0.10.4\n2 getrandom v0.4.3\n3 libc v0.2.0\n\
                    1 other v1.0.0\n2 getrandom v0.4.3 (*)\n";
        let complaints = impure(&tree::parse(tree));
        assert_eq!(complaints, ["oauth2-core -> rand -> getrandom: chance is an argument"]);
    }
}
