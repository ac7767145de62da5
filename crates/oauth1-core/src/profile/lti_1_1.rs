//! Platforms of LTI 1.1: Canvas, Moodle, Blackboard.

use super::{
    Fact, Profile, Signing,
    fact::{memory, seen},
};
use crate::client::Placement;

/// Platforms of LTI 1.1, as Canvas, Moodle and Blackboard: see [`lti`](crate::lti).
pub const LTI_1_1: Profile =
    Profile { placement: Placement::Form, ..Profile::new("LTI 1.1", &[Signing::HmacSha1], FACTS) };

const FACTS: &[Fact] = &[
    seen(
        "required fields; a form without a token",
        "https://apidapter.zendesk.com/hc/en-us/articles/201159084-LTI",
    ),
    memory("some platforms send an empty `oauth_token`, which is `zero_legged` at a resource"),
    memory("some copy the query of the tool's address into the form; both are signed"),
    memory("line ends in fields become CRLF in a browser: a platform must sign them so"),
];
