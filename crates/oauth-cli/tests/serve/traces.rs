//! Traces, as a collector takes them.

#[cfg(not(feature = "otel"))]
#[test]
fn a_program_without_traces_refuses_a_collector() {
    let place = crate::running::Place::new();
    let mut command = crate::running::serve(&place, &[]);
    command.env("OAUTH__TRACES__ENDPOINT", "http://127.0.0.1:4318/v1/traces");
    let error = crate::running::fails(command);
    assert!(error.contains("`traces.endpoint`") && error.contains("--features otel"), "{error}");
}

#[cfg(feature = "otel")]
mod collected;
