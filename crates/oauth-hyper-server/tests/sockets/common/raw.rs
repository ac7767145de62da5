//! Bytes on a socket, for what no client would send.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

pub(crate) struct Raw(TcpStream);

/// A response, as far as these tests look at it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl RawAnswer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

impl Raw {
    /// Sends one request and reads its answer.
    pub(crate) async fn ask(url: &Url, request: impl AsRef<[u8]>) -> RawAnswer {
        let mut raw = Self::connect(url).await;
        raw.send(request).await;
        raw.answer().await.unwrap()
    }

    pub(crate) async fn connect(url: &Url) -> Self {
        let address = url.socket_addrs(|| None).unwrap()[0];
        Self(TcpStream::connect(address).await.unwrap())
    }

    /// The server may have closed already; then its answer tells.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.0.write_all(bytes.as_ref()).await;
    }

    /// Closes its own half of the connection, and goes on listening.
    pub(crate) async fn says_no_more(&mut self) {
        self.0.shutdown().await.unwrap();
    }

    /// The next answer; `None` when the connection ends without one.
    pub(crate) async fn answer(&mut self) -> Option<RawAnswer> {
        let answer = tokio::time::timeout(Duration::from_secs(10), self.read());
        answer.await.expect("neither an answer nor an end")
    }

    /// Waits until the server ends the connection, whatever it says before.
    pub(crate) async fn ends(&mut self) {
        let mut rest = Vec::new();
        let end = tokio::time::timeout(Duration::from_secs(5), self.0.read_to_end(&mut rest));
        let _ = end.await.expect("the connection does not end");
    }

    async fn read(&mut self) -> Option<RawAnswer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
        self.0.read_exact(&mut body).await.ok()?;
        Some(RawAnswer { status, headers, body: String::from_utf8(body).unwrap() })
    }
}
