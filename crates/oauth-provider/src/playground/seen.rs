//! What arrived of a message that the application sent, and how it was judged.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderName, Request, Response};
use oauth_sansio::Secret;

use super::why::Why;

/// What marks a request of the application, so that what arrives is found again.
pub(super) const MARK: HeaderName = HeaderName::from_static("playground-step");

/// Marks that are waited for. A mark that nobody made is looked at by nobody.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<HashMap<String, Arrival>>>);

/// A mark that is waited for, until this is dropped.
pub(super) struct Expected<'a> {
    seen: &'a Seen,
    mark: &'a str,
}

/// What the other side saw.
#[derive(Default)]
pub(super) struct Arrival {
    /// The head of the request as it came.
    pub(super) head: Option<Request<()>>,
    pub(super) why: Option<Why>,
}

impl Seen {
    /// Waits for this mark from now on.
    pub(super) fn expect<'a>(&'a self, mark: &'a Secret) -> Expected<'a> {
        self.lock().insert(mark.expose().to_owned(), Arrival::default());
        Expected { seen: self, mark: mark.expose() }
    }

    /// The mark of a request, if it is one that is waited for.
    pub(super) fn mark<B>(&self, request: &Request<B>) -> Option<String> {
        let mark = request.headers().get(MARK)?.to_str().ok()?;
        self.lock().contains_key(mark).then(|| mark.to_owned())
    }

    pub(super) fn arrived<B>(&self, mark: &str, head: Request<()>, answer: &Response<B>) {
        if let Some(arrival) = self.lock().get_mut(mark) {
            *arrival = Arrival { head: Some(head), why: Why::of(answer) };
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arrival>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Expected<'_> {
    pub(super) fn arrival(self) -> Arrival {
        self.seen.lock().remove(self.mark).unwrap_or_default()
    }
}

/// Also where the one who waits was dropped, with its browser.
impl Drop for Expected<'_> {
    fn drop(&mut self) {
        self.seen.lock().remove(self.mark);
    }
}

/// The head of a request, for later.
pub(super) fn head_of<B>(request: &Request<B>) -> Request<()> {
    let mut head = Request::new(());
    *head.method_mut() = request.method().clone();
    *head.uri_mut() = request.uri().clone();
    *head.headers_mut() = request.headers().clone();
    head
}
