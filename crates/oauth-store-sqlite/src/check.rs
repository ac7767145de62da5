//! Whether the file is whole: looked at before it is used, or beside its use where that takes long.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use oauth_store::StoreError;
use rusqlite::{Connection, InterruptHandle};

use crate::OpenError;
use crate::threads::Thread;

/// Looks at all of the file.
pub(crate) fn look(connection: &Connection) -> Result<(), OpenError> {
    let health: String = connection.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
    match &*health {
        "ok" => Ok(()),
        _ => Err(OpenError::Damaged(health)),
    }
}

/// A look that is taken while the store is used. It has seen all of the file as it was when it began.
pub(crate) struct Check {
    damage: Arc<OnceLock<String>>,
    interrupt: InterruptHandle,
    thread: Thread,
}

impl Check {
    pub(crate) fn start(connection: Connection) -> io::Result<Self> {
        let damage = Arc::new(OnceLock::new());
        let interrupt = connection.get_interrupt_handle();
        let found = Arc::clone(&damage);
        let thread = Thread::start("oauth-store-check", move || {
            // A look that fails for another reason tells nothing of the file.
            if let Err(OpenError::Damaged(what)) = look(&connection) {
                let _ = found.set(what);
            }
        })?;
        Ok(Self { damage, interrupt, thread })
    }

    /// What was found; from then on nothing in the file is to be believed.
    pub(crate) fn passed(&self) -> Result<(), StoreError> {
        match self.damage.get() {
            None => Ok(()),
            Some(what) => Err(StoreError::Corrupt(OpenError::Damaged(what.clone()).into())),
        }
    }
}

/// Nobody waits for the rest of it.
impl Drop for Check {
    fn drop(&mut self) {
        // What has not begun yet cannot be interrupted.
        while !self.thread.has_ended() {
            self.interrupt.interrupt();
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
