//! The `oauth` command; see the library.

#[tokio::main]
async fn main() -> std::process::ExitCode {
    oauth_cli::main().await
}
