//! Another protocol's conversation, in requests that OAuth 1 signs.

use bytes::Bytes;
use http::{Response, header::AUTHORIZATION};
use oauth_sansio::{Exchange, Moment, Outgoing, Progress};

use super::{SignError, Signer};

/// Signs whatever an exchange sends: a token request of OAuth 2 by which token credentials are traded for tokens, say.
///
/// The signature is in the header, or, where the exchange has its own `Authorization` there, in the form (RFC 5849 section
/// 3.5.2).
#[derive(Debug)]
pub struct SigningExchange<E> {
    signer: Signer,
    exchange: E,
}

/// Why a signed exchange came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError<E> {
    /// What the exchange itself says.
    #[error(transparent)]
    Exchange(E),
    /// The request could not be signed.
    #[error(transparent)]
    Sign(SignError),
}

impl<E> SigningExchange<E> {
    pub(super) fn new(signer: Signer, exchange: E) -> Self {
        Self { signer, exchange }
    }
}

impl<E: Exchange> Exchange for SigningExchange<E> {
    type Done = E::Done;
    type Error = SigningError<E::Error>;

    fn request(&mut self, moment: Moment) -> Result<Outgoing, Self::Error> {
        let (now, mut entropy) = (moment.now(), moment.entropy());
        let mut outgoing =
            self.exchange.request(Moment::new(now, entropy.bytes())).map_err(SigningError::Exchange)?;
        let (request, moment) = (&mut outgoing.request, Moment::new(now, entropy.bytes()));
        let signed = match request.headers().contains_key(AUTHORIZATION) {
            true => self.signer.sign_in_form(request, moment),
            false => self.signer.sign(request, moment),
        };
        signed.map_err(SigningError::Sign)?;
        Ok(outgoing)
    }

    fn response(self, response: Response<Bytes>, moment: Moment) -> Result<Progress<Self>, Self::Error> {
        let Self { signer, exchange } = self;
        Ok(match exchange.response(response, moment).map_err(SigningError::Exchange)? {
            Progress::Done(done) => Progress::Done(done),
            Progress::Again(exchange) => Progress::Again(Self { signer, exchange }),
            Progress::Wait(until, exchange) => Progress::Wait(until, Self { signer, exchange }),
        })
    }
}
