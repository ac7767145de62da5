//! Everything that is sent, and told as it is sent.

use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;
use http::{Response, StatusCode, Uri};
use oauth_clock::{Clock as _, SystemClock};
use oauth_hyper_client::Client;
use oauth_sansio::{Exchange, Moment, Outgoing, Progress};
use url::Url;

use super::person::{Person, Visit};
use super::stage::{PASSWORD, Stage, USER};
use super::transcript::{Scene, Transcript};

/// The application's way out, and the person's.
pub(super) struct Wire {
    pub transcript: Transcript,
    client: Client,
    by_hand: bool,
}

/// What is told of a person's way through the provider's pages, in its order.
pub(super) struct Walk {
    pub sent: Scene,
    pub login_page: Scene,
    pub logged_in: Scene,
    pub consent_page: Scene,
    pub allowed: Scene,
    pub back: Scene,
}

impl Wire {
    pub(super) fn new(transcript: Transcript, by_hand: bool) -> Self {
        Self { transcript, client: Client::new(), by_hand }
    }

    pub(super) fn moment() -> anyhow::Result<Moment> {
        Ok(SystemClock.moment()?)
    }

    /// Sends one request.
    pub(super) async fn send(
        &mut self,
        scene: &Scene,
        outgoing: Outgoing,
    ) -> anyhow::Result<Response<Bytes>> {
        let request = outgoing.request.clone();
        let response = self.client.send(outgoing).await?;
        self.transcript.step(scene, &request, &response);
        Ok(response)
    }

    /// Sends one request that must be answered with this status.
    pub(super) async fn expect(
        &mut self,
        status: StatusCode,
        scene: &Scene,
        outgoing: Outgoing,
    ) -> anyhow::Result<Bytes> {
        let response = self.send(scene, outgoing).await?;
        ensure!(response.status() == status, "{}: {}, not {status}", scene.title, response.status());
        Ok(response.into_body())
    }

    /// Drives an exchange to its end. This is the loop that an adapter for any HTTP client is made of.
    pub(super) async fn run<E>(&mut self, scene: &Scene, mut exchange: E) -> anyhow::Result<E::Done>
    where
        E: Exchange<Error: std::error::Error + Send + Sync + 'static>,
    {
        loop {
            let outgoing = exchange.request(Self::moment()?)?;
            let response = self.send(scene, outgoing).await?;
            exchange = match exchange.response(response, Self::moment()?)? {
                Progress::Done(done) => return Ok(done),
                Progress::Again(next) => next,
                Progress::Wait(..) => bail!("nothing here has to wait"),
            };
        }
    }

    /// Has a person log in and allow it; gives the address at which they come back to the application.
    pub(super) async fn authorize(
        &mut self,
        stage: &mut Stage,
        url: &Url,
        walk: &Walk,
    ) -> anyhow::Result<Uri> {
        if self.by_hand {
            anstream::eprintln!(
                "\nOpen this address, log in as {USER} with the password {PASSWORD}:\n\n  {url}\n"
            );
        } else {
            self.walk(url, walk).await?;
        }
        stage.visits.recv().await.context("the application's server is gone")
    }

    async fn walk(&mut self, url: &Url, walk: &Walk) -> anyhow::Result<()> {
        let mut person = Person::new(self.client.clone());
        let sent = self.told(&walk.sent, StatusCode::SEE_OTHER, person.open(url).await?)?;
        let page = self.told(&walk.login_page, StatusCode::OK, person.open(&sent.location()?).await?)?;
        let login = [("username", USER), ("password", PASSWORD)];
        let logged_in =
            self.told(&walk.logged_in, StatusCode::SEE_OTHER, person.submit(&page, &login).await?)?;
        let page =
            self.told(&walk.consent_page, StatusCode::OK, person.open(&logged_in.location()?).await?)?;
        let allow = person.submit(&page, &[("decision", "allow")]).await?;
        let allowed = self.told(&walk.allowed, StatusCode::SEE_OTHER, allow)?;
        self.told(&walk.back, StatusCode::OK, person.open(&allowed.location()?).await?)?;
        Ok(())
    }

    fn told(&mut self, scene: &Scene, status: StatusCode, visit: Visit) -> anyhow::Result<Visit> {
        self.transcript.step(scene, &visit.request, &visit.response);
        let got = visit.response.status();
        ensure!(got == status, "{}: {got}, not {status}", scene.title);
        Ok(visit)
    }
}
