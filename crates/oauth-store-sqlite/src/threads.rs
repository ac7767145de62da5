//! The thread that writes, and those that read.

use std::io;
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use oauth_store::StoreError;
use rusqlite::{Connection, Error, ErrorCode, Result, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::failure::{failed, gone};

/// How many wait in a queue before others wait to get into it.
const QUEUE: usize = 1024;

/// How many are written together at most: no one waits long for the others.
const GROUP: usize = 256;

/// The one thread that writes.
pub(crate) struct Writer {
    queue: mpsc::Sender<Box<dyn Write>>,
    _thread: Thread,
}

/// The threads that read, each with a connection.
pub(crate) struct Readers {
    queue: mpsc::Sender<Read>,
    _threads: Vec<Thread>,
}

type Read = Box<dyn FnOnce(&Connection) + Send>;

impl Writer {
    pub(crate) fn start(connection: Connection) -> io::Result<Self> {
        let (queue, writes) = mpsc::channel(QUEUE);
        Ok(Self { queue, _thread: Thread::start("oauth-store-write", || write_all(connection, writes))? })
    }

    /// Does `work` in a transaction, which others may share, and answers when it is durable.
    ///
    /// Work that fails takes all of its transaction with it, so it looks first and writes then. Where the disk is full, it is done
    /// again by itself.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let write = Box::new(Waiting { work, result: None, reply });
        self.queue.send(write).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

impl Readers {
    pub(crate) fn start(connections: Vec<Connection>) -> io::Result<Self> {
        let (queue, reads) = mpsc::channel(QUEUE);
        let reads = Arc::new(Mutex::new(reads));
        let start = |connection| {
            let reads = Arc::clone(&reads);
            Thread::start("oauth-store-read", move || read_all(&connection, &reads))
        };
        Ok(Self { queue, _threads: connections.into_iter().map(start).collect::<io::Result<_>>()? })
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let read: Read = Box::new(move |connection| {
            // Nobody waits any more when this fails.
            let _ = reply.send(work(connection));
        });
        self.queue.send(read).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// Something to write, and who waits for it.
trait Write: Send {
    fn run(&mut self, transaction: &Transaction<'_>) -> Result<()>;
    fn answer(self: Box<Self>, done: Result<(), Arc<Error>>);
}

struct Waiting<W, T> {
    work: W,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, W: FnMut(&Transaction<'_>) -> Result<T> + Send> Write for Waiting<W, T> {
    fn run(&mut self, transaction: &Transaction<'_>) -> Result<()> {
        self.result = Some((self.work)(transaction)?);
        Ok(())
    }

    fn answer(self: Box<Self>, done: Result<(), Arc<Error>>) {
        let Self { result, reply, .. } = *self;
        // Nobody waits any more when this fails.
        let _ = reply.send(done.map_err(failed).and_then(|()| result.ok_or_else(gone)));
    }
}

/// Takes all that waits into one transaction, until nobody is left who could write.
fn write_all(mut connection: Connection, mut writes: mpsc::Receiver<Box<dyn Write>>) {
    let mut group = Vec::with_capacity(GROUP);
    while writes.blocking_recv_many(&mut group, GROUP) > 0 {
        match together(&mut connection, &mut group) {
            // A sweep makes room, and must not fail with those that want some: each is on its own then.
            Err(error) if group.len() > 1 && error.sqlite_error_code() == Some(ErrorCode::DiskFull) => {
                for mut write in group.drain(..) {
                    let done = together(&mut connection, slice::from_mut(&mut write)).map_err(Arc::new);
                    write.answer(done);
                }
            }
            done => {
                let done = done.map_err(Arc::new);
                group.drain(..).for_each(|write| write.answer(done.clone()));
            }
        }
    }
}

fn together(connection: &mut Connection, group: &mut [Box<dyn Write>]) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for write in group {
        write.run(&transaction)?;
    }
    transaction.commit()
}

/// Each read is taken by one thread: the one that holds the lock waits for it, the others for the lock.
fn read_all(connection: &Connection, reads: &Mutex<mpsc::Receiver<Read>>) {
    let next = || reads.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
    while let Some(read) = next() {
        read(connection);
    }
}

/// A thread that is waited for when it is dropped. It ends when its queue has.
pub(crate) struct Thread(Option<JoinHandle<()>>);

impl Thread {
    pub(crate) fn start(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        Ok(Self(Some(Builder::new().name(name.into()).spawn(run)?)))
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.0.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // One that panicked has answered nobody, and each of those knows.
        let _ = self.0.take().map(JoinHandle::join);
    }
}
