//! What is wrong with settings, and what to do about it.

use std::fmt;
use std::path::PathBuf;

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, with its tables: `tls.key`.
    pub key: String,
    /// What is wrong with it.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl Problem {
    pub(crate) fn new(key: impl Into<String>, what: impl fmt::Display, fix: impl fmt::Display) -> Self {
        Self { key: key.into(), what: what.to_string(), fix: fix.to_string() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}; {}", self.key, self.what, self.fix)
    }
}

/// Why there are no settings to start with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the settings in {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is no TOML, or has a key that is not known or of another kind. The text names key and line.
    #[error("{} is not understood: {}", path.display(), text.trim_end())]
    File {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        text: String,
    },
    /// A variable leads to no setting.
    #[error("the variable {variable} leads to no setting: write OAUTH__TABLE__KEY")]
    Variable {
        /// Its name.
        variable: String,
    },
    /// With the variables in it, a key is not known or of another kind.
    #[error("a variable OAUTH__... is not understood: {}", text.trim_end())]
    Environment {
        /// What the reader says.
        text: String,
    },
    /// What is understood contradicts itself or the standards; all of it at once.
    #[error("{}", list(.0))]
    Wrong(Vec<Problem>),
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
    format!("the settings cannot be used:{}", lines.concat())
}
