//! A client of the Model Context Protocol that is granted access as the protocol says, and lists and calls the tools of a
//! server: `cargo run --example mcp_client -- https://server.example/mcp`.
//!
//! A person is asked in a browser. With `--headless`, the page is asked for without one, which works where nobody is asked;
//! what the application has besides is read from `MCP_CONFORMANCE_CONTEXT`, as the conformance suite of the protocol tells it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

mod access;
mod context;
mod protocol;

use access::Access;
use context::Context;
use protocol::Session;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let server = arguments.pop().ok_or("the address of a server is missing")?;
    let context = Context::read()?;
    let is_headless = arguments.iter().any(|argument| argument == "--headless");
    let mut session = Session::new(&server, Access::new(&server, context, is_headless)?);
    session.open().await?;
    let tools = session.tools().await?;
    println!("tools: {}", tools.join(", "));
    for tool in tools {
        println!("{tool}: {}", session.call(&tool).await?);
    }
    Ok(())
}
