//! Spans: one for each request, and one below it for each thing that the store does. What listens to `tracing` may pass
//! them on. Nothing in them comes out of a request but its method, if it is a usual one: no path, no query, no secret.

use http::{Method, Request, StatusCode};
use oauth_hyper_server::TrustedProxy;
use tracing::Span;
use tracing::field::Empty;

/// The target of all spans: by it they are told from what goes to the log.
macro_rules! span {
    ($($fields:tt)*) => { tracing::trace_span!(target: "oauth_provider::traces", $($fields)*) };
}

/// Opens the spans of requests.
#[derive(Clone)]
pub(super) struct Traces {
    proxy: Option<TrustedProxy>,
}

impl Traces {
    /// A trace that began elsewhere goes on here if this proxy says so. Strangers do not decide what is recorded.
    pub(super) fn new(proxy: Option<TrustedProxy>) -> Self {
        Self { proxy }
    }

    pub(super) fn request<B>(&self, request: &Request<B>, endpoint: &str) -> Span {
        let method = usual(request.method());
        let span = span!(
            "request",
            otel.kind = "server",
            otel.name = endpoint,
            otel.status_code = Empty,
            endpoint,
            http.request.method = method,
            http.response.status_code = Empty,
        );
        if self.proxy.as_ref().is_some_and(|proxy| proxy.sent(request)) {
            goes_on(&span, request);
        }
        span
    }
}

/// What was answered.
pub(super) fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.record("otel.status_code", "error");
    }
}

/// Something that the store does for a request; what it does beside them is no part of a trace.
pub(super) fn store(operation: &'static str) -> Span {
    match Span::current().is_disabled() {
        true => Span::none(),
        false => span!("store", otel.name = format_args!("store {operation}"), otel.status_code = Empty),
    }
}

/// The store could not do it.
pub(super) fn failed(span: &Span) {
    span.record("otel.status_code", "error");
}

/// A method is any text that a client likes; the usual ones have names.
fn usual(method: &Method) -> &str {
    match *method {
        Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::DELETE | Method::OPTIONS => {
            method.as_str()
        }
        _ => "_OTHER",
    }
}

/// Takes the place in a trace that `traceparent` names (W3C Trace Context section 3.2). `tracestate` stays behind: it is free text.
#[cfg(feature = "otel")]
fn goes_on<B>(span: &Span, request: &Request<B>) {
    use opentelemetry::Context;
    use opentelemetry::propagation::TextMapPropagator as _;
    use opentelemetry::trace::TraceContextExt as _;
    use opentelemetry_http::HeaderExtractor;
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    let mut headers = http::HeaderMap::new();
    // Of two, one is not the proxy's.
    let mut values = request.headers().get_all("traceparent").iter();
    if let (Some(value), None) = (values.next(), values.next()) {
        headers.insert("traceparent", value.clone());
    }
    let from =
        TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(&headers));
    if from.span().span_context().is_valid() {
        // Where nobody records, there is no parent to set.
        let _ = span.set_parent(from);
    }
}

#[cfg(not(feature = "otel"))]
fn goes_on<B>(_: &Span, _: &Request<B>) {}
