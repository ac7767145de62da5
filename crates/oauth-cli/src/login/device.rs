//! A machine without a browser: the code is entered on another one (RFC 8628).

use oauth_sansio::Timestamp;
use oauth2_core::client::{DeviceAuthorization, Tokens};
use serde_json::json;

use super::{Options, plan::plan, qr};
use crate::{
    remote::{Failure, Scene, Wire},
    store::{Profile, Profiles},
    tell::{self, FAINT, TITLE, printable},
    times,
};

const BEGIN: Scene = Scene { title: "The device asks for its codes", standard: "RFC 8628 section 3.1" };
const POLL: Scene = Scene { title: "The device asks whether it may", standard: "RFC 8628 section 3.4" };

pub(super) async fn login(
    options: &Options,
    profiles: &Profiles,
    wire: &mut Wire,
) -> anyhow::Result<(String, Profile, Tokens)> {
    let (name, profile) = plan(options, profiles, wire, None).await?;
    let client = profile.client(None)?;
    let mut request = client.device(&profile.scope).map_err(Failure::from)?;
    for resource in &profile.resources {
        request = request.with_resource(resource).map_err(Failure::from)?;
    }
    let codes = wire.run(BEGIN, request).await?;
    show(options, &codes, Wire::moment()?.now());
    let tokens = wire.run(POLL, codes.poll(&client).map_err(Failure::from)?).await?;
    Ok((name, profile, tokens))
}

/// The address was checked: it is one that a person may be led to.
fn show(options: &Options, codes: &DeviceAuthorization, now: Timestamp) {
    let DeviceAuthorization { user_code, verification_uri, verification_uri_complete, expires, .. } = codes;
    if options.output.json {
        let told = json!({
            "user_code": user_code,
            "verification_uri": verification_uri,
            "verification_uri_complete": verification_uri_complete,
            "expires_at": expires,
        });
        return tell::say(&format!("{told}\n"));
    }
    let code = printable(user_code);
    anstream::eprintln!("Open this address on any machine, and enter the code:\n");
    anstream::eprintln!("  {verification_uri}\n  {TITLE}{code}{TITLE:#}\n");
    if let Some(picture) = qr::draw(verification_uri_complete.as_ref().unwrap_or(verification_uri)) {
        anstream::eprintln!("{picture}");
        // RFC 8628 section 5.4: somebody else may have begun.
        anstream::eprintln!("{FAINT}Go on there only if it shows the same code.{FAINT:#}");
    }
    anstream::eprintln!("{FAINT}The code ends {}.{FAINT:#}", times::distance(*expires, now));
}
