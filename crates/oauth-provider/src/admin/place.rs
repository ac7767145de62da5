//! Under which names the operator's listener is reached.

use std::net::IpAddr;

use http::uri::Authority;
use http::{HeaderMap, Request, header};
use url::Url;

/// Where it is reached. A page from anywhere can have a name of its own lead to this machine (DNS rebinding); the browser still
/// says which name that was.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// On this machine, by a name that leads nowhere else, at any port: there may be a tunnel.
    Loopback,
    /// Behind TLS at this origin.
    Origin { authority: String, origin: String, https: bool },
}

impl Place {
    /// An origin that it is reached at, and no other.
    pub(super) fn of(origin: &Url) -> Self {
        let text = origin.origin().ascii_serialization();
        let authority = text.split_once("://").map_or_else(String::new, |(_, host)| host.to_owned());
        Self::Origin { authority, origin: text, https: origin.scheme() == "https" }
    }

    pub(super) fn is_https(&self) -> bool {
        matches!(self, Self::Origin { https: true, .. })
    }

    /// Whether a request names it: in its target and its one `Host`, whichever there are (RFC 9112 section 3.2).
    pub(super) fn is_named_by<B>(&self, request: &Request<B>) -> bool {
        let target = request.uri().authority().map(|authority| self.is_name(authority.as_str()));
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (None, _) => None,
            (Some(host), None) => Some(host.to_str().is_ok_and(|host| self.is_name(host))),
            (Some(_), Some(_)) => Some(false),
        };
        matches!((target, host), (Some(true), None | Some(true)) | (None, Some(true)))
    }

    /// Whether a form may come from where the browser says that it does. The form's own token is what proves it: browsers
    /// leave the origin out, or say `null`, where a page tells nobody its address.
    ///
    /// Other servers on this machine are the same site, whatever their port (so `SameSite` lets their forms pass), and not
    /// the same origin.
    pub(super) fn is_own_form(&self, headers: &HeaderMap, host: &str) -> bool {
        let is_own = |origin: &str| match self {
            Self::Loopback => {
                origin.strip_prefix("http://").is_some_and(|own| own.eq_ignore_ascii_case(host))
            }
            Self::Origin { origin: own, .. } => own.eq_ignore_ascii_case(origin),
        };
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let origin = origins.all(|origin| origin.to_str().is_ok_and(|text| text == "null" || is_own(text)));
        let mut sites = headers.get_all("sec-fetch-site").iter();
        origin && sites.all(|site| site == "same-origin")
    }

    fn is_name(&self, name: &str) -> bool {
        match self {
            Self::Loopback => is_loopback(name),
            Self::Origin { authority, .. } => !name.is_empty() && authority.eq_ignore_ascii_case(name),
        }
    }
}

/// An address of this machine, or the name for it that no resolver is asked about (RFC 6761 section 6.3), with or without port.
fn is_loopback(name: &str) -> bool {
    let Ok(authority) = name.parse::<Authority>() else { return false };
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(place: &Place, hosts: &[&str]) -> bool {
        let hosts = hosts.iter().fold(Request::get("/"), |request, host| request.header(header::HOST, *host));
        place.is_named_by(&hosts.body(()).unwrap())
    }

    #[test]
    fn only_names_that_lead_to_this_machine_and_nowhere_else_are_answered_to() {
        for host in ["127.0.0.1:8081", "127.0.0.1", "localhost:9000", "LOCALHOST", "[::1]:8081", "[::1]"] {
            assert!(named(&Place::Loopback, &[host]), "{host}");
        }
        for hosts in [
            &[] as &[_],
            &[""],
            &["rebound.example:8081"],
            &["127.0.0.1.rebound.example"],
            &["localhost.rebound.example"],
            &["127.0.0.1:8081", "127.0.0.1:8081"],
            &["rebound.example@127.0.0.1"],
            &["127.0.0.1@rebound.example"],
            &["0.0.0.0:8081"],
            &["192.168.0.1:8081"],
            &["[::]:8081"],
        ] {
            assert!(!named(&Place::Loopback, hosts), "{hosts:?}");
        }
        let place = Place::of(&"https://admin.example.com/".parse().unwrap());
        assert!(named(&place, &["admin.example.com"]) && place.is_https());
        assert!(
            !named(&Place::of(&"data:,x".parse().unwrap()), &[""]),
            "what is no origin is reached by no name"
        );
        assert!(!named(&place, &["127.0.0.1:8081"]) && !named(&place, &["admin.example.com:8443"]));
    }

    #[test]
    fn a_form_comes_from_this_origin_or_from_where_nobody_says() {
        let own = |place: &Place, host: &str, headers: &[(&str, &str)]| {
            let headers = headers.iter().fold(Request::post("/"), |request, (n, v)| request.header(*n, *v));
            place.is_own_form(headers.body(()).unwrap().headers(), host)
        };
        let here = |headers: &[(&str, &str)]| own(&Place::Loopback, "127.0.0.1:8081", headers);
        assert!(here(&[]) && here(&[("origin", "null")]) && here(&[("origin", "http://127.0.0.1:8081")]));
        assert!(here(&[("origin", "null"), ("sec-fetch-site", "same-origin")]));
        for origin in
            ["http://127.0.0.1:3000", "https://127.0.0.1:8081", "http://localhost:8081", "https://x"]
        {
            assert!(!here(&[("origin", origin)]), "{origin}");
        }
        for site in ["same-site", "cross-site", "none"] {
            assert!(!here(&[("origin", "null"), ("sec-fetch-site", site)]), "{site}");
        }
        let place = Place::of(&"https://admin.example.com/".parse().unwrap());
        assert!(own(&place, "admin.example.com", &[("origin", "https://admin.example.com")]));
        assert!(!own(&place, "admin.example.com", &[("origin", "http://admin.example.com")]));
    }
}
