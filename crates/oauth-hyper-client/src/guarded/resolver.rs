//! Names become addresses here, and only good ones leave: what is connected to is what was looked at, so a name that
//! means something else a moment later changes nothing.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;

use super::addresses::is_public_address;

/// Finds the addresses of a host.
#[async_trait]
pub trait Resolve: Send + Sync + 'static {
    /// All addresses of the host.
    ///
    /// # Errors
    /// When there are none to be found.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The operating system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// What may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Public,
    /// And this machine itself.
    PublicAndLoopback,
}

impl Reach {
    pub(super) fn allows(self, address: IpAddr) -> bool {
        is_public_address(address) || self == Self::PublicAndLoopback && address.is_loopback()
    }
}

/// A host that is not to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address is not public")]
pub(super) struct NotPublic;

/// A resolver that answers with addresses that may be reached, or not at all.
#[derive(Clone)]
pub(super) struct Checked {
    pub(super) resolver: Arc<dyn Resolve>,
    pub(super) reach: Reach,
}

type Boxed = Box<dyn std::error::Error + Send + Sync>;

impl Service<Name> for Checked {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Boxed;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Boxed>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Boxed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let Self { resolver, reach } = self.clone();
        Box::pin(async move {
            let addresses = resolver.resolve(name.as_str()).await?;
            // A host with one leg inside is inside.
            if !addresses.iter().all(|address| reach.allows(*address)) {
                return Err(NotPublic.into());
            }
            let addresses: Vec<_> =
                addresses.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(addresses.into_iter())
        })
    }
}
