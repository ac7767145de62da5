//! Every fuzz target. `FUZZ_TARGET` names the one that runs; without it, their names are printed.
//!
//! The bodies live in the `fuzzing` modules of the crates, which only `--cfg fuzzing` (and tests) build.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

type Target = fn(&[u8]);

const TARGETS: &[(&str, Target)] = &[
    ("form", oauth_sansio::fuzzing::form),
    ("percent", oauth_sansio::fuzzing::percent),
    ("challenges", oauth_sansio::fuzzing::challenges),
    ("credentials", oauth_sansio::fuzzing::credentials),
    ("oauth1_authorization_header", oauth1_core::fuzzing::authorization_header),
    ("oauth1_callback", oauth1_core::fuzzing::callback),
    ("oauth1_diagnosis", oauth1_core::fuzzing::diagnosis),
    ("oauth1_form_body", oauth1_core::fuzzing::form_body),
    ("oauth1_redirect", oauth1_core::fuzzing::redirect),
    ("oauth1_request_url", oauth1_core::fuzzing::request_url),
    ("oauth1_rsa_key", oauth1_core::fuzzing::rsa_key),
    ("oauth1_signed_request", oauth1_core::fuzzing::signed_request),
    ("oauth1_token_response", oauth1_core::fuzzing::token_response),
    ("oauth1_verify_request", oauth1_core::fuzzing::verify_request),
    ("oauth2_access_token", oauth2_core::fuzzing::access_token),
    ("oauth2_authorization_details", oauth2_core::fuzzing::authorization_details),
    ("oauth2_authorization_request", oauth2_core::fuzzing::authorization_request),
    ("oauth2_bearer", oauth2_core::fuzzing::bearer),
    ("oauth2_callback", oauth2_core::fuzzing::callback),
    ("oauth2_client_assertion", oauth2_core::fuzzing::client_assertion),
    ("oauth2_client_document", oauth2_core::fuzzing::client_document),
    ("oauth2_dpop_proof", oauth2_core::fuzzing::dpop_proof),
    ("oauth2_metadata", oauth2_core::fuzzing::metadata),
    ("oauth2_provider_answer", oauth2_core::fuzzing::provider_answer),
    ("oauth2_public_key", oauth2_core::fuzzing::public_key),
    ("oauth2_redirect_uri", oauth2_core::fuzzing::redirect_uri),
    ("oauth2_registration_response", oauth2_core::fuzzing::registration_response),
    ("oauth2_request_object", oauth2_core::fuzzing::request_object),
    ("oauth2_signed_answer", oauth2_core::fuzzing::signed_answer),
    ("oauth2_signed_text", oauth2_core::fuzzing::signed_text),
    ("oauth2_token_request", oauth2_core::fuzzing::token_request),
    ("oauth2_token_response", oauth2_core::fuzzing::token_response),
];

static TARGET: OnceLock<Target> = OnceLock::new();

fuzz_target!(init: TARGET.get_or_init(choose), |data: &[u8]| {
    if let Some(target) = TARGET.get() {
        target(data);
    }
});

fn choose() -> Target {
    let wanted = std::env::var("FUZZ_TARGET").ok();
    match TARGETS.iter().find(|(name, _)| Some(*name) == wanted.as_deref()) {
        Some((_, target)) => *target,
        None => {
            TARGETS.iter().for_each(|(name, _)| println!("{name}"));
            std::process::exit(i32::from(wanted.is_some()));
        }
    }
}
