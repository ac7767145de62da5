//! The explorer, and a store that is plain data.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use oauth_sansio::{Family, Moment, Outcome, Reply, Tick, Timestamp};
use oauth_store::{IssuerStore, Key, Owner, Page, Put, Record, Row, Store, StoreError, Tenant, Writes};

pub const ISSUER: &str = "https://as.example.com";
pub const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// Everything a store knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Knowledge {
    pub rows: BTreeMap<Key, Put>,
    pub marks: BTreeMap<Key, Tick>,
    pub tombstones: BTreeSet<Family>,
}

impl Knowledge {
    /// Whether a family of the issuer has a tombstone.
    pub fn is_revoked(&self, family: Family) -> bool {
        self.tombstones.contains(&Tenant::of(ISSUER).family(family))
    }
}

/// A store over a world's knowledge; it answers at once.
#[derive(Default)]
pub struct World(pub Mutex<Knowledge>);

#[async_trait]
impl Store for World {
    async fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        let known = self.0.lock().unwrap();
        let read = |key: &Key| {
            let put = known.rows.get(key)?;
            let revoked = put.families.iter().flatten().any(|family| known.tombstones.contains(family));
            Some(Row { record: put.record.clone(), spent: known.marks.get(key).copied(), revoked })
        };
        Ok(keys.iter().map(read).collect())
    }

    async fn commit(&self, writes: Writes) -> Result<Outcome, StoreError> {
        let mut known = self.0.lock().unwrap();
        if let Some(place) = writes.spend.iter().position(|mark| known.marks.contains_key(&mark.key)) {
            return Ok(Outcome::Lost(place));
        }
        known.marks.extend(writes.spend.iter().map(|mark| (mark.key, mark.at)));
        known.rows.extend(writes.put.into_iter().map(|put| (put.key, put)));
        known.tombstones.extend(writes.revoke);
        Ok(Outcome::Applied)
    }

    async fn replace(&self, key: &Key, before: &Record, after: Record) -> Result<bool, StoreError> {
        let mut known = self.0.lock().unwrap();
        let put = known.rows.get_mut(key).filter(|put| put.record == *before);
        Ok(put.map(|put| put.record = after).is_some())
    }

    async fn sweep(&self, _: Timestamp, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn list(&self, _: Owner<'_>, _: Option<Key>, _: usize) -> Result<Page, StoreError> {
        Ok(Page::default())
    }
}

/// A request on its way through a role's steps.
pub trait Flight: Clone + Eq + Hash + Debug {
    /// One step further: what the driver would do.
    fn advance(self, store: &IssuerStore, moment: Moment) -> Self;
    /// The end, if it is reached.
    fn landed(&self) -> Option<Landed>;
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Landed {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Landed {
    pub fn of<R>(reply: &Reply<R>) -> Self {
        Self { status: reply.response.status().as_u16(), body: reply.response.body().to_vec() }
    }
}

/// A request in flight, or one that the store has failed: the client hears 503 and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Request<F> {
    Flying(F),
    Failed,
}

/// One world: where each request is, and what the store knows.
pub struct Seen<'a, F> {
    pub flights: Vec<Option<&'a F>>,
    pub knowledge: &'a Knowledge,
}

impl<F: Flight> Seen<'_, F> {
    /// How the requests ended that have, by their number.
    pub fn landed(&self) -> impl Iterator<Item = (usize, Landed)> {
        let landed = |(i, flight): (usize, &Option<&F>)| Some((i, flight.as_ref()?.landed()?));
        self.flights.iter().enumerate().filter_map(landed)
    }

    /// How many were answered 200.
    pub fn granted(&self) -> usize {
        self.landed().filter(|(_, landed)| landed.status == 200).count()
    }
}

/// What must hold.
pub struct Rules<'a, F> {
    /// In every world.
    pub always: &'a dyn Fn(&Seen<'_, F>),
    /// When every request has been answered, and the store never failed.
    pub at_the_end: &'a dyn Fn(&Seen<'_, F>),
}

/// Explores every interleaving of `requests` from `knowledge`; tells how many worlds there are.
pub fn explore<F: Flight>(name: &str, knowledge: Knowledge, requests: Vec<F>, rules: &Rules<'_, F>) -> usize {
    let start = (requests.into_iter().map(Request::Flying).collect::<Vec<_>>(), knowledge);
    let (mut seen, mut queue) = (HashSet::from([start.clone()]), VecDeque::from([start]));
    while let Some((requests, knowledge)) = queue.pop_front() {
        let flight = |request| match request {
            &Request::Flying(ref flight) => Some(flight),
            Request::Failed => None,
        };
        let world = Seen { flights: requests.iter().map(flight).collect(), knowledge: &knowledge };
        (rules.always)(&world);
        if world.landed().count() == requests.len() {
            (rules.at_the_end)(&world);
        }
        for (i, request) in requests.iter().enumerate() {
            let Request::Flying(flight) = request else { continue };
            if flight.landed().is_some() {
                continue;
            }
            let (store, next) = step(flight.clone(), &knowledge, i);
            // The store may fail before it did anything, or after: then the answer is lost, and what it wrote is not.
            for (next, known) in [
                (Request::Flying(next), store.clone()),
                (Request::Failed, knowledge.clone()),
                (Request::Failed, store),
            ] {
                let mut requests = requests.clone();
                requests[i] = next;
                if seen.insert((requests.clone(), known.clone())) {
                    queue.push_back((requests, known));
                }
            }
        }
    }
    println!("{name}: {} worlds, no violation", seen.len());
    seen.len()
}

/// How a request ends that is alone in a world.
pub fn afterwards<F: Flight>(knowledge: &Knowledge, mut flight: F) -> Landed {
    let mut knowledge = knowledge.clone();
    loop {
        if let Some(landed) = flight.landed() {
            return landed;
        }
        (knowledge, flight) = step(flight, &knowledge, 99);
    }
}

fn step<F: Flight>(flight: F, knowledge: &Knowledge, number: usize) -> (Knowledge, F) {
    let world = Arc::new(World(Mutex::new(knowledge.clone())));
    // Each request has randomness of its own.
    let moment = Moment::new(NOW, [number as u8 + 1; 32]);
    let next = flight.advance(&IssuerStore::new(world.clone(), ISSUER), moment);
    let after = world.0.lock().unwrap().clone();
    (after, next)
}

/// The knowledge that `fill` leaves in an empty store.
pub fn prepared(fill: impl FnOnce(&IssuerStore)) -> Knowledge {
    let world = Arc::new(World::default());
    fill(&IssuerStore::new(world.clone(), ISSUER));
    let knowledge = world.0.lock().unwrap().clone();
    knowledge
}

/// The value of a future that never waits.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the model's store answers at once"),
    }
}
