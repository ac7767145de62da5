//! What living families take in the in-memory store, and whether many of them make a refresh dearer.
//!
//! Bytes are those that were asked for and not given back, by the counting allocator: tables as they have grown, but not
//! what `malloc` rounds up.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use allocation_counter::{measure, opt_out};
use oauth_clock::{Clock as _, SystemClock};

use crate::endpoint::World;
use crate::harness::{Case, compare};

/// Coprime to the counts below: the families are met in an order in which they were not stored.
const STRIDE: usize = 61_803;

const SIZES: [(&str, usize); 3] = [("1,000", 1_000), ("10,000", 10_000), ("100,000", 100_000)];

pub(crate) fn run(rounds: usize) -> anyhow::Result<()> {
    let filled = SIZES.map(|(name, count)| (name, Families::new(count)));
    println!("\noauth2-memory: the in-memory store, bytes by the counting allocator");
    let mut cases = Vec::new();
    for (name, families) in filled {
        let families = families?;
        println!("  {name} families");
        families.print("one authorization: spent code, access, refresh", families.first);
        families.print("a refresh with rotation in each", families.second);
        families.print("the sweep two hours later: codes, access tokens", families.swept);
        cases.push(Case::new(format!("refresh with rotation, {name} families"), move || {
            families.refresh_next();
        }));
    }
    compare("oauth2-memory: one refresh, as multiples of it among 1,000 families", rounds, cases);
    Ok(())
}

/// A store with so many families, and the refresh token of each.
struct Families {
    world: World<'static>,
    tokens: RefCell<Vec<String>>,
    next: Cell<usize>,
    /// Bytes that were kept: when the families were made, when each was refreshed, and when all but refresh tokens was over.
    first: i64,
    second: i64,
    swept: i64,
}

impl Families {
    fn new(count: usize) -> anyhow::Result<Self> {
        let world = World::new()?;
        let families = Self {
            world,
            tokens: RefCell::new(Vec::with_capacity(count)),
            next: Cell::new(0),
            first: 0,
            second: 0,
            swept: 0,
        };
        let first = measure(|| (0..count).for_each(|_| families.add())).bytes_current;
        let second = measure(|| (0..count).for_each(|_| families.refresh_next())).bytes_current;
        let later = SystemClock.moment()?.now().plus(Duration::from_secs(2 * 60 * 60));
        let world = &families.world;
        let sweep = || world.block_on(world.store.store().sweep(later, usize::MAX)).map(drop);
        let mut outcome = Ok(());
        let swept = measure(|| outcome = sweep()).bytes_current;
        outcome?;
        Ok(Self { first, second, swept, ..families })
    }

    fn add(&self) {
        let token = self.world.redeem().expect("redeems");
        self.keep(|tokens, token| tokens.push(token), &token);
    }

    /// In the family that is next.
    fn refresh_next(&self) {
        let count = self.tokens.borrow().len();
        let index = self.next.replace((self.next.get() + STRIDE) % count);
        let token = self.world.refresh(&self.tokens.borrow()[index]).expect("refreshes");
        self.keep(|tokens, token| tokens[index] = token, &token);
    }

    /// The client keeps its token; that is not the store's memory.
    fn keep(&self, put: impl FnOnce(&mut Vec<String>, String), token: &str) {
        opt_out(|| put(&mut self.tokens.borrow_mut(), token.to_owned()));
    }

    fn print(&self, name: &str, bytes: i64) {
        let each = bytes as f64 / self.tokens.borrow().len() as f64;
        println!("    {name:<48} {each:>+9.0} bytes in each");
    }
}
