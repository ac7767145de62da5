//! The provider (RFC 5849 section 2): what it keeps, asks for and answers.

mod config;
mod reason;
mod records;
mod verify;

pub use config::{Config, ConfigError, Lifetimes, Limits, Methods, Paths};
pub use reason::Reason;
pub use records::{
    Approval, Batch, Callback, Callbacks, Client, Facts, Interaction, Once, Record, Temporary, Token, Wanted,
};
pub use verify::KeyCache;
