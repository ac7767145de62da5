//! LTI 1.1 (IMS Learning Tools Interoperability, Implementation Guide 1.1): a learning platform sends a person to a
//! tool with a form that is signed by OAuth 1 without a token (section 4).
//!
//! The platform makes a [`Launch`]; its page posts the fields as hidden ones, by the person's browser. The tool
//! verifies the request as a [resource](crate::resource) that is switched to [two
//! legs](crate::resource::Config::two_legged), spends the nonce, and reads what was launched with [`Launched::read`].
//! What a tool sends back (Basic Outcomes, section 6) is a request with `oauth_body_hash`: see
//! [`BodyHashing`](crate::client::BodyHashing).
//!
//! ```
//! use oauth_sansio::{Moment, Timestamp};
//! use oauth1_core::{
//!     client::{Client, Config},
//!     lti::Launch,
//! };
//!
//! let client = Client::new(Config::signing_only("platform", "shared secret"))?;
//! let launch = Launch::new("course-7/quiz-3").with("user_id", "jane").with("roles", "Learner");
//! let moment = Moment::new(Timestamp::from_unix(1_800_000_000), [7; 32]);
//! let fields = launch.sign(&client, &"https://tool.example.com/launch".parse()?, moment)?;
//! assert!(fields.iter().any(|(name, value)| name == "oauth_callback" && value == "about:blank"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod launch;
mod launched;

pub use launch::{Launch, LaunchError};
pub use launched::{Launched, LaunchedError};

const MESSAGE_TYPE: (&str, &str) = ("lti_message_type", "basic-lti-launch-request");
const VERSION: (&str, &str) = ("lti_version", "LTI-1p0");
const RESOURCE_LINK: &str = "resource_link_id";
