//! Collects the parameters of a request that arrived (RFC 5849 sections 3.4.1.3.1 and 3.5).

use std::borrow::Cow;

use http::{HeaderMap, Request, header::AUTHORIZATION};
use oauth_sansio::form;

use super::{
    BaseString, Limits, Protocol, ReadError,
    header::{Next, Reader},
    text::{Text, pairs},
};

/// Where protocol parameters may travel (RFC 5849 section 3.5).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Header,
    Body,
    Query,
}

/// The parameters of a request while it is read.
#[derive(Default)]
pub(super) struct Gathered<'a> {
    pub(super) parameters: BaseString<'a>,
    pub(super) protocol: [Option<Text<'a>>; Protocol::COUNT],
    place: Option<Place>,
    pub(super) realm: Option<Cow<'a, str>>,
}

impl<'a> Gathered<'a> {
    /// Whether there is anything of OAuth in the request.
    pub(super) fn found_any(&self) -> bool {
        self.place.is_some()
    }

    /// Reads all that is signed.
    pub(super) fn all<B: AsRef<[u8]>>(
        &mut self,
        request: &'a Request<B>,
        limits: &Limits,
    ) -> Result<(), ReadError> {
        let header = authorization(request.headers());
        if !matches!(header, Ok(None)) {
            self.place = Some(Place::Header);
        }
        if let Some(header) = header? {
            self.header(header, limits)?;
        }
        if let Some(query) = request.uri().query() {
            self.form(Place::Query, query.as_bytes(), limits)?;
        }
        // RFC 5849 section 3.4.1.3.1: the body counts only if it is a form, whatever its charset.
        if form::is_declared(request.headers()) {
            self.form(Place::Body, request.body().as_ref(), limits)?;
        }
        Ok(())
    }

    fn header(&mut self, mut header: Reader<'a>, limits: &Limits) -> Result<(), ReadError> {
        while let Some(next) = header.next()? {
            match next {
                Next::Realm(realm) if self.realm.is_none() => self.realm = Some(realm),
                Next::Realm(_) => return Err(ReadError::Repeated),
                Next::Parameter(name, value) => self.push(Place::Header, name, value, limits)?,
            }
        }
        // RFC 9110 section 11.2: no name comes twice, whoever gave it its meaning.
        if self.parameters.repeats(b"") { Err(ReadError::Repeated) } else { Ok(()) }
    }

    fn form(&mut self, place: Place, bytes: &'a [u8], limits: &Limits) -> Result<(), ReadError> {
        let limit = &limits.form;
        if bytes.len() > limit.bytes {
            return Err(ReadError::TooLarge);
        }
        self.parameters.expect(bytes, limit.parameters);
        for (count, (name, value)) in pairs(bytes).enumerate() {
            if count == limit.parameters || name.len() > limit.name || value.len() > limit.value {
                return Err(ReadError::TooLarge);
            }
            self.push(place, name, value, limits)?;
        }
        Ok(())
    }

    fn push(
        &mut self,
        from: Place,
        name: Text<'a>,
        value: Text<'a>,
        limits: &Limits,
    ) -> Result<(), ReadError> {
        if self.parameters.push(name, value) {
            // RFC 5849 section 3.5: all protocol parameters travel in one place.
            if *self.place.get_or_insert(from) != from {
                return Err(ReadError::SeveralPlaces);
            }
            if value.len() > limits.protocol_value {
                return Err(ReadError::TooLarge);
            }
            let known = Protocol::of(name).and_then(|known| self.protocol.get_mut(known as usize));
            // RFC 5849 section 3.2: none of them comes twice, equal or not.
            if known.is_some_and(|known| known.replace(value).is_some()) {
                return Err(ReadError::Repeated);
            }
        }
        Ok(())
    }
}

/// The `Authorization: OAuth` header, if there is one.
fn authorization(headers: &HeaderMap) -> Result<Option<Reader<'_>>, ReadError> {
    let mut found = None;
    for value in headers.get_all(AUTHORIZATION) {
        found = Reader::new(value.as_bytes())?.or(found);
    }
    // RFC 9110 section 5.3: which of several would count?
    match headers.get_all(AUTHORIZATION).iter().nth(1) {
        Some(_) if found.is_some() => Err(ReadError::SeveralHeaders),
        _ => Ok(found),
    }
}
