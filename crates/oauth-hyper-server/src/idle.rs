//! Ending the connections that ask for nothing.

use std::convert::Infallible;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::{AbortHandle, spawn_blocking};

use crate::in_flight::InFlight;

/// Looks at every connection now and then, and ends each that had no request in flight for some time. It covers every way
/// to hold a connection without asking for anything: silence, half a preface or head of either HTTP version, an open
/// connection without streams.
///
/// It looks from a thread of its own: a timer of the runtime is set and cleared again by the kernel whenever the runtime
/// waits for a socket, which is once for every request.
pub(crate) struct IdleWatch {
    all: Arc<Mutex<Vec<Watched>>>,
    /// Dropped with this, which ends the thread.
    _end: Sender<Infallible>,
}

struct Watched {
    in_flight: InFlight,
    connection: AbortHandle,
    /// What was seen at the last look.
    last: Option<(usize, usize)>,
    /// For how many looks nothing has been asked for.
    quiet: u32,
}

impl IdleWatch {
    /// How often it is looked within the time that a connection may idle.
    const LOOKS: u32 = 4;

    /// Ends connections after `limit`, and at most a quarter of it later, for as long as this lives.
    pub(crate) fn new(limit: Duration) -> Self {
        let all = Arc::default();
        let (_end, end) = channel();
        let looked_at = Arc::clone(&all);
        // A limit of nothing is no reason to look without a pause.
        let pause = (limit / Self::LOOKS).max(Duration::from_millis(1));
        spawn_blocking(move || {
            while end.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                lock(&looked_at).retain_mut(Watched::goes_on);
            }
        });
        Self { all, _end }
    }

    /// Looks at this one, too.
    pub(crate) fn watch(&self, in_flight: InFlight, connection: AbortHandle) {
        lock(&self.all).push(Watched { in_flight, connection, last: None, quiet: 0 });
    }
}

fn lock(all: &Mutex<Vec<Watched>>) -> MutexGuard<'_, Vec<Watched>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watched {
    /// Whether it is to be looked at again.
    fn goes_on(&mut self) -> bool {
        let counts = self.in_flight.counts();
        let is_quiet = counts.0 == counts.1 && self.last == Some(counts);
        self.quiet = if is_quiet { self.quiet + 1 } else { 0 };
        self.last = Some(counts);
        if self.quiet < IdleWatch::LOOKS {
            return !self.connection.is_finished();
        }
        tracing::debug!("idle connection ended");
        self.connection.abort();
        false
    }
}
