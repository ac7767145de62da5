//! OAuth 1.0a (RFC 5849) as a Sans-IO core.
//!
//! **What it is.** Both sides of the standard as values: [`client`] obtains credentials and signs requests,
//! [`server`] gives them out after a person has agreed, [`resource`] lets signed requests through, and [`signature`]
//! is what all three stand on. Time and chance are arguments, every pause of a server is a type, and what goes over
//! the wire is [`http`] types.
//!
//! **What it is not.** It opens no socket, awaits nothing, reads no clock, keeps no table and shows no page: drivers
//! do that. Signatures with RSA keys are behind the feature `rsa`; [`signature::SignatureMethod`] is open to others.
//!
//! ```
//! use http::Request;
//! use oauth_sansio::Secret;
//! use oauth1_core::signature::{Key, Limits, Methods, Origin, Received};
//! use url::Url;
//!
//! // The photo request of RFC 5849 section 1.2, as it arrives.
//! let request = Request::get("/photos?file=vacation.jpg&size=original")
//!     .header("Authorization", concat!(
//!         r#"OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", "#,
//!         r#"oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131202", oauth_nonce="chapoH", "#,
//!         r#"oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D""#,
//!     ))
//!     .body("")?;
//! let origin = Origin::new(&Url::parse("http://photos.example.net")?)?;
//! let received = Received::read(&request, &origin, &Limits::default())?.ok_or("not signed")?;
//! assert_eq!(received.consumer_key(), "dpf43f3p2l4k3l03");
//!
//! let methods = Methods::recommended();
//! let method = methods.find(received.signature_method()).ok_or("unknown method")?;
//! let key = Key::shared(&Secret::new("kd94hf93k423kf44"), Some(&Secret::new("pfkkdhi9sl3r4s00")));
//! assert!(received.is_signed_with(method, &key));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub use http;

pub mod client;
pub mod diagnose;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod lti;
pub mod profile;
pub mod resource;
pub mod server;
pub mod signature;
