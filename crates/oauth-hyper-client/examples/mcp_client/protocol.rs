//! As much of the Model Context Protocol as it takes to list tools and to call them.

use bytes::Bytes;
use http::{Request, StatusCode};
use oauth_hyper_client::Client as Http;
use oauth_sansio::Outgoing;
use oauth2_core::client::Challenged;
use serde_json::{Value, json};

use crate::{Access, Result};

/// A client at one server.
pub(crate) struct Session {
    http: Http,
    server: String,
    access: Access,
    version: String,
    next: u64,
}

/// From this version on there are no sessions: each request says what it needs.
const STATELESS: &str = "2026-07-28";

impl Session {
    pub(crate) fn new(server: &str, access: Access) -> Self {
        let version =
            std::env::var("MCP_CONFORMANCE_PROTOCOL_VERSION").unwrap_or_else(|_| STATELESS.to_owned());
        Self { http: Http::new(), server: server.to_owned(), access, version, next: 0 }
    }

    /// Says who is there, in the versions that want to know.
    pub(crate) async fn open(&mut self) -> Result<()> {
        if self.version.as_str() < STATELESS {
            let client = json!({ "name": "an-example", "version": "1" });
            let hello = json!({ "protocolVersion": self.version, "capabilities": {}, "clientInfo": client });
            self.ask("initialize", hello).await?;
            let note = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
            self.send(&note).await?;
        }
        Ok(())
    }

    pub(crate) async fn tools(&mut self) -> Result<Vec<String>> {
        let told = self.ask("tools/list", json!({})).await?;
        let tools = told["tools"].as_array().ok_or("no list of tools came")?;
        Ok(tools.iter().filter_map(|tool| tool["name"].as_str().map(str::to_owned)).collect())
    }

    pub(crate) async fn call(&mut self, tool: &str) -> Result<String> {
        let told = self.ask("tools/call", json!({ "name": tool, "arguments": {} })).await?;
        Ok(told["content"].to_string())
    }

    async fn ask(&mut self, method: &str, mut params: Value) -> Result<Value> {
        self.next += 1;
        if self.version.as_str() >= STATELESS {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": self.version,
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let request = json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params });
        let body = self.send(&request).await?;
        let mut told: Value = serde_json::from_slice(event(&body))?;
        match told["result"].take() {
            Value::Null => Err(format!("{method} was refused: {}", told["error"]["message"]).into()),
            result => Ok(result),
        }
    }

    /// Sends a message, and does what the server wants that turns it away.
    async fn send(&mut self, message: &Value) -> Result<Bytes> {
        loop {
            let mut request = Request::post(&self.server)
                .header("content-type", "application/json")
                .header("accept", "application/json, text/event-stream")
                .header("mcp-protocol-version", &self.version);
            if self.version.as_str() >= STATELESS {
                request = request.header("mcp-method", message["method"].as_str().unwrap_or_default());
                if let Some(name) = message["params"]["name"].as_str() {
                    request = request.header("mcp-name", name);
                }
            }
            let mut request = request.body(message.to_string().into())?;
            self.access.authorize(&mut request)?;
            let uri = request.uri().clone();
            let answer = self.http.send(Outgoing::once(request)).await?;
            self.access.learn(&uri, answer.headers());
            match Challenged::read(&answer) {
                Some(challenged) if self.access.satisfy(&self.http, &challenged).await? => {}
                _ if answer.status().is_success() => return Ok(answer.into_body()),
                _ => return Err(refused(answer.status())),
            }
        }
    }
}

fn refused(status: StatusCode) -> Box<dyn std::error::Error> {
    format!("the server answers {status}").into()
}

/// The data of the one event of a stream, or all of an answer that is none.
fn event(body: &[u8]) -> &[u8] {
    let lines = || body.split(|byte| *byte == b'\n');
    let data = lines().find_map(|line| line.strip_prefix(b"data:"));
    data.unwrap_or(body)
}
