//! The load: so many kept connections, each of which asks for the next thing as soon as it has its answer.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use oauth_bench::cpu::wall_time;

/// What one connection sends: the next request, by the answer to the one before, which is empty at first.
pub(crate) type Asking = Box<dyn FnMut(&str) -> String + Send>;

/// What came of it.
pub(crate) struct Seen {
    /// How long each request took, in order of that.
    latencies: Vec<Duration>,
    /// How long all of them took.
    whole: Duration,
}

impl Seen {
    pub(crate) fn of(mut latencies: Vec<Duration>, whole: Duration) -> Self {
        latencies.sort_unstable();
        Self { latencies, whole }
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.whole.as_secs_f64()
    }

    /// In microseconds; `share` is 0.5 for the median.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        let place = (self.latencies.len() as f64 * share) as usize;
        let latency = self.latencies.get(place.min(self.latencies.len() - 1));
        latency.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e6)
    }
}

/// Each connection sends so many requests.
pub(crate) async fn load(address: SocketAddr, each: usize, askings: Vec<Asking>) -> anyhow::Result<Seen> {
    let mut connections = Vec::new();
    for asking in askings {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        connections.push((stream, asking));
    }
    let start = wall_time();
    let mut tasks = JoinSet::new();
    for (stream, asking) in connections {
        tasks.spawn(run(stream, each, asking));
    }
    let mut latencies = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.extend(done??);
    }
    Ok(Seen::of(latencies, wall_time() - start))
}

async fn run(mut stream: TcpStream, each: usize, mut asking: Asking) -> anyhow::Result<Vec<Duration>> {
    let (mut latencies, mut body) = (Vec::with_capacity(each), String::new());
    for _ in 0..each {
        let request = asking(&body);
        let start = wall_time();
        body = exchange(&mut stream, &request).await?;
        latencies.push(wall_time() - start);
    }
    Ok(latencies)
}

/// Sends a request and reads the body of the answer, which must be 200.
pub(crate) async fn exchange(stream: &mut TcpStream, request: &str) -> anyhow::Result<String> {
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::with_capacity(1024);
    loop {
        anyhow::ensure!(stream.read_buf(&mut answer).await? > 0, "the server closed the connection");
        if let Some(body) = complete(&answer) {
            anyhow::ensure!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
            return Ok(body.to_owned());
        }
    }
}

/// The body, once all of it is there.
fn complete(answer: &[u8]) -> Option<&str> {
    let (head, body) = std::str::from_utf8(answer).ok()?.split_once("\r\n\r\n")?;
    let mut fields = head.lines().filter_map(|line| line.split_once(": "));
    let (_, length) = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?;
    (body.len() == length.trim().parse::<usize>().ok()?).then_some(body)
}
