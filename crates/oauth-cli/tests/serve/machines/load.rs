//! What clients do meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use oauth_cli::demo::Person;
use tokio::time::sleep;
use url::Url;

use super::fleet::{Answer, Fleet, MACHINES, SECRETS};

const PAUSE: Duration = Duration::from_millis(5);
const CALLBACK: &str = "http://127.0.0.1:7/callback";

/// RFC 7636 appendix B
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

type Form<'a> = Vec<(&'a str, &'a str)>;

pub(super) fn refresh(token: &str) -> Form<'_> {
    vec![("grant_type", "refresh_token"), ("refresh_token", token)]
}

fn text(told: &serde_json::Value, name: &str) -> String {
    told[name].as_str().unwrap().to_owned()
}

/// Gets tokens at one process after the other, and has another one tell of an earlier token each time.
pub(super) async fn tokens(fleet: Arc<Fleet>, over: Arc<AtomicBool>, first: usize) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for n in first.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let answer = fleet.redeem(n % MACHINES, &[("grant_type", "client_credentials")]).await;
        assert!(!matches!(answer, Answer::Spent));
        tokens.extend(answer.told().map(|told| text(&told, "access_token")));
        if let Some(earlier) = tokens.get(tokens.len() / 2)
            && let Some(told) = fleet.introspect((n + 1) % MACHINES, earlier).await.told()
        {
            assert_eq!(told["active"], true, "an answered token is lost");
        }
        sleep(PAUSE).await;
    }
    tokens
}

/// Shows each refresh token to two processes at once, until one of them has answered with the next. Both give the same.
/// What was answered, and the last refresh token.
pub(super) async fn chain(fleet: Arc<Fleet>, over: Arc<AtomicBool>, code: Code) -> (Vec<String>, String) {
    let told = fleet.redeem(0, &code.form()).await.told().unwrap();
    let (mut tokens, mut last) = (vec![text(&told, "access_token")], text(&told, "refresh_token"));
    for n in 0.. {
        let form = refresh(&last);
        let (one, two) =
            tokio::join!(fleet.redeem(n % MACHINES, &form), fleet.redeem((n + 1) % MACHINES, &form));
        // An answer may be lost, and the chain goes on all the same: in time, the same request has the same answer.
        let answers = [one, two].map(|answer| match answer {
            Answer::Spent => panic!("refresh {n}: nobody has the successor"),
            answer => answer.told(),
        });
        let mut successors = answers.iter().flatten();
        if let Some(told) = successors.next() {
            for other in successors {
                assert_eq!(other["refresh_token"], told["refresh_token"], "refresh {n}: two chains");
                assert_eq!(other["access_token"], told["access_token"], "refresh {n}: two tokens");
            }
            tokens.push(text(told, "access_token"));
            last = text(told, "refresh_token");
            if over.load(Ordering::Relaxed) {
                break;
            }
        }
        sleep(PAUSE).await;
    }
    (tokens, last)
}

/// Shows each code to all processes at once. How many codes there were, and how many of them have been spent by a request
/// that nobody heard the answer of.
pub(super) async fn races(fleet: Arc<Fleet>, over: Arc<AtomicBool>, mut codes: Codes) -> (usize, usize) {
    let (mut races, mut unknown) = (0, 0);
    while !over.load(Ordering::Relaxed) {
        let code = codes.next().await;
        races += 1;
        let mut heard = true;
        loop {
            let answers = fleet.redeem_everywhere(&code.form()).await;
            let won = answers.iter().filter(|answer| matches!(answer, Answer::Told(_))).count();
            heard &= !answers.iter().any(|answer| matches!(answer, Answer::Away | Answer::Broken));
            match won {
                0 if !answers.iter().any(|answer| matches!(answer, Answer::Spent)) => sleep(PAUSE).await,
                0 => {
                    assert!(!heard, "code {races} is spent, and nobody has spent it: {answers:?}");
                    unknown += 1;
                    break;
                }
                won => {
                    assert_eq!(won, 1, "code {races} is spent twice: {answers:?}");
                    break;
                }
            }
        }
    }
    (races, unknown)
}

/// A person who is logged in, and allows whatever is asked.
pub(super) struct Codes {
    fleet: Arc<Fleet>,
    person: Person,
}

pub(super) struct Code(String);

impl Code {
    pub(super) fn form(&self) -> Form<'_> {
        vec![("grant_type", "authorization_code"), ("code", &self.0), ("code_verifier", VERIFIER)]
    }
}

impl Codes {
    pub(super) async fn new(fleet: Arc<Fleet>) -> Self {
        let mut person = Person::new(fleet.http.clone());
        let login = person.open(&ask(&fleet)).await.unwrap().location().unwrap();
        let page = person.open(&login).await.unwrap();
        let fields = [("username", "ann"), ("password", SECRETS[0])];
        let logged_in = person.submit(&page, &fields).await.unwrap();
        assert!(logged_in.response.status().is_redirection());
        Self { fleet, person }
    }

    /// The next code: as often as the database is away, the person begins again.
    pub(super) async fn next(&mut self) -> Code {
        loop {
            if let Some(code) = self.ask().await {
                return code;
            }
            sleep(PAUSE).await;
        }
    }

    async fn ask(&mut self) -> Option<Code> {
        let mut visit = self.person.open(&ask(&self.fleet)).await.unwrap();
        loop {
            // Neither a client's error nor a broken page, whatever has happened.
            let status = visit.response.status().as_u16();
            visit = match status {
                200 => self.person.submit(&visit, &[("decision", "allow")]).await.unwrap(),
                302 | 303 => {
                    let location = visit.location().unwrap();
                    if let Some((_, code)) = location.query_pairs().find(|(name, _)| name == "code") {
                        return Some(Code(code.into_owned()));
                    }
                    self.person.open(&location).await.unwrap()
                }
                503 => return None,
                _ => panic!("{status}: {:?}", visit.response.body()),
            };
        }
    }
}

/// The pages are those of the issuer.
fn ask(fleet: &Fleet) -> Url {
    let mut url = Url::parse(&fleet.url(0, "/oauth2/authorize")).unwrap();
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", "demo"),
        ("redirect_uri", CALLBACK),
        ("scope", "photos"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    url
}
