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

/// What the other side saw.
#[derive(Default)]
pub(super) struct Arrival {
    /// The head of the request as it came.
    pub(super) head: Option<Request<()>>,
    pub(super) why: Option<Why>,
}

impl Seen {
    /// Waits for this mark from now on.
    pub(super) fn expect(&self, mark: &Secret) {
        self.lock().insert(mark.expose().to_owned(), Arrival::default());
    }

    /// Waits no longer.
    pub(super) fn take(&self, mark: &Secret) -> Arrival {
        self.lock().remove(mark.expose()).unwrap_or_default()
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

/// The head of a request, for later.
pub(super) fn head_of<B>(request: &Request<B>) -> Request<()> {
    let mut head = Request::new(());
    *head.method_mut() = request.method().clone();
    *head.uri_mut() = request.uri().clone();
    *head.headers_mut() = request.headers().clone();
    head
}
