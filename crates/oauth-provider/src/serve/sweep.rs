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

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use http::{Request, StatusCode, header};
    use oauth_clock::ManualClock;
    use oauth_sansio::{Timestamp, form};

    use super::*;
    use crate::Serving;
    use crate::config::Settings;

    #[tokio::test]
    async fn a_full_store_takes_tokens_again_when_what_is_over_was_swept() {
        let data = std::env::temp_dir().join(format!("oauth-provider-full-{}", std::process::id()));
        let variables = [
            ("OAUTH__DATA", data.to_str().unwrap()),
            ("OAUTH__STORE__MAX_BYTES", "262144"),
            ("OAUTH__LISTEN", "127.0.0.1:0"),
            ("OAUTH__ADMIN__LISTEN", "127.0.0.1:0"),
            ("OAUTH__LIMITS__REQUESTS_PER_MINUTE", "0"),
        ];
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix(1_800_000_000)));
        let settings =
            Settings::load(None, variables.map(|(name, text)| (name.into(), text.into()))).unwrap();
        let serving = Serving::start(settings, clock.clone()).await.unwrap();
        let secret = serving.demonstration().unwrap().secret.expose();
        let credentials = base64::engine::general_purpose::STANDARD.encode(format!("demo:{secret}"));
        let provider = serving.follower.front.provider();
        let ask = async || {
            let request = Request::post("/oauth2/token")
                .header(header::AUTHORIZATION, format!("Basic {credentials}"))
                .header(header::CONTENT_TYPE, form::MEDIA_TYPE)
                .body("grant_type=client_credentials".to_owned());
            provider.answer(request.unwrap()).await.status()
        };
        let mut answered = 0;
        while ask().await == StatusCode::OK {
            answered += 1;
            assert!(answered < 5000, "no bound");
        }
        assert!(answered > 20, "{answered}");
        assert_eq!(ask().await, StatusCode::SERVICE_UNAVAILABLE);

        clock.advance(Duration::from_secs(24 * 60 * 60));
        let store = serving.follower.parts.store.store().clone();
        let swept = tokio::spawn(sweep(store, clock));
        let room = async {
            while ask().await != StatusCode::OK {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(REST, room).await.unwrap();
        swept.abort();
        drop(serving);
        std::fs::remove_dir_all(data).unwrap();
    }
}
