//! Where a request goes: the target URI that `htu` names (RFC 9449 section 4.2).

use std::borrow::Cow;

use url::Url;

/// The address of a request as clients know it. No header of the request says what it is.
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    base: &'a Url,
    path: &'a str,
    alias: Option<&'a Url>,
}

impl<'a> Address<'a> {
    /// This address.
    pub fn of(url: &'a Url) -> Self {
        Self { base: url, path: "", alias: None }
    }

    /// The path of a request behind the address that it was sent below.
    pub fn below(base: &'a Url, path: &'a str) -> Self {
        Self { base, path, alias: None }
    }

    /// The same place by another name, as one that clients with certificates know (RFC 8705 section 5). A proof is used up
    /// under both.
    #[must_use]
    pub fn or(self, alias: Option<&'a Url>) -> Self {
        Self { alias, ..self }
    }

    /// Whether a proof is for it. Compared after normalisation, without query and fragment (RFC 9449 section 4.3, RFC 3986
    /// section 6.2.2).
    pub(super) fn is(&self, claimed: &str) -> bool {
        // What a URL parser forgives is no URL that a client was told.
        let is_plain = claimed.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        let is_here = |address: Self| address.is_written(claimed) || address.is_normally(claimed);
        is_plain && (is_here(*self) || self.alias.is_some_and(|alias| is_here(Self::of(alias))))
    }

    /// Whether it is the same byte for byte, as most are: then it is the same after every normalisation.
    fn is_written(&self, claimed: &str) -> bool {
        let base = self.base.as_str();
        match self.path {
            "" => claimed == base,
            path => claimed.strip_prefix(base.trim_end_matches('/')) == Some(path),
        }
    }

    fn is_normally(&self, claimed: &str) -> bool {
        let url = match self.path {
            "" => Cow::Borrowed(self.base),
            path => {
                let mut url = self.base.clone();
                url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
                Cow::Owned(url)
            }
        };
        let Ok(claimed) = Url::parse(claimed) else { return false };
        let no_user = claimed.username().is_empty() && claimed.password().is_none();
        no_user
            && claimed.scheme() == url.scheme()
            && claimed.host() == url.host()
            && claimed.port_or_known_default() == url.port_or_known_default()
            && normal_path(claimed.path()) == normal_path(url.path())
    }
}

/// Escapes in upper case, and none of what needs no escape (RFC 3986 sections 6.2.2.1 and 6.2.2.2).
fn normal_path(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut pieces = path.split('%');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_at_checked(2).map(|(digits, rest)| (u8::from_str_radix(digits, 16), digits, rest)) {
            Some((Ok(byte), _, rest)) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                out.push(char::from(byte));
                out.push_str(rest);
            }
            Some((_, digits, rest)) => {
                out.push('%');
                out.push_str(&digits.to_ascii_uppercase());
                out.push_str(rest);
            }
            None => {
                out.push('%');
                out.push_str(piece);
            }
        }
    }
    Cow::Owned(out)
}
