//! What is kept between two commands: tokens, and what it takes to renew them, in files that only their owner may read.

mod dpop;
mod profile;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use etcetera::BaseStrategy as _;
use oauth_hyper_client::{FileTokens, Locked, TokenStore as _};
use oauth_sansio::{Secret, percent};
use oauth2_core::client::Tokens;

pub(crate) use dpop::generate as new_key;
pub(crate) use profile::{Profile, Way};

use crate::{
    private_file,
    remote::{Failure, Wire},
    tell::{ODD, printable},
};

/// Where it is kept.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct StoreOptions {
    /// The name that the login is kept under; by default the host of the issuer.
    #[arg(long, value_name = "NAME", help_heading = "Store")]
    name: Option<String>,
    /// The directory that logins are kept in; without it, the environment variable OAUTH_STORE, or the user's own place for
    /// data.
    #[arg(long, value_name = "DIR", help_heading = "Store")]
    store: Option<PathBuf>,
}

impl StoreOptions {
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

/// Where something is kept besides being printed, where it is.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct KeepOptions {
    /// Keep it under this name, for the other commands with --name.
    #[arg(long, value_name = "NAME", help_heading = "Store")]
    name: Option<String>,
    /// The directory to keep it in; without it, the environment variable OAUTH_STORE, or the user's own place for data.
    #[arg(long, value_name = "DIR", help_heading = "Store", requires = "name")]
    store: Option<PathBuf>,
}

impl KeepOptions {
    /// The place, opened before anything is asked for that could then not be kept, and the name.
    pub(crate) fn place(&self) -> anyhow::Result<Option<(Profiles, &str)>> {
        let Some(name) = self.name.as_deref() else { return Ok(None) };
        let profiles = Profiles::open(&StoreOptions { name: None, store: self.store.clone() })?;
        // A name that cannot be one.
        profiles.path(name)?;
        Ok(Some((profiles, name)))
    }
}

/// What becomes of a token that a command asks for.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct TokenOptions {
    /// Bind the token to a new key (RFC 9449). With --name the key is kept beside the token, and `oauth token` makes the
    /// proofs; without, it ends with this command.
    #[arg(long)]
    dpop: bool,
    #[command(flatten)]
    pub(crate) keep: KeepOptions,
}

impl TokenOptions {
    /// The key that the token is bound to, if it is.
    pub(crate) fn key(&self) -> anyhow::Result<Option<Secret>> {
        self.dpop.then(new_key).transpose()
    }
}

/// The logins of one user.
pub(crate) struct Profiles {
    directory: PathBuf,
    tokens: FileTokens,
}

/// What the name of a file of settings ends with. The tokens stand beside it.
const SUFFIX: &str = ".profile";

impl Profiles {
    pub(crate) fn open(options: &StoreOptions) -> anyhow::Result<Self> {
        let variable = || std::env::var_os("OAUTH_STORE").filter(|path| !path.is_empty()).map(PathBuf::from);
        let directory = match options.store.clone().or_else(variable) {
            Some(directory) => directory,
            None => etcetera::choose_base_strategy()
                .context("there is no home directory")?
                .data_dir()
                .join("oauth"),
        };
        let tokens = FileTokens::new(&directory);
        let tokens = tokens.with_context(|| format!("{} cannot be made", directory.display()))?;
        Ok(Self { directory, tokens })
    }

    /// The tokens. Whoever changes settings or tokens of a login has its lock.
    pub(crate) const fn tokens(&self) -> &FileTokens {
        &self.tokens
    }

    /// Takes a name that nothing is kept under: it may be the only place where a secret is.
    pub(crate) async fn lock_new(&self, name: &str) -> anyhow::Result<Box<dyn Locked>> {
        let locked = self.tokens.lock(name).await?;
        match self.find(name)? {
            Some(_) => Err(Failure::caller(format!("something is kept as {} already", printable(name)))
                .next("choose another --name, or give it back: oauth registration delete, oauth revoke --forget")
                .into()),
            None => Ok(locked),
        }
    }

    /// The settings of a login, if it is there.
    pub(crate) fn find(&self, name: &str) -> anyhow::Result<Option<Profile>> {
        private_file::read_json(&self.path(name)?)
    }

    /// The settings of a login.
    pub(crate) fn load(&self, name: &str) -> anyhow::Result<Profile> {
        self.find(name)?.ok_or_else(|| {
            let there = self.names().iter().map(|name| printable(name)).collect::<Vec<_>>().join(", ");
            let next = match there.as_str() {
                "" => "log in first: oauth login".to_owned(),
                there => format!("choose one of these with --name: {there}; or log in first: oauth login"),
            };
            Failure::caller(format!("nobody has logged in as {name}")).next(next).into()
        })
    }

    /// Settings and tokens together, so that whoever asks for a token sees both or what was there before; so does who asks
    /// after they could not be stored.
    pub(crate) async fn keep(&self, name: &str, profile: &Profile, tokens: &Tokens) -> anyhow::Result<()> {
        let save = profile.keeper()?.keep(tokens.clone(), Wire::moment()?.now());
        let mut locked = self.tokens.lock(name).await?;
        let before = self.find(name)?;
        if let Some(before) = &before
            && (before.client.client_id != profile.client.client_id
                || before.server.issuer() != profile.server.issuer())
        {
            let (client, issuer) = (printable(&before.client.client_id), printable(before.server.issuer()));
            anstream::eprintln!(
                "{ODD}note:{ODD:#} this takes the place of the login of {client} at {issuer}"
            );
        }
        // Tokens of before that are another client's are not used with these settings: they say whose they are.
        self.save(name, profile)?;
        let Err(error) = locked.save(save.record()).await else { return Ok(()) };
        // The tokens of before need the settings of before: they may be bound to the key in them.
        let restored = match &before {
            Some(before) => self.save(name, before),
            None => self.remove(name),
        };
        restored.with_context(|| format!("{error}; the settings of before cannot be put back either"))?;
        Err(error).context("the tokens cannot be stored; what was kept before is as it was")
    }

    pub(crate) fn save(&self, name: &str, profile: &Profile) -> anyhow::Result<()> {
        private_file::write_json(&self.path(name)?, profile)
    }

    pub(crate) fn remove(&self, name: &str) -> anyhow::Result<()> {
        Ok(private_file::remove(&self.path(name)?)?)
    }

    /// The name that was given, or that of the only login.
    pub(crate) fn name(&self, options: &StoreOptions) -> anyhow::Result<String> {
        if let Some(name) = options.name() {
            return Ok(name.to_owned());
        }
        let mut names = self.names();
        match (names.pop(), names.is_empty()) {
            (Some(name), true) => Ok(name),
            (None, _) => {
                Err(Failure::caller("nobody has logged in").next("log in first: oauth login").into())
            }
            (Some(last), false) => {
                names.push(last);
                let names = names.iter().map(|name| printable(name)).collect::<Vec<_>>().join(", ");
                Err(Failure::caller("there are several logins")
                    .next(format!("choose one with --name: {names}"))
                    .into())
            }
        }
    }

    /// All names that there are, in order.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| {
            let file = entry.file_name();
            let name = percent::decode(Path::new(&file).to_str()?.strip_suffix(SUFFIX)?).ok()?;
            Some(name.into_owned())
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// A name of any characters, but no path; as the tokens' own files are named.
    fn path(&self, name: &str) -> anyhow::Result<PathBuf> {
        let encoded = percent::encode(name).replace('.', "%2E");
        anyhow::ensure!(!encoded.is_empty() && encoded.len() <= 200, "nothing can be kept under this name");
        Ok(self.directory.join(format!("{encoded}{SUFFIX}")))
    }
}
