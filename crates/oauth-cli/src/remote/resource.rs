//! What an API says of itself (RFC 9728).

use bytes::Bytes;
use http::{Request, header::WWW_AUTHENTICATE};
use oauth_sansio::{Outgoing, auth::parse_challenges};
use oauth2_core::{client::ResourceDiscovery, metadata::ProtectedResourceMetadata};
use url::{Origin, Url};

use super::{Failure, Scene, Wire, transport_of};

const DISCOVERY: Scene = Scene { title: "What the API says of itself", standard: "RFC 9728 section 3" };
const CHALLENGE: Scene =
    Scene { title: "The API is asked without a token", standard: "RFC 9728 section 5.1" };

/// Its metadata: at the well-known place, or where a challenge of it says.
pub(crate) async fn metadata(wire: &mut Wire, api: &str) -> Result<ProtectedResourceMetadata, Failure> {
    let transport = transport_of(api);
    let absent = match wire.run(DISCOVERY, ResourceDiscovery::new(api, transport)?).await {
        Err(failure) if failure.is_absence() => failure,
        found => return found,
    };
    let uri = api.parse().map_err(|_| Failure::caller(format!("{api} is no address")))?;
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = uri;
    let response = wire.send(CHALLENGE, Outgoing::repeatable(request)).await?;
    let values = response.headers().get_all(WWW_AUTHENTICATE).iter();
    let texts: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
    let challenges = parse_challenges(texts).unwrap_or_default();
    for challenge in &challenges {
        if let Some(discovery) = ResourceDiscovery::told_by(challenge, api, transport)? {
            // Its own origin is one that the caller named.
            let told = challenge.parameter("resource_metadata").map(origin);
            if told != Some(origin(api)) {
                wire.guard(transport);
            }
            return wire.run(DISCOVERY, discovery).await;
        }
    }
    Err(absent
        .during(&format!("{api} publishes no metadata, and its challenge names none"))
        .next("give --issuer"))
}

fn origin(address: &str) -> Option<Origin> {
    Url::parse(address).ok().map(|url| url.origin())
}
