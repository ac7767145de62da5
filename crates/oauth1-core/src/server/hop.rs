//! The origin of a request that came through a reverse proxy (RFC 7239).
//!
//! An origin is part of what is signed, so whoever chooses it chooses which signatures are good here. It comes from the
//! configuration. Where one server is reached under several origins, a hop in front of it may be trusted to say which, out
//! of a list; it must overwrite the header, whatever its clients sent.

use http::{HeaderMap, HeaderName, Uri, header::FORWARDED};
use url::Url;

use super::{ConfigError, config::check_origin};
use crate::signature::Origin;

/// A reverse proxy that says under which origin a request reached it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedHop {
    /// Where it says so. Never declare a header that it lets through from outside.
    pub header: HopHeader,
    /// The origins that it may name, as in `https://photos.example.net`.
    pub origins: Vec<Url>,
}

/// The header that a trusted hop overwrites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HopHeader {
    /// `Forwarded`, with `proto` and `host` (RFC 7239 sections 5.3 and 5.4).
    Forwarded,
    /// `X-Forwarded-Proto` and `X-Forwarded-Host`.
    XForwarded,
}

/// Why the origin of a request is not known, which is a bad request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum HopError {
    /// The header is missing, or scheme or host is.
    #[error("the trusted hop names no origin")]
    Missing,
    /// There is more than one element: one hop has not overwritten what it was sent.
    #[error("more than one hop names an origin")]
    Several,
    /// It cannot be read.
    #[error("the origin that the trusted hop names cannot be read")]
    Malformed,
    /// It is not in the list.
    #[error("the origin that the trusted hop names is not one of this server")]
    Unlisted,
}

/// A [`TrustedHop`], checked.
pub(super) struct Hop {
    header: HopHeader,
    origins: Vec<Origin>,
}

impl Hop {
    pub(super) fn new(hop: &TrustedHop, insecure_loopback: bool) -> Result<Self, ConfigError> {
        let origin = |url| {
            check_origin(url, insecure_loopback)?;
            Origin::new(url).map_err(|_| ConfigError::NotAnOrigin)
        };
        let origins: Vec<_> = hop.origins.iter().map(origin).collect::<Result<_, _>>()?;
        if origins.is_empty() { Err(ConfigError::Hop) } else { Ok(Self { header: hop.header, origins }) }
    }

    /// The one of the list that the hop names.
    pub(super) fn origin(&self, headers: &HeaderMap) -> Result<&Origin, HopError> {
        let (scheme, host) = match self.header {
            HopHeader::Forwarded => forwarded(only(headers, &FORWARDED)?)?,
            HopHeader::XForwarded => (element(headers, &PROTO)?, element(headers, &HOST)?),
        };
        let named = origin(scheme, host).ok_or(HopError::Malformed)?;
        self.origins.iter().find(|listed| **listed == named).ok_or(HopError::Unlisted)
    }
}

const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, HopError> {
    let mut lines = headers.get_all(name).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Err(HopError::Missing),
        (Some(line), None) => line.to_str().map_err(|_| HopError::Malformed),
        (Some(_), Some(_)) => Err(HopError::Several),
    }
}

fn element<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, HopError> {
    let line = only(headers, name)?;
    if line.contains(',') { Err(HopError::Several) } else { Ok(line.trim_matches([' ', '\t'])) }
}

/// Scheme and host of a `Forwarded` with one element (RFC 7239 section 4).
fn forwarded(line: &str) -> Result<(&str, &str), HopError> {
    let (mut scheme, mut host) = (None, None);
    let mut rest = line.trim_matches([' ', '\t']);
    while !rest.is_empty() {
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let (name, after) =
            rest.split_once('=').filter(|(name, _)| is_name(name)).ok_or(HopError::Malformed)?;
        let (value, after) = match after.strip_prefix('"') {
            // No host and no scheme needs an escape, so whoever sends one means to confuse.
            Some(quoted) => quoted.split_once('"').filter(|(value, _)| !value.contains('\\')),
            None => after.split_at_checked(after.find([';', ',', ' ', '\t', '"']).unwrap_or(after.len())),
        }
        .ok_or(HopError::Malformed)?;
        let place = match name {
            _ if name.eq_ignore_ascii_case("proto") => Some(&mut scheme),
            _ if name.eq_ignore_ascii_case("host") => Some(&mut host),
            _ => None,
        };
        if place.is_some_and(|place| place.replace(value).is_some()) {
            return Err(HopError::Malformed);
        }
        rest = match after.trim_start_matches([' ', '\t']).as_bytes().first() {
            None => "",
            Some(b',') => return Err(HopError::Several),
            Some(_) => after.strip_prefix(';').ok_or(HopError::Malformed)?,
        };
    }
    scheme.zip(host).ok_or(HopError::Missing)
}

/// An origin in its one spelling; `None` for anything that is more than scheme, host and port.
fn origin(scheme: &str, host: &str) -> Option<Origin> {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    let uri = Uri::builder()
        .scheme(&*scheme.to_ascii_lowercase())
        .authority(host)
        .path_and_query("/")
        .build()
        .ok()?;
    host.bytes().all(plain).then(|| Origin::of_uri(&uri).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(header: HopHeader) -> Hop {
        let origins =
            ["https://photos.example.net", "https://fotos.example.net:8443", "https://[2001:db8::1]"];
        let origins = origins.map(|origin| origin.parse().unwrap()).into();
        Hop::new(&TrustedHop { header, origins }, false).unwrap()
    }

    fn named(header: HopHeader, lines: &[(&'static str, &str)]) -> Result<String, HopError> {
        let line =
            |(name, value): &(&'static str, &str)| (HeaderName::from_static(name), value.parse().unwrap());
        hop(header).origin(&lines.iter().map(line).collect()).map(|origin| origin.as_str().to_owned())
    }

    #[test]
    fn o18_forwarded_names_one_origin_of_the_list() {
        let named = |line: &str| named(HopHeader::Forwarded, &[("forwarded", line)]);
        for line in [
            "proto=https;host=photos.example.net",
            "for=192.0.2.60;Host=PHOTOS.example.net:443;by=203.0.113.43;Proto=HTTPS",
            " proto=https;host=\"photos.example.net\" ",
            "for=\"[2001:db8:cafe::17]:4711, x\";host=photos.example.net;proto=https",
        ] {
            assert_eq!(named(line).as_deref(), Ok("https://photos.example.net"), "{line}");
        }
        let port = "proto=https;host=\"fotos.example.net:8443\"";
        assert_eq!(named(port).as_deref(), Ok("https://fotos.example.net:8443"));
        let address = "proto=https;host=\"[2001:DB8:0::1]\"";
        assert_eq!(named(address).as_deref(), Ok("https://[2001:db8::1]"));
        for (line, error) in [
            ("", HopError::Missing),
            ("proto=https", HopError::Missing),
            ("host=photos.example.net", HopError::Missing),
            ("proto=https;host=photos.example.net, for=x", HopError::Several),
            ("for=\"x\" , proto=https;host=photos.example.net", HopError::Several),
            ("proto=https;host=photos.example.net;host=evil.example", HopError::Malformed),
            ("proto=https;proto=https;host=photos.example.net", HopError::Malformed),
            ("proto=https; host=photos.example.net", HopError::Malformed),
            ("proto=https;host=\"photos.example.net", HopError::Malformed),
            ("proto=https;host=\"photos.example\\.net\"", HopError::Malformed),
            ("proto=https;host=evil@photos.example.net", HopError::Malformed),
            ("proto=https;host=photos.example.net/x", HopError::Malformed),
            ("proto=ftp;host=photos.example.net", HopError::Malformed),
            ("proto=https;host=", HopError::Malformed),
            ("proto=https;photos.example.net", HopError::Malformed),
            ("proto=http;host=photos.example.net", HopError::Unlisted),
            ("proto=https;host=evil.example", HopError::Unlisted),
            ("proto=https;host=photos.example.net:8443", HopError::Unlisted),
        ] {
            assert_eq!(named(line), Err(error), "{line}");
        }
    }

    #[test]
    fn o18_x_forwarded_headers_name_one_origin_of_the_list() {
        let named = |lines: &[(&'static str, &str)]| named(HopHeader::XForwarded, lines);
        let (proto, host) = (("x-forwarded-proto", "https"), ("x-forwarded-host", "photos.example.net"));
        assert_eq!(named(&[proto, host]).as_deref(), Ok("https://photos.example.net"));
        // Another header that says something else plays no part.
        let other = ("forwarded", "proto=http;host=evil.example");
        assert_eq!(named(&[other, proto, host]).as_deref(), Ok("https://photos.example.net"));
        for (lines, error) in [
            (vec![], HopError::Missing),
            (vec![proto], HopError::Missing),
            (vec![host], HopError::Missing),
            (vec![proto, host, host], HopError::Several),
            (vec![proto, proto, host], HopError::Several),
            (vec![proto, ("x-forwarded-host", "photos.example.net, evil.example")], HopError::Several),
            (vec![("x-forwarded-proto", "https,http"), host], HopError::Several),
            (vec![("x-forwarded-proto", "ftp"), host], HopError::Malformed),
            (vec![proto, ("x-forwarded-host", "a@photos.example.net")], HopError::Malformed),
            (vec![proto, ("x-forwarded-host", "evil.example")], HopError::Unlisted),
        ] {
            assert_eq!(named(&lines), Err(error), "{lines:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_header_that_names_no_listed_origin_is_refused(line in "[ -~]{0,60}|((for|host|proto)=[a-z\";,. ]{0,12};?){0,4}") {
            let named = named(HopHeader::Forwarded, &[("forwarded", &line)]);
            proptest::prop_assert!(named.is_err(), "{line}");
        }
    }

    #[test]
    fn o22_a_trusted_hop_names_origins_with_tls_only() {
        let check = |origins: &[&str]| {
            let origins = origins.iter().map(|origin| origin.parse().unwrap()).collect();
            Hop::new(&TrustedHop { header: HopHeader::Forwarded, origins }, false).map(drop)
        };
        assert_eq!(check(&[]), Err(ConfigError::Hop));
        assert_eq!(check(&["https://a.example", "http://a.example"]), Err(ConfigError::InsecureOrigin));
        assert_eq!(check(&["https://a.example/x"]), Err(ConfigError::NotAnOrigin));
    }
}
