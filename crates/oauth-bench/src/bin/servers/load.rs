//! The load: one kept connection on which a client asks for a token, or uses one, again and again.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use bytes::Bytes;

use oauth_bench::setting;

/// Client credentials, with the client's name and secret in the header.
const FORM: &str = "grant_type=client_credentials&scope=photos";

pub(crate) struct Load {
    connection: TcpStream,
    request: Vec<u8>,
}

impl Load {
    /// One that asks for tokens.
    pub(crate) fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let request = format!(
            "POST /oauth2/token HTTP/1.1\r\nhost: as.example.com\r\nauthorization: {}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{FORM}",
            setting::basic(),
            FORM.len(),
        );
        Self::sending(address, request.into_bytes())
    }

    /// One that uses a token.
    pub(crate) fn using(address: SocketAddr, token: &str) -> anyhow::Result<Self> {
        let request =
            format!("GET /photos HTTP/1.1\r\nhost: api.example.com\r\nauthorization: Bearer {token}\r\n\r\n");
        Self::sending(address, request.into_bytes())
    }

    fn sending(address: SocketAddr, request: Vec<u8>) -> anyhow::Result<Self> {
        let connection = TcpStream::connect(address)?;
        connection.set_nodelay(true)?;
        Ok(Self { connection, request })
    }

    /// Sends the request and reads the answer's body, which has a token.
    pub(crate) fn exchange(&mut self) -> anyhow::Result<Bytes> {
        self.connection.write_all(&self.request)?;
        let mut answer = Vec::with_capacity(1024);
        let mut chunk = [0; 4096];
        loop {
            let read = self.connection.read(&mut chunk)?;
            anyhow::ensure!(read > 0, "the server closed the connection");
            answer.extend_from_slice(chunk.get(..read).unwrap_or_default());
            if let Some(body) = complete(&answer) {
                let good = answer.starts_with(b"HTTP/1.1 200") && has_token(body);
                anyhow::ensure!(good, "{}", String::from_utf8_lossy(&answer));
                return Ok(Bytes::copy_from_slice(body));
            }
        }
    }
}

/// The body, once all of it is there.
fn complete(answer: &[u8]) -> Option<&[u8]> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let (head, body) = answer.split_at(end);
    let fields = std::str::from_utf8(head).ok()?.lines().filter_map(|line| line.split_once(": "));
    let mut lengths = fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let (_, length) = lengths.next()?;
    (body.len() == length.trim().parse::<usize>().ok()?).then_some(body)
}

fn has_token(body: &[u8]) -> bool {
    let name = b"\"access_token\"";
    body.windows(name.len()).any(|window| window == name)
}
