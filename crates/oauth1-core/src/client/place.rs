//! The three places of protocol parameters (RFC 5849 section 3.5), written into a request.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Uri,
    header::{AUTHORIZATION, CONTENT_LENGTH},
    uri::PathAndQuery,
};
use oauth_sansio::{Moment, form};

use super::{Placement, SignError, Signer};

impl Signer {
    /// Signs with further protocol parameters, in the one or the other place.
    pub(crate) fn place(
        &mut self,
        placement: Placement,
        request: &mut Request<Bytes>,
        parameters: &[(&str, &str)],
        moment: Moment,
    ) -> Result<(), SignError> {
        match placement {
            Placement::Header => self.in_header(request, parameters, moment),
            Placement::Query => self.in_query(request, parameters, moment),
            Placement::Form => self.in_form(request, parameters, moment),
        }
    }

    pub(super) fn in_header<B: AsRef<[u8]>>(
        &mut self,
        request: &mut Request<B>,
        parameters: &[(&str, &str)],
        moment: Moment,
    ) -> Result<(), SignError> {
        let value = self.signed(request, form_of(request), parameters, moment)?.authorization()?;
        request.headers_mut().insert(AUTHORIZATION, value);
        Ok(())
    }

    pub(super) fn in_query<B: AsRef<[u8]>>(
        &mut self,
        request: &mut Request<B>,
        parameters: &[(&str, &str)],
        moment: Moment,
    ) -> Result<(), SignError> {
        check_header(request.headers())?;
        let mut query = request.uri().query().unwrap_or_default().to_owned();
        self.signed(request, form_of(request), parameters, moment)?.append_to(&mut query);
        let target = format!("{}?{query}", request.uri().path());
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::try_from(target).map_err(|_| SignError::TooLong)?);
        *request.uri_mut() = Uri::from_parts(parts).map_err(|_| SignError::TooLong)?;
        Ok(())
    }

    pub(super) fn in_form<B: AsRef<[u8]> + From<String>>(
        &mut self,
        request: &mut Request<B>,
        parameters: &[(&str, &str)],
        moment: Moment,
    ) -> Result<(), SignError> {
        check_header(request.headers())?;
        let form = form_of(request).ok_or(SignError::NotAForm)?;
        let mut body = std::str::from_utf8(form).map_err(|_| SignError::NotAForm)?.to_owned();
        self.signed(request, Some(form), parameters, moment)?.append_to(&mut body);
        if let Some(length) = request.headers_mut().get_mut(CONTENT_LENGTH) {
            *length = HeaderValue::from(body.len());
        }
        *request.body_mut() = B::from(body);
        Ok(())
    }
}

/// What of the body is signed.
fn form_of<B: AsRef<[u8]>>(request: &Request<B>) -> Option<&[u8]> {
    form::is_declared(request.headers()).then(|| request.body().as_ref())
}

/// RFC 5849 section 3.5: the parameters of the protocol travel in one place.
fn check_header(headers: &HeaderMap) -> Result<(), SignError> {
    let schemes = headers.get_all(AUTHORIZATION).iter().filter_map(|value| value.as_bytes().get(..5));
    match schemes.into_iter().any(|scheme| scheme.eq_ignore_ascii_case(b"OAuth")) {
        true => Err(SignError::SignedInHeader),
        false => Ok(()),
    }
}
