//! What can be fetched: a map, and the list of what was asked for.

use std::{cell::RefCell, collections::BTreeMap};

use bytes::Bytes;
use http::{Response, header};
use oauth_sansio::Timestamp;
use oauth2_core::server::{FetchError, Fetched, WantedDocument};
use serde_json::Value;

#[derive(Default)]
pub(crate) struct Web {
    pages: RefCell<BTreeMap<String, Result<Response<Bytes>, FetchError>>>,
    asked: RefCell<Vec<WantedDocument>>,
}

impl Web {
    /// Puts JSON under an address.
    pub(crate) fn publish(&self, url: &str, json: &Value) {
        self.answer(url, 200, "application/json", &json.to_string());
    }

    /// Puts an answer under an address.
    pub(crate) fn answer(&self, url: &str, status: u16, content_type: &str, body: &str) {
        let response = Response::builder().status(status).header(header::CONTENT_TYPE, content_type);
        let response = response.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        self.pages.borrow_mut().insert(url.to_owned(), Ok(response));
    }

    /// Lets an address fail.
    pub(crate) fn fail(&self, url: &str, error: FetchError) {
        self.pages.borrow_mut().insert(url.to_owned(), Err(error));
    }

    /// What was asked for since the last call.
    pub(crate) fn asked(&self) -> Vec<WantedDocument> {
        self.asked.take()
    }

    pub(crate) fn fetch(&self, wanted: &WantedDocument, now: u64) -> Result<Fetched, FetchError> {
        self.asked.borrow_mut().push(wanted.clone());
        let response = self.pages.borrow().get(wanted.url.as_str()).cloned();
        let response = response.unwrap_or(Err(FetchError::Unreachable))?;
        Ok(Fetched { response, at: Timestamp::from_unix(now) })
    }
}
