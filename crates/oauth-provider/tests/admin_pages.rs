//! The operator's pages: who comes in, what a form must bring to count, and what can be done.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod credentials;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use oauth_clock::{Clock, ManualClock};
use oauth_provider::admin::{Admin, AdminService};
use oauth_provider::{Rotation, StoredKeys, StoredUsers, Users as _};
use oauth_sansio::{Secret, Timestamp, form};
use oauth_store::{IssuerStore, MemoryStore, Owner, Table, Tenant};
use oauth1_core::server as core1;
use oauth2_core::jose::Algorithm;
use oauth2_core::server::{AuthorizationServer, Config};

const ISSUER: &str = "https://as.example.com";
const HOST: &str = "127.0.0.1:8081";
const TOKEN: &str = "the operator's token";

struct World {
    admin: AdminService,
    users: Arc<StoredUsers>,
    store: IssuerStore,
    clock: Arc<ManualClock>,
}

impl World {
    fn new() -> Self {
        let mut config = Config::new(ISSUER.parse().unwrap());
        config.scopes = "read write".parse().unwrap();
        let store = IssuerStore::new(Arc::new(MemoryStore::new()), ISSUER);
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix(1_800_000_000)));
        let shared: Arc<dyn Clock> = clock.clone();
        let users = Arc::new(StoredUsers::new(store.clone(), shared.clone()).unwrap());
        let day = Duration::from_secs(24 * 60 * 60);
        let rotation = Rotation { algorithm: Algorithm::EdDsa, every: 90 * day, notice: day, overlap: day };
        let keys = Arc::new(StoredKeys::new(store.clone(), shared.clone(), rotation));
        let admin = Admin::new(store.clone(), AuthorizationServer::new(config).unwrap());
        let admin = admin.users(users.clone()).keys(keys).clock(shared);
        Self { admin: AdminService::new(admin, &Secret::new(TOKEN)), users, store, clock }
    }

    fn browser(&self) -> Browser {
        Browser { admin: self.admin.clone(), headers: headers(&[("host", HOST)]), cookie: None }
    }

    /// The secret of a link.
    async fn ticket(&self) -> String {
        let path = self.admin.link().await.unwrap();
        path.expose().strip_prefix("/enter?ticket=").unwrap().to_owned()
    }

    /// A browser whose operator has come in.
    async fn inside(&self) -> Browser {
        let mut browser = self.browser();
        let answer = browser.post("/enter", &[("ticket", &self.ticket().await)]).await;
        assert_eq!(location(&answer), "/");
        browser
    }
}

struct Browser {
    admin: AdminService,
    headers: HeaderMap,
    cookie: Option<String>,
}

impl Browser {
    async fn send(&mut self, method: Method, uri: &str, body: String) -> Response<Bytes> {
        let mut request = Request::builder().method(method).uri(uri).body(Full::from(body)).unwrap();
        *request.headers_mut() = self.headers.clone();
        if let Some(cookie) = &self.cookie {
            request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
        }
        let answer = self.admin.answer(request).await;
        if let Some(cookie) = answer.headers().get(header::SET_COOKIE) {
            let (pair, rest) = cookie.to_str().unwrap().split_once(';').unwrap();
            self.cookie = (!rest.contains("Max-Age=0")).then(|| pair.to_owned());
        }
        answer
    }

    async fn get(&mut self, uri: &str) -> (StatusCode, String) {
        let answer = self.send(Method::GET, uri, String::new()).await;
        (answer.status(), text(&answer))
    }

    async fn post(&mut self, uri: &str, fields: &[(&str, &str)]) -> Response<Bytes> {
        self.send(Method::POST, uri, form::encode(fields.iter().copied())).await
    }

    /// Looks at the page that asks, fills it in and sends it.
    async fn act(&mut self, fields: &[(&str, &str)], filled_in: &[(&str, &str)]) -> Response<Bytes> {
        let address = format!("/act?{}", form::encode(fields.iter().copied()));
        let (status, page) = self.get(&address).await;
        assert_eq!(status, StatusCode::OK, "{address}");
        let (token, form) = (hidden(&page, "form_token"), hidden(&page, "form"));
        self.post("/act", &[fields, filled_in, &[("form_token", &token), ("form", &form)]].concat()).await
    }

    async fn is_inside(&mut self) -> bool {
        self.get("/").await.0 == StatusCode::OK
    }
}

fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
    fields.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

fn text(page: &Response<Bytes>) -> String {
    String::from_utf8(page.body().to_vec()).unwrap()
}

/// The last field of this name.
fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.rsplit_once(&format!(r#"name="{name}" value=""#)).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// What is shown once.
fn shown_secret(page: &str) -> String {
    let (_, rest) = page.split_once(r#"<code class="code""#).unwrap();
    rest.split_once('>').unwrap().1.split('<').next().unwrap().to_owned()
}

fn location(answer: &Response<Bytes>) -> &str {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", text(answer));
    answer.headers()["location"].to_str().unwrap()
}

#[tokio::test]
async fn a_link_is_spent_by_its_button_and_not_by_looking_at_it() {
    let world = World::new();
    let ticket = world.ticket().await;
    // As previews and prefetchers do.
    for _ in 0..3 {
        let mut browser = world.browser();
        let (status, page) = browser.get(&format!("/enter?ticket={ticket}")).await;
        assert_eq!((status, browser.cookie), (StatusCode::OK, None));
        assert!(page.contains(&format!(r#"name="ticket" value="{ticket}""#)), "{page}");
    }
    let mut first = world.browser();
    let answer = first.post("/enter", &[("ticket", &ticket)]).await;
    assert_eq!(location(&answer), "/");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
    assert!(first.is_inside().await);

    let mut second = world.browser();
    let again = second.post("/enter", &[("ticket", &ticket)]).await;
    assert_eq!((again.status(), second.cookie), (StatusCode::FORBIDDEN, None));
    assert!(text(&again).contains("oauth admin link"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_use_a_link_at_once_one_comes_in() {
    let world = World::new();
    for _ in 0..20 {
        let ticket = world.ticket().await;
        let tries = (0..8).map(|_| {
            let (mut browser, ticket) = (world.browser(), ticket.clone());
            tokio::spawn(async move {
                browser.post("/enter", &[("ticket", &ticket)]).await;
                browser.cookie.is_some()
            })
        });
        let mut inside = 0;
        for one in tries.collect::<Vec<_>>() {
            inside += usize::from(one.await.unwrap());
        }
        assert_eq!(inside, 1);
    }
}

#[tokio::test]
async fn what_opens_nothing_is_told_the_same_whatever_it_is() {
    let world = World::new();
    let late = world.ticket().await;
    world.clock.advance(Duration::from_secs(10 * 60));
    let inside = world.inside().await;
    let session = inside.cookie.unwrap().split_once('=').unwrap().1.to_owned();
    let mut told = Vec::new();
    for ticket in [&late, "", "guessed", TOKEN, &session] {
        let mut browser = world.browser();
        let answer = browser.post("/enter", &[("ticket", ticket)]).await;
        assert_eq!((answer.status(), &browser.cookie), (StatusCode::FORBIDDEN, &None), "{ticket}");
        told.push(text(&answer));
    }
    told.dedup();
    assert_eq!(told.len(), 1);
    // The operator's token opens commands and no page, a session pages and no command.
    let mut browser = world.inside().await;
    browser.cookie = Some(format!("oauth-operator={TOKEN}"));
    assert!(!browser.is_inside().await);
    let mut commands = world.inside().await;
    assert_eq!(commands.get("/v1/users").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_is_never_one_that_the_browser_brought_and_ends_the_one_before() {
    let world = World::new();
    let mut planted = world.browser();
    planted.cookie = Some("oauth-operator=planted".into());
    planted.post("/enter", &[("ticket", &world.ticket().await)]).await;
    assert_ne!(planted.cookie.as_deref(), Some("oauth-operator=planted"));
    assert!(planted.is_inside().await);
    let mut other = world.browser();
    other.cookie = Some("oauth-operator=planted".into());
    assert!(!other.is_inside().await, "whoever planted it is not in");

    let mut before = world.browser();
    before.cookie = planted.cookie.clone();
    planted.post("/enter", &[("ticket", &world.ticket().await)]).await;
    assert!(planted.is_inside().await && !before.is_inside().await);
}

#[tokio::test]
async fn a_session_ends_after_an_hour_and_when_the_operator_signs_out() {
    let world = World::new();
    let mut browser = world.inside().await;
    let mut copy = world.browser();
    copy.cookie = browser.cookie.clone();
    let answer = browser.act(&[("act", "leave")], &[]).await;
    assert_eq!((location(&answer), &browser.cookie), ("/", &None));
    assert!(!copy.is_inside().await, "it is over, and not only forgotten by the browser");

    let mut browser = world.inside().await;
    world.clock.advance(Duration::from_secs(60 * 60));
    for address in ["/", "/clients", "/people", "/grants", "/keys", "/act?act=rotate_keys", "/nowhere"] {
        let (status, page) = browser.get(address).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{address}");
        assert!(page.contains("oauth admin link"), "{address}");
    }
}

#[tokio::test]
async fn z06_links_and_sessions_of_the_operator_are_kept_as_digests() {
    let world = World::new();
    let (ticket, browser) = (world.ticket().await, world.inside().await);
    let session = browser.cookie.unwrap().split_once('=').unwrap().1.to_owned();
    let mut rows = Vec::new();
    for table in [Table::Setting, Table::Login] {
        let page =
            world.store.store().list(Owner::Table(Tenant::of(ISSUER), table), None, 100).await.unwrap();
        rows.extend(page.rows);
    }
    assert_eq!(rows.len(), 3, "two links and a session");
    let text = format!("{rows:?}");
    assert!(!text.contains(&ticket) && !text.contains(&session), "{text}");
}

#[tokio::test]
async fn s14_the_operators_listener_answers_to_no_name_that_could_lead_elsewhere() {
    let world = World::new();
    let inside = world.inside().await;
    let mut rebound = Browser { headers: headers(&[("host", "rebound.example:8081")]), ..inside };
    rebound.headers.insert(header::AUTHORIZATION, format!("Bearer {TOKEN}").parse().unwrap());
    for address in ["/", "/enter?ticket=x", "/clients", "/v1/users"] {
        assert_eq!(rebound.get(address).await.0, StatusCode::MISDIRECTED_REQUEST, "{address}");
    }
    let ticket = world.ticket().await;
    let answer = rebound.post("/enter", &[("ticket", &ticket)]).await;
    assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(
        location(&world.browser().post("/enter", &[("ticket", &ticket)]).await),
        "/",
        "it was not spent"
    );

    for host in [HOST, "localhost:9000", "[::1]:8081"] {
        rebound.headers.insert(header::HOST, host.parse().unwrap());
        assert_eq!(rebound.get("/").await.0, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn a13_a_form_of_the_operator_counts_only_from_a_page_of_its_own_session() {
    let world = World::new();
    let mut browser = world.inside().await;
    let mut other = world.inside().await;
    let own = hidden(&browser.get("/").await.1, "form_token");
    let others = hidden(&other.get("/").await.1, "form_token");
    let cookie = browser.cookie.clone().unwrap().split_once('=').unwrap().1.to_owned();
    assert_ne!(own, cookie, "the page gives nothing of the cookie away");

    let add = [("act", "new_user"), ("username", "mallory"), ("password", "correct horse battery")];
    for token in [None, Some(""), Some(others.as_str()), Some(cookie.as_str()), Some("guessed")] {
        let token = token.map(|token| ("form_token", token));
        let answer = browser.post("/act", &[&add[..], token.as_slice()].concat()).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{token:?}");
    }
    // With the right one, and from another place: even another server on this machine, which is the same site.
    let right = [&add[..], &[("form_token", own.as_str()), ("form", "of this page")]].concat();
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "http://127.0.0.1:3000"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        browser.headers = headers(&[("host", HOST), (name, value)]);
        assert_eq!(browser.post("/act", &right).await.status(), StatusCode::FORBIDDEN, "{name}: {value}");
        let spent = browser.post("/enter", &[("ticket", &world.ticket().await)]).await;
        assert_eq!(spent.status(), StatusCode::FORBIDDEN, "{name}: {value}");
    }
    // An address changes nothing, whatever it says.
    browser.headers = headers(&[("host", HOST)]);
    let address = format!("/act?{}", form::encode(right.iter().copied()));
    assert_eq!(browser.get(&address).await.0, StatusCode::OK);
    assert_eq!(world.users.find("mallory").await.unwrap(), None);

    browser.headers = headers(&[("host", HOST), ("origin", "null"), ("sec-fetch-site", "same-origin")]);
    assert_eq!(location(&browser.post("/act", &right).await), "/person?username=mallory&done=1");
    assert!(world.users.find("mallory").await.unwrap().is_some());
}

/// As a browser does that reloads what it was answered, or a person who presses twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_form_that_is_sent_again_does_nothing_again() {
    let world = World::new();
    let mut browser = world.inside().await;
    let (_, page) = browser.get("/act?act=new_client&protocol=oauth2").await;
    let (token, form) = (hidden(&page, "form_token"), hidden(&page, "form"));
    let new = [("act", "new_client"), ("protocol", "oauth2"), ("name", "Printer"), ("kind", "machine")];
    let bare = browser.post("/act", &[&new[..], &[("form_token", &token)]].concat()).await;
    assert_eq!(bare.status(), StatusCode::BAD_REQUEST, "every form is one of a page");
    let sent = [&new[..], &[("form_token", &token), ("form", &form)]].concat();
    let sends = (0..8).map(|_| {
        let mut browser = Browser { cookie: browser.cookie.clone(), ..world.browser() };
        let body = form::encode(sent.iter().copied());
        tokio::spawn(async move { browser.send(Method::POST, "/act", body).await })
    });
    let mut told = Vec::new();
    for send in sends.collect::<Vec<_>>() {
        let answer = send.await.unwrap();
        match answer.status() {
            StatusCode::OK => told.push(shown_secret(&text(&answer))),
            _ => assert_eq!(location(&answer), "/clients?protocol=oauth2"),
        }
    }
    assert_eq!(told.len(), 1);
    let (_, list) = browser.get("/clients").await;
    assert_eq!(list.matches(">Printer<").count(), 1, "{list}");

    // What is asked anew is another form, and so is that of another session.
    let refused = browser.act(&new[..2], &[("name", "")]).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let form_anew = hidden(&text(&refused), "form");
    let again = [&new[..], &[("form_token", &token), ("form", &form_anew)]].concat();
    assert_eq!(browser.post("/act", &again).await.status(), StatusCode::OK);
    let mut other = world.inside().await;
    let token = hidden(&other.get("/").await.1, "form_token");
    let same = [&new[..], &[("form_token", &token), ("form", &form)]].concat();
    assert_eq!(other.post("/act", &same).await.status(), StatusCode::OK);
    assert_eq!(browser.get("/clients").await.1.matches(">Printer<").count(), 3);
}

#[tokio::test]
async fn a09_a10_a12_the_operators_pages_keep_to_themselves() {
    let world = World::new();
    let mut browser = world.inside().await;
    for (method, address) in [
        (Method::GET, "/"),
        (Method::GET, "/enter?ticket=x"),
        (Method::GET, "/clients"),
        (Method::GET, "/nowhere"),
        (Method::POST, "/act"),
        (Method::POST, "/enter"),
        (Method::PUT, "/"),
    ] {
        let answer = browser.send(method, address, String::new()).await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("cache-control"), "no-store", "{address}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{address}");
        assert_eq!(header("x-frame-options"), "DENY", "{address}");
        let policy = header("content-security-policy");
        for rule in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"]
        {
            assert!(policy.contains(rule), "{address}: {policy}");
        }
    }
}

#[tokio::test]
async fn a07_nobody_is_sent_off_the_operators_pages() {
    let world = World::new();
    let mut browser = world.inside().await;
    for elsewhere in ["https://evil.example/", "//evil.example", "/\\evil.example", "\r\nLocation: x"] {
        let ticket = world.ticket().await;
        let fields = [("ticket", ticket.as_str()), ("return_to", elsewhere), ("next", elsewhere)];
        assert_eq!(location(&browser.post("/enter", &fields).await), "/");
        let revoked = browser.act(&[("act", "revoke_all"), ("subject", elsewhere)], &[]).await;
        assert!(location(&revoked).starts_with("/grants?subject="), "{revoked:?}");
        assert!(location(&revoked).bytes().all(|byte| byte.is_ascii_graphic()));
    }
}

#[tokio::test]
async fn z10_hostile_names_stay_text_on_the_operators_pages() {
    const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> & \u{202e}";
    let world = World::new();
    let mut browser = world.inside().await;
    let id = "../\"><script>alert(1)</script>";
    let made = browser
        .act(
            &[("act", "new_client"), ("protocol", "oauth1")],
            &[("name", "<script>alert(1)</script>\"'>"), ("client_id", id), ("addresses", "oob")],
        )
        .await;
    assert_eq!(made.status(), StatusCode::OK, "{}", text(&made));
    let encoded = form::encode([("protocol", "oauth1"), ("client_id", id)]);
    let hostile = form::encode([("subject", HOSTILE)]);
    for address in [
        "/clients?protocol=oauth1".to_owned(),
        format!("/client?{encoded}"),
        format!("/act?act=remove_client&{encoded}"),
        format!("/grants?{hostile}"),
        format!("/act?act=revoke_all&{hostile}"),
        format!("/enter?{}", form::encode([("ticket", HOSTILE)])),
        format!(
            "/act?act=new_client&protocol=oauth2&{}",
            form::encode([("name", HOSTILE), ("addresses", HOSTILE)])
        ),
    ] {
        let (status, page) = browser.get(&address).await;
        assert_eq!(status, StatusCode::OK, "{address}");
        for raw in ["<script>", "<img", "onerror=alert(1)>"] {
            assert!(!page.contains(raw), "{address}: {page}");
        }
    }
    let (_, page) = browser.get(&format!("/client?{encoded}")).await;
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
    // The identifier leads back to the same client from every link.
    assert_eq!(
        location(
            &browser.act(&[("act", "remove_client"), ("protocol", "oauth1"), ("client_id", id)], &[]).await
        ),
        "/clients?protocol=oauth1&done=1"
    );
}

#[tokio::test]
async fn clients_of_both_protocols_are_registered_listed_given_other_secrets_and_removed() {
    let world = World::new();
    let mut browser = world.inside().await;
    let new = [("act", "new_client"), ("protocol", "oauth2")];
    let fields = [
        ("name", "Photo Printer"),
        ("kind", "web"),
        ("addresses", "https://printer.example.com/ready\r\nhttps://printer.example.com/again\r\n"),
        ("scope", "read"),
        ("client_id", "printer"),
    ];
    let made = browser.act(&new, &fields).await;
    let secret = shown_secret(&text(&made));
    assert!(secret.len() >= 43, "{secret}");
    let (_, page) = browser.get("/client?protocol=oauth2&client_id=printer").await;
    for told in ["Photo Printer", "https://printer.example.com/again", "client_secret_basic", "refresh_token"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains(&secret), "it is told once");

    // What is refused is shown again as it was filled in, with what is wrong.
    let refused =
        browser.act(&new, &[("name", "Other"), ("client_id", "printer"), ("kind", "machine")]).await;
    let page = text(&refused);
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(page.contains(r#"role="alert""#) && page.contains(r#"value="Other""#), "{page}");
    let unfit = browser.act(&new, &[("name", "Other"), ("addresses", "javascript:alert(1)")]).await;
    assert_eq!(unfit.status(), StatusCode::BAD_REQUEST);

    let renew = [("act", "renew_secret"), ("protocol", "oauth2"), ("client_id", "printer")];
    let renewed = browser.act(&renew, &[("overlap", "3600")]).await;
    assert_ne!(shown_secret(&text(&renewed)), secret);
    for overlap in ["-1", "nonsense", "18446744073709551615"] {
        let answer = browser.act(&renew, &[("overlap", overlap)]).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{overlap}");
    }

    let frame = [("name", "Frame"), ("client_id", "frame"), ("addresses", "oob")];
    let made = browser.act(&[("act", "new_client"), ("protocol", "oauth1")], &frame).await;
    let wanted = core1::Wanted { client: Some("frame".into()), ..Default::default() };
    let stored = world.store.load_oauth1(&wanted).await.unwrap().client.unwrap();
    assert_eq!(stored.secret.expose(), shown_secret(&text(&made)));
    for (list, client, other) in
        [("/clients?protocol=oauth1", "frame", "printer"), ("/clients", "printer", "frame")]
    {
        let (_, page) = browser.get(list).await;
        assert!(
            page.contains(&format!("client_id={client}")) && !page.contains(&format!("client_id={other}"))
        );
    }
    for (protocol, client_id) in [("oauth1", "frame"), ("oauth2", "printer")] {
        let remove = [("act", "remove_client"), ("protocol", protocol), ("client_id", client_id)];
        assert_eq!(
            location(&browser.act(&remove, &[]).await),
            format!("/clients?protocol={protocol}&done=1")
        );
        assert_eq!(browser.act(&remove, &[]).await.status(), StatusCode::NOT_FOUND);
    }
    assert!(browser.get("/clients?done=1").await.1.contains(r#"role="status""#));
}

#[tokio::test]
async fn the_pages_of_a_list_lead_to_each_client_once() {
    let world = World::new();
    let mut browser = world.inside().await;
    let mut names = std::collections::BTreeSet::new();
    for number in 0..120 {
        let (name, id) = (format!("Client {number}"), format!("client-{number}"));
        let fields = [("name", name.as_str()), ("client_id", &id), ("addresses", "oob")];
        browser.act(&[("act", "new_client"), ("protocol", "oauth1")], &fields).await;
        names.insert(format!("client_id={id}\""));
    }
    let (mut address, mut pages) = ("/clients?protocol=oauth1".to_owned(), 0);
    loop {
        let (_, page) = browser.get(&address).await;
        names.retain(|name| !page.contains(name.as_str()));
        pages += 1;
        match page.split_once(r#"rel="next" href=""#) {
            None => break,
            Some((_, rest)) => address = rest.split('"').next().unwrap().replace("&amp;", "&"),
        }
    }
    assert_eq!((names.len(), pages), (0, 3), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_added_given_passwords_shut_out_signed_out_and_removed() {
    let world = World::new();
    let mut browser = world.inside().await;
    let lets_in =
        async |password: &str| world.users.verify("ann", &Secret::new(password)).await.unwrap().is_some();
    let added = browser.act(&[("act", "new_user")], &[("username", "Ann")]).await;
    let drawn = shown_secret(&text(&added));
    assert!(lets_in(&drawn).await);
    let refused = browser.act(&[("act", "new_user")], &[("username", "bob"), ("password", "short")]).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert!(text(&refused).contains(r#"value="bob""#) && !text(&refused).contains("short\""));

    let ann = ("username", "ann");
    let chosen = "correct horse battery staple";
    let set = browser.act(&[("act", "set_password"), ann], &[("password", chosen)]).await;
    assert_eq!(location(&set), "/person?username=ann&done=1");
    assert!(!lets_in(&drawn).await && lets_in(chosen).await);
    for (act, is_in) in [("disable", false), ("enable", true), ("sign_out", true)] {
        let before = world.users.find("ann").await.unwrap().unwrap();
        assert_eq!(location(&browser.act(&[("act", act), ann], &[]).await), "/person?username=ann&done=1");
        assert_eq!(lets_in(chosen).await, is_in, "{act}");
        assert_eq!(world.users.find("ann").await.unwrap().unwrap().subject, before.subject);
    }
    assert!(browser.get("/people").await.1.contains("/person?username=ann"));
    assert_eq!(location(&browser.act(&[("act", "remove_user"), ann], &[]).await), "/people?done=1");
    assert_eq!(browser.get("/person?username=ann").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_was_granted_is_seen_by_person_and_client_and_revoked_one_by_one_or_altogether() {
    let world = World::new();
    for (name, subject, client_id, family) in
        [("a", "ann", "printer", 1), ("b", "ann", "other", 2), ("c", "bob", "printer", 3)]
    {
        credentials::grant(&world.store, name, (subject, client_id), family, Timestamp::from_unix(1)).await;
    }
    let mut browser = world.inside().await;
    let mut count = async |address: &str| browser.get(address).await.1.matches("<article").count();
    assert_eq!([count("/grants").await, count("/grants?subject=ann").await], [3, 2]);
    assert_eq!(count("/grants?client_id=printer").await, 2);

    let id = "01".repeat(16);
    let one = [("act", "revoke_grant"), ("id", id.as_str()), ("subject", "ann")];
    assert_eq!(location(&browser.act(&one, &[]).await), "/grants?subject=ann&done=1");
    let client = [("act", "revoke_all"), ("client_id", "printer")];
    assert_eq!(location(&browser.act(&client, &[]).await), "/grants?client_id=printer&done=1");
    assert_eq!(browser.get("/grants").await.1.matches("<article").count(), 1);
    assert_eq!(location(&browser.act(&[("act", "revoke_all")], &[]).await), "/grants?done=1");
    assert_eq!(browser.get("/grants").await.1.matches("<article").count(), 0);
    assert_eq!(browser.get("/grants?subject=ann&client_id=printer").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn keys_are_seen_made_and_revoked() {
    let world = World::new();
    let mut browser = world.inside().await;
    assert_eq!(location(&browser.act(&[("act", "rotate_keys")], &[]).await), "/keys?done=1");
    let (_, page) = browser.get("/keys").await;
    let key_id = page.split_once("key_id=").unwrap().1.split('"').next().unwrap().to_owned();
    assert!(page.contains("EdDSA") && !page.contains("revoked"), "{page}");
    let revoke = [("act", "revoke_key"), ("key_id", key_id.as_str())];
    assert_eq!(location(&browser.act(&revoke, &[]).await), "/keys?done=1");
    assert!(browser.get("/keys").await.1.contains("revoked"));
    assert_eq!(browser.act(&revoke, &[]).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn behind_tls_the_cookie_is_bound_to_the_host_and_only_that_origin_is_answered_to() {
    let world = World::new();
    let admin = world.admin.clone().at(&"https://admin.example.com".parse().unwrap());
    let mut browser = Browser { admin, headers: headers(&[("host", "admin.example.com")]), cookie: None };
    let answer = browser.post("/enter", &[("ticket", &world.ticket().await)]).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-oauth-operator=") && cookie.contains("; Secure"), "{cookie}");
    assert!(browser.is_inside().await);
    browser.headers = headers(&[("host", HOST)]);
    assert_eq!(browser.get("/").await.0, StatusCode::MISDIRECTED_REQUEST);
}
