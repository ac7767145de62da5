//! `WWW-Authenticate: 1#( scheme [ token68 / parameters ] )` (RFC 9110 section 11.6.1).

use std::borrow::Cow;

use http::HeaderValue;

use super::{
    HeaderError, MAX_CHALLENGES, MAX_HEADER_BYTES, Parameters,
    credentials::push_unique,
    scan::{Scan, is_quotable, is_tchar},
};

/// One challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// The authentication scheme as it came; compare it without regard to case.
    pub scheme: &'a str,
    /// What came behind it.
    pub parameters: Parameters<'a>,
}

impl<'a> Challenge<'a> {
    /// The value of a parameter; names are compared without regard to case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters().iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_ref())
    }

    /// All named parameters, in order.
    pub fn parameters(&self) -> &[(&'a str, Cow<'a, str>)] {
        match &self.parameters {
            Parameters::Named(named) => named,
            Parameters::None | Parameters::Token68(_) => &[],
        }
    }

    /// Starts writing a challenge.
    pub fn build(scheme: &str) -> ChallengeBuilder {
        ChallengeBuilder { text: scheme.to_owned(), first: true, sound: is_token(scheme) }
    }
}

/// Reads the challenges of all `WWW-Authenticate` headers of a response: one header may hold several, and a comma
/// may stand between challenges as well as between the parameters of one.
///
/// ```
/// let challenges = oauth_sansio::auth::parse_challenges([r#"Basic realm="a, b", Bearer error="invalid_token""#])?;
/// assert_eq!(challenges[0].parameter("realm"), Some("a, b"));
/// assert_eq!(challenges[1].parameter("error"), Some("invalid_token"));
/// # Ok::<(), oauth_sansio::auth::HeaderError>(())
/// ```
///
/// # Errors
/// When any value is too large, repeats a parameter within a challenge, or does not follow the grammar.
pub fn parse_challenges<'a>(
    values: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Challenge<'a>>, HeaderError> {
    let mut challenges = Vec::new();
    for value in values {
        if value.len() > MAX_HEADER_BYTES {
            return Err(HeaderError::TooLarge);
        }
        let mut scan = Scan::new(value);
        loop {
            while scan.white_space() || scan.eat(',') {}
            if scan.at_end() {
                break;
            }
            if challenges.len() == MAX_CHALLENGES {
                return Err(HeaderError::TooLarge);
            }
            challenges.push(challenge(&mut scan)?);
        }
    }
    Ok(challenges)
}

fn challenge<'a>(scan: &mut Scan<'a>) -> Result<Challenge<'a>, HeaderError> {
    let scheme = scan.token()?;
    if scan.at_end() || scan.clone().eat(',') {
        return Ok(Challenge { scheme, parameters: Parameters::None });
    }
    if !scan.spaces() {
        return Err(HeaderError::Malformed);
    }
    if let Some(token) = token68_element(scan) {
        return Ok(Challenge { scheme, parameters: Parameters::Token68(token) });
    }
    let mut named = Vec::new();
    loop {
        let mut ahead = *scan;
        while ahead.white_space() || ahead.eat(',') {}
        // What is not a parameter begins the next challenge, or ends the header.
        let Ok(parameter) = ahead.parameter() else { break };
        push_unique(&mut named, parameter)?;
        ahead.white_space();
        *scan = ahead;
        if scan.at_end() {
            break;
        }
        if !ahead.eat(',') {
            return Err(HeaderError::Malformed);
        }
    }
    let parameters = if named.is_empty() { Parameters::None } else { Parameters::Named(named) };
    end_of_element(scan)?;
    Ok(Challenge { scheme, parameters })
}

/// A `token68` that fills its list element.
fn token68_element<'a>(scan: &mut Scan<'a>) -> Option<&'a str> {
    let mut ahead = *scan;
    let token = ahead.token68().ok()?;
    end_of_element(&mut ahead).ok()?;
    *scan = ahead;
    Some(token)
}

fn end_of_element(scan: &mut Scan<'_>) -> Result<(), HeaderError> {
    scan.white_space();
    if scan.at_end() || scan.clone().eat(',') { Ok(()) } else { Err(HeaderError::Malformed) }
}

/// Writes one challenge; every value is a quoted string with quotes and backslashes escaped.
#[derive(Clone, Debug)]
pub struct ChallengeBuilder {
    text: String,
    first: bool,
    /// The scheme and every name is a token, so that none of them ends early and begins another.
    sound: bool,
}

impl ChallengeBuilder {
    /// Adds a parameter.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.text.push_str(if self.first { " " } else { ", " });
        self.first = false;
        self.sound &= is_token(name);
        self.text.push_str(name);
        self.text.push_str("=\"");
        for char in value.chars() {
            if matches!(char, '"' | '\\') {
                self.text.push('\\');
            }
            self.text.push(char);
        }
        self.text.push('"');
        self
    }

    /// The header value.
    ///
    /// ```
    /// use oauth_sansio::auth::Challenge;
    ///
    /// let challenge = Challenge::build("Bearer").parameter("realm", "a \"b\"").finish()?;
    /// assert_eq!(challenge, r#"Bearer realm="a \"b\"""#);
    /// # Ok::<(), oauth_sansio::auth::HeaderError>(())
    /// ```
    ///
    /// # Errors
    /// [`HeaderError::Forbidden`] when the scheme or a name is not a token, or a value holds a control character:
    /// a challenge is never split in two.
    pub fn finish(self) -> Result<HeaderValue, HeaderError> {
        let control = self.text.chars().any(|char| !is_quotable(char) || char == '\t');
        // Read back, a challenge without repeated parameters and within the limits.
        if control || !self.sound || parse_challenges([self.text.as_str()]).is_err() {
            return Err(HeaderError::Forbidden);
        }
        HeaderValue::from_str(&self.text).map_err(|_| HeaderError::Forbidden)
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_tchar)
}
