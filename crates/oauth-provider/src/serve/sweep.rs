//! What is over goes, until the end.

use std::sync::Arc;
use std::time::Duration;

use oauth_clock::Clock;
use oauth_store::Store;
use tokio::time::Instant;

/// How many rows are removed at once.
const BITE: usize = 512;

/// How long to wait when nothing is left.
const REST: Duration = Duration::from_secs(60);

/// Removes what is over, in small bites.
pub(super) async fn sweep(store: Arc<dyn Store>, clock: Arc<dyn Clock>) {
    loop {
        let begun = Instant::now();
        let swept = match clock.moment() {
            Ok(moment) => store.sweep(moment.now(), BITE).await,
            Err(_) => Ok(0),
        };
        let pause = match swept {
            // As long as it took, so that requests have the store at least half of the time, however much is over.
            Ok(BITE..) => begun.elapsed().max(Duration::from_millis(1)),
            Ok(_) => REST,
            Err(error) => {
                tracing::warn!(%error, "nothing is swept");
                REST
            }
        };
        tokio::time::sleep(pause).await;
    }
}
