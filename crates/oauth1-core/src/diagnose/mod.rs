//! Diagnosis: what a signature covers, why one does not verify, and where two base strings differ.
//!
//! [`explain`] signs a request and tells how, [`diagnose`] checks one that arrived, [`compare`] holds two base strings
//! side by side. None of them shows a secret: of a key only the form is told. What they tell is for whoever runs one of
//! the two sides, and no answer to a request.
//!
//! ```
//! use http::Request;
//! use oauth_sansio::Timestamp;
//! use oauth1_core::{
//!     diagnose::{Cause, Check, Credentials, diagnose},
//!     resource::Config,
//! };
//! use url::Url;
//!
//! // The photo request of RFC 5849 section 1.2, sent to another port than the one that the provider knows itself by.
//! let request = Request::get("/photos?file=vacation.jpg&size=original")
//!     .header("Authorization", concat!(
//!         r#"OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", "#,
//!         r#"oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131202", oauth_nonce="chapoH", "#,
//!         r#"oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D""#,
//!     ))
//!     .body("")?;
//! let config = Config::new(Url::parse("http://photos.example.net:8080")?);
//! let credentials = Credentials::of_client("kd94hf93k423kf44").with_token_secret("pfkkdhi9sl3r4s00");
//! let diagnosis = diagnose(&config, &request, Some(&credentials), Timestamp::from_unix(137131200))?;
//! assert_eq!(diagnosis.failure.map(|failure| failure.check), Some(Check::Signature));
//! assert_eq!(diagnosis.causes, [Cause::PortDropped]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod anatomy;
mod attempt;
mod cause;
mod check;
mod compare;
mod encoding;
mod explain;
mod key_form;
mod received;
mod shape;
mod unread;
mod variants;

pub use anatomy::{Anatomy, Parameter};
pub use cause::Cause;
pub use check::{Check, Status};
pub use compare::{Difference, Part, compare};
pub use explain::{BodyCover, ExplainError, Explanation, explain};
pub use key_form::{Credentials, Flaw, KeyForm, Warning, Which};
pub use received::{Diagnosis, Failure, diagnose};
pub use shape::Place;
