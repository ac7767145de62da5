//! The method and the base string URI (RFC 5849 sections 3.4.1.1 and 3.4.1.2).

use super::{Hints, change};
use crate::diagnose::{
    Cause::{self, *},
    Place,
    attempt::Change,
    encoding::{Encoding, decode},
};

pub(super) fn changes<'a>(hints: &'a Hints<'a>) -> Vec<(Cause, Change<'a>)> {
    let mut changes = vec![
        change(HttpMethodCase, |a| a.shape.method.make_ascii_lowercase()),
        change(Scheme, |a| a.shape.scheme = other_scheme(&a.shape.scheme)),
        change(DefaultPortKept, |a| {
            if a.shape.port.is_empty() {
                a.shape.port = if a.shape.scheme == "https" { ":443" } else { ":80" }.into();
            }
        }),
        change(PortDropped, |a| a.shape.port.clear()),
        change(PathDecoded, |a| {
            a.shape.path = String::from_utf8_lossy(&decode(a.shape.path.as_bytes(), false)).into_owned();
        }),
        change(PathEncodedTwice, |a| a.shape.path = a.shape.path.replace('%', "%25")),
        change(PathEncoded, |a| a.shape.path = reencoded(&a.shape.path, Encoding::RIGHT)),
        change(PathEncoded, |a| {
            a.shape.path = reencoded(&a.shape.path, Encoding { keep: "!*'()$&+,;=:@", ..Encoding::RIGHT });
        }),
        change(TrailingSlash, |a| match a.shape.path.strip_suffix('/') {
            Some("") => {}
            Some(shorter) => a.shape.path = shorter.into(),
            None => a.shape.path.push('/'),
        }),
        change(EmptyPath, |a| {
            if a.shape.path == "/" {
                a.shape.path.clear();
            }
        }),
    ];
    // Beside the parameters, and in their place.
    for beside in [true, false] {
        changes.push(change(QueryInUri, move |a| {
            if !hints.query.is_empty() {
                a.shape.path.push('?');
                a.shape.path.push_str(&String::from_utf8_lossy(hints.query));
                a.shape.pairs.retain(|pair| beside || pair.place != Place::Query || pair.is_protocol());
            }
        }));
    }
    let methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"];
    changes.extend(methods.map(|method| change(OtherHttpMethod, move |a| a.shape.method = method.into())));
    for host in &hints.hosts {
        changes.push(change(HostCase, move |a| {
            let ours = format!("{}{}", a.shape.host, a.shape.port);
            if host.eq_ignore_ascii_case(&ours) {
                a.shape.set_authority(host);
            }
        }));
        // As it stands there, and as it would be signed.
        for (lower, bare) in [(true, false), (false, false), (true, true)] {
            changes.push(change(OtherHost, move |a| {
                let authority = if lower { host.to_ascii_lowercase() } else { host.clone() };
                if !authority.eq_ignore_ascii_case(&format!("{}{}", a.shape.host, a.shape.port)) {
                    a.shape.set_authority(&authority);
                    if bare {
                        a.shape.port.clear();
                    }
                }
            }));
        }
    }
    changes
}

fn other_scheme(scheme: &str) -> String {
    if scheme == "https" { "http" } else { "https" }.into()
}

/// Each segment of a path, decoded and encoded.
fn reencoded(path: &str, encoding: Encoding) -> String {
    let segments = path.split('/').map(|segment| encoding.write(&decode(segment.as_bytes(), false)));
    segments.collect::<Vec<_>>().join("/")
}
