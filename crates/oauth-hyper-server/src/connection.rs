//! What a connection tells of who is at its other end.

use std::net::{IpAddr, SocketAddr};

use http::Request;

/// In the extensions of each request that [`Server`](crate::Server) serves: where it came from. Behind a proxy that is the
/// proxy; no header says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The other end of the socket.
    pub peer: SocketAddr,
}

impl Connection {
    /// The address that a request came from, where its server told it.
    pub(crate) fn address<B>(request: &Request<B>) -> Option<IpAddr> {
        request.extensions().get::<Self>().map(|connection| connection.peer.ip().to_canonical())
    }
}
