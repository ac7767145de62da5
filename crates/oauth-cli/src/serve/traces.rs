//! Where traces go: to a collector, by OTLP over HTTP.

#[cfg(feature = "otel")]
pub(super) use collector::Traces;
#[cfg(not(feature = "otel"))]
pub(super) use nowhere::Traces;

#[cfg(feature = "otel")]
mod collector;
#[cfg(not(feature = "otel"))]
mod nowhere;
