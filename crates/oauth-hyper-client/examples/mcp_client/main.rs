//! A client of the Model Context Protocol that is granted access as the protocol says, and lists and calls the tools of a
//! server: `cargo run --example mcp_client -- https://server.example/mcp`.
//!
//! A person is asked in a browser. `--document=URL` says where the application serves its description, for authorization servers
//! that read such. With `--headless`, the page is asked for without one, which works where nobody is asked;
//! what the application has besides is read from `MCP_CONFORMANCE_CONTEXT`, as the conformance suite of the protocol tells it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

mod access;
mod context;
mod protocol;

use access::Access;
use context::Context;
use protocol::Session;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Where the conformance suite of the protocol takes the description of an application to be.
const DOCUMENT: &str = "https://conformance-test.local/client-metadata.json";

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let server = arguments.pop().ok_or("the address of a server is missing")?;
    let context = Context::read()?;
    let is_headless = arguments.iter().any(|argument| argument == "--headless");
    let document = arguments.iter().find_map(|argument| argument.strip_prefix("--document="));
    let access = Access::new(&server, context, document.unwrap_or(DOCUMENT), is_headless)?;
    let mut session = Session::new(&server, access);
    session.open().await?;
    let tools = session.tools().await?;
    println!("tools: {}", tools.join(", "));
    for tool in tools {
        println!("{tool}: {}", session.call(&tool).await?);
    }
    Ok(())
}
