//! A provider whose store has no room.

use bytes::Bytes;
use http::Response;
use oauth_cli::demo::Person;
use oauth_clock::{Clock as _, SystemClock};
use url::Url;

use crate::application::Application;
use crate::provider::told;
use crate::running::{Place, Running, free_port, serve};

/// What a store has at its beginning, and some hundred tokens.
const FULL: u64 = 256 << 10;

/// Long before it the store is full.
const MOST: usize = 5000;

struct Provider {
    place: Place,
    port: u16,
    figures: u16,
}

impl Provider {
    fn new() -> Self {
        let (place, port, figures) = (Place::new(), free_port(), free_port());
        place.with(
            "oauth.toml",
            &format!(
                "development = true\nlisten = \"127.0.0.1:{port}\"\nmetrics.listen = \"127.0.0.1:{figures}\"\n\
                 resource_servers = [\"demo\"]\nlimits.requests_per_minute = 0\n"
            ),
        );
        Self { place, port, figures }
    }

    fn run(&self, max_bytes: u64) -> (Running, Application) {
        let mut command = serve(&self.place, &["--config", "oauth.toml"]);
        command.env("OAUTH__STORE__MAX_BYTES", max_bytes.to_string());
        let running = Running::of(command, self.port);
        let app = Application::of(&self.place, &running);
        (running, app)
    }
}

/// Until there is no room for it; the answers before. What is refused asks for patience and is kept by nobody.
async fn until_full(mut ask: impl AsyncFnMut() -> Response<Bytes>) -> Vec<Response<Bytes>> {
    let mut before = Vec::new();
    while before.len() < MOST {
        let answer = ask().await;
        if answer.status() == 503 {
            let of = |name: &str| answer.headers()[name].to_str().unwrap();
            assert_eq!([of("retry-after"), of("cache-control")], ["1", "no-store"]);
            return before;
        }
        assert!(!answer.status().is_client_error() && !answer.status().is_server_error(), "{answer:?}");
        before.push(answer);
    }
    panic!("no bound");
}

#[tokio::test]
async fn g11_a_provider_whose_store_is_full_reads_on_spends_nothing_and_goes_on_when_there_is_room() {
    let provider = Provider::new();
    let (running, app) = provider.run(FULL);
    let client = app.oauth2().await;
    let (authorize, _) = client.authorize().scope("photos").start(SystemClock.moment().unwrap()).unwrap();
    let first = app.tokens().await;
    let refresh_token = first.refresh_token.unwrap();
    let mut person = Person::new(app.http.clone());
    let sent = person.open(&authorize).await.unwrap().location().unwrap();
    let login = person.open(&sent).await.unwrap();

    let credentials = [("grant_type", "client_credentials")];
    let answered = until_full(async || app.ask("/oauth2/token", &credentials).await).await;
    let kept: Vec<_> =
        answered.iter().map(|answer| told(answer)["access_token"].as_str().unwrap().to_owned()).collect();
    assert!(kept.len() > 20, "{}", kept.len());
    // Each kind of row has its own last place.
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())];
    let refused = app.ask("/oauth2/token", &refresh).await;
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    until_full(async || app.get(authorize.as_str()).await).await;
    let fields = [("username", "ann"), ("password", app.password.as_str())];
    until_full(async || person.submit(&login, &fields).await.unwrap().response).await;

    for path in ["/.well-known/oauth-authorization-server", "/oauth2/jwks", "/health/ready", "/health/live"] {
        assert_eq!(app.get(path).await.status(), 200, "{path}");
    }
    for token in kept.iter().map(String::as_str).chain([first.access_token.expose()]) {
        assert!(app.is_active(token).await, "an answered token is lost");
    }
    let metrics = Url::parse(&format!("http://127.0.0.1:{}/metrics", provider.figures)).unwrap();
    let figures = String::from_utf8(app.get(metrics.as_str()).await.body().to_vec()).unwrap();
    assert!(figures.contains("oauth_store_failures_total{operation=\"commit\"} 4"), "{figures}");
    assert!(!figures.contains("oauth_store_failures_total{operation=\"load\"}"), "{figures}");
    let said = running.stop().err;
    let why = said.lines().filter(|line| line.contains("ERROR") && line.contains("disk is full"));
    assert_eq!(why.count(), 4, "{said}");

    let (running, app) = provider.run(4 * FULL);
    let renewed = told(&app.ask("/oauth2/token", &refresh).await);
    assert!(app.is_active(renewed["access_token"].as_str().unwrap()).await, "nothing was spent");
    for token in &kept {
        assert!(app.is_active(token).await, "an answered token is lost");
    }
    assert!(app.is_active(app.tokens().await.access_token.expose()).await);
    running.stop();
}
