//! The token endpoint over the in-memory store, without sockets.

use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, header};
use oauth_bench::setting::{ISSUER, basic, config, store};
use oauth_clock::{Clock as _, SystemClock};
use oauth_sansio::{Digest, Family};
use oauth_store::IssuerStore;
use oauth2_core::pkce::Challenge;
use oauth2_core::server::{Authorization, AuthorizationServer, Batch, Code, Config, Endpoint, Record, Step};
use tokio::runtime::{Builder, Runtime};

use crate::harness::{Case, compare};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) fn run(rounds: usize) -> anyhow::Result<()> {
    let world = World::new()?;
    let refresh = RefCell::new(world.redeem()?);
    let cases = vec![
        Case::new("client credentials", || {
            black_box(world.answer("grant_type=client_credentials".into()));
        }),
        Case::new("code: stored, then redeemed", || {
            black_box(world.redeem().expect("redeems"));
        }),
        Case::new("refresh, with rotation", || {
            let token = world.refresh(&refresh.take()).expect("refreshes");
            refresh.replace(token);
        }),
    ];
    compare("oauth2-token-memory: the endpoint in memory, as multiples of client credentials", rounds, cases);
    Ok(())
}

/// The signature of these bytes.
type Sign<'a> = Box<dyn Fn(&[u8]) -> Vec<u8> + 'a>;

/// A server, its store in memory, and what drives them.
pub(crate) struct World<'a> {
    runtime: Runtime,
    server: AuthorizationServer,
    pub(crate) store: IssuerStore,
    sign: Sign<'a>,
    codes: Cell<u64>,
}

impl<'a> World<'a> {
    /// With opaque tokens.
    pub(crate) fn new() -> anyhow::Result<Self> {
        Self::signing(config()?, |_| unreachable!("opaque tokens are not signed"))
    }

    /// With a key, wherever it is.
    pub(crate) fn signing(config: Config, sign: impl Fn(&[u8]) -> Vec<u8> + 'a) -> anyhow::Result<Self> {
        let runtime = Builder::new_current_thread().build()?;
        let (server, store) = (AuthorizationServer::new(config)?, store(&runtime)?);
        Ok(Self { runtime, server, store, sign: Box::new(sign), codes: Cell::new(0) })
    }

    /// What the token endpoint answers a form.
    pub(crate) fn answer(&self, form: String) -> Response<Bytes> {
        self.runtime.block_on(self.drive(form))
    }

    /// A new authorization: its code is stored and redeemed. Gives the refresh token.
    pub(crate) fn redeem(&self) -> anyhow::Result<String> {
        let number = self.codes.replace(self.codes.get() + 1);
        let text = format!("AAAAAAAAcode-{number}");
        let family = Family::from_bytes(u128::from(number).to_be_bytes());
        let authorization = Authorization::new("app", Some("ann".into()), "photos".parse()?, family);
        let code = Code {
            authorization: authorization.into(),
            dpop_jkt: None,
            redirect_uri: "https://app.example.com/cb".into(),
            code_challenge: Challenge::parse(CHALLENGE, Some("S256"))?,
            expires: SystemClock.moment()?.now().plus(Duration::from_secs(60)),
        };
        let put = vec![Record::Code(Digest::of_token(&text), code.into())];
        let _ = self.block_on(self.store.commit_oauth2(&Batch { put, ..Batch::default() }))?;
        let form = format!("grant_type=authorization_code&code={text}&code_verifier={VERIFIER}");
        refresh_token(&self.answer(form))
    }

    /// The next refresh token.
    pub(crate) fn refresh(&self, token: &str) -> anyhow::Result<String> {
        refresh_token(&self.answer(format!("grant_type=refresh_token&refresh_token={token}")))
    }

    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    async fn drive(&self, form: String) -> Response<Bytes> {
        let moment = || SystemClock.moment().expect("entropy");
        let mut step = self.server.receive(Endpoint::Token, &request(form), moment());
        loop {
            step = match step {
                Step::Load(load) => {
                    let facts = self.store.load_oauth2(load.wanted()).await.expect("loads");
                    load.resume(facts, moment())
                }
                Step::Sign(sign) => {
                    let signature = (self.sign)(sign.input());
                    sign.signed(&signature, moment())
                }
                Step::Commit(commit) => {
                    let outcome = self.store.commit_oauth2(commit.batch()).await.expect("commits");
                    commit.settle(outcome)
                }
                Step::Reply(reply) => break reply.response,
                _ => unreachable!("tokens need no more"),
            };
        }
    }
}

fn refresh_token(response: &Response<Bytes>) -> anyhow::Result<String> {
    let json: serde_json::Value = serde_json::from_slice(response.body())?;
    json["refresh_token"].as_str().map(str::to_owned).ok_or_else(|| anyhow::anyhow!("{json}"))
}

fn request(form: String) -> Request<Bytes> {
    Request::post(format!("{ISSUER}/oauth2/token"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, basic())
        .body(form.into())
        .expect("a request")
}
