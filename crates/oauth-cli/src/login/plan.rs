//! Where to log in, as whom and for what: as it was typed, or as it was the last time.

use oauth2_core::client::{Application, ClientMetadata, Registered};
use serde_json::json;
use url::Url;

use super::Options;
use crate::{
    register,
    remote::{Failure, Found, Identity, Wire},
    store::{self, Profile, Profiles, Way},
};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The name of the login, and its settings. `redirect_uri` is where the browser comes back to, if there is one.
pub(super) async fn plan(
    options: &Options,
    profiles: &Profiles,
    wire: &mut Wire,
    redirect_uri: Option<&str>,
) -> anyhow::Result<(String, Profile)> {
    if options.server.is_empty() {
        return again(options, profiles, wire);
    }
    let server = options.server.find(wire).await?;
    let name = match options.store.name() {
        Some(name) => name.to_owned(),
        None => name_of(server.issuer()),
    };
    let before = profiles.find(&name)?.filter(|before| before.server.issuer() == server.issuer());
    let (client, registered) = if options.register {
        let registered = match known(options, before.as_ref(), redirect_uri)? {
            Some(registered) => registered,
            None => register::for_login(wire, &server, metadata(options, redirect_uri)).await?,
        };
        (Identity::of(&registered), Some(registered))
    } else {
        let named = options.identity.read(&server.metadata)?;
        (named.ok_or_else(|| nobody(&server))?, options.identity.registered(&server.metadata)?)
    };
    let dpop_key = options.dpop.then(store::new_key).transpose()?;
    let (scope, resources) = (options.scope.scopes()?, options.server.resource.clone());
    Ok((name, Profile { server, client, registered, dpop_key, scope, resources, way: Way::Login }))
}

/// The last login once more, with another scope where one is named.
fn again(options: &Options, profiles: &Profiles, wire: &mut Wire) -> anyhow::Result<(String, Profile)> {
    let name = profiles.name(&options.store)?;
    let mut profile = profiles.load(&name)?;
    profile.server.guard(wire);
    profile.way = Way::Login;
    let scope = options.scope.scopes()?;
    if !scope.is_empty() {
        profile.scope = scope;
    }
    if options.dpop || profile.dpop_key.is_some() {
        profile.dpop_key = Some(store::new_key()?);
    }
    Ok((name, profile))
}

/// What was registered the last time, where it still does.
fn known(
    options: &Options,
    before: Option<&Profile>,
    redirect_uri: Option<&str>,
) -> Result<Option<Registered>, Failure> {
    let now = Wire::moment()?.now();
    let registered = before.and_then(|profile| profile.registered.clone());
    let does = |registered: &Registered| {
        let grants = &registered.metadata.grant_types;
        let wanted = if options.device { DEVICE } else { "authorization_code" };
        // A server that knows one port only wants another registration for another port.
        let port_fits = options.port.is_none()
            || registered.metadata.redirect_uris.iter().any(|uri| Some(uri.as_str()) == redirect_uri);
        !registered.is_expired(now) && grants.iter().any(|grant| grant == wanted) && port_fits
    };
    Ok(registered.filter(does))
}

fn metadata(options: &Options, redirect_uri: Option<&str>) -> ClientMetadata {
    let mut metadata = ClientMetadata::for_application(register::NAME, redirect_uri);
    metadata.application_type = Some(Application::Native);
    if options.device {
        metadata.grant_types = vec![DEVICE.to_owned(), "refresh_token".to_owned()];
        metadata.response_types = Vec::new();
    }
    if options.dpop {
        metadata.extra.insert("dpop_bound_access_tokens".to_owned(), json!(true));
    }
    metadata
}

fn nobody(server: &Found) -> Failure {
    let next = match server.metadata.registration_endpoint {
        Some(_) => "give --client-id, or have one registered with --register",
        None => "give --client-id: the server registers no clients by itself",
    };
    Failure::caller("no client is named").next(next)
}

/// The host of an issuer, with the path where it has one.
fn name_of(issuer: &str) -> String {
    let Ok(url) = Url::parse(issuer) else { return issuer.to_owned() };
    let authority = url.authority();
    format!("{authority}{}", url.path().trim_end_matches('/'))
}
