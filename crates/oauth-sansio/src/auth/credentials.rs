//! `Authorization: scheme ( token68 / parameters )` (RFC 9110 section 11.4).

use std::borrow::Cow;

use super::{HeaderError, MAX_HEADER_BYTES, MAX_PARAMETERS, scan::Scan};

/// What an `Authorization` header carries.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials<'a> {
    /// The authentication scheme as it came; compare it without regard to case.
    pub scheme: &'a str,
    /// What came behind it.
    pub parameters: Parameters<'a>,
}

/// The two forms that credentials and challenges take, and their absence.
#[derive(Clone, PartialEq, Eq)]
pub enum Parameters<'a> {
    /// Only the scheme.
    None,
    /// One `token68`, as `Basic` and `Bearer` use it.
    Token68(&'a str),
    /// Named parameters, as `OAuth` and most challenges use them. Names are as they came.
    Named(Vec<(&'a str, Cow<'a, str>)>),
}

impl<'a> Credentials<'a> {
    /// Reads a header value to its end.
    ///
    /// ```
    /// use oauth_sansio::auth::{Credentials, Parameters};
    ///
    /// let basic = Credentials::parse("Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW")?;
    /// assert!(matches!(basic.parameters, Parameters::Token68("czZCaGRSa3F0MzpnWDFmQmF0M2JW")));
    /// # Ok::<(), oauth_sansio::auth::HeaderError>(())
    /// ```
    ///
    /// # Errors
    /// When the value is too large, repeats a parameter, or does not follow the grammar.
    pub fn parse(value: &'a str) -> Result<Self, HeaderError> {
        if value.len() > MAX_HEADER_BYTES {
            return Err(HeaderError::TooLarge);
        }
        let mut scan = Scan::new(value);
        let scheme = scan.token()?;
        if scan.at_end() {
            return Ok(Self { scheme, parameters: Parameters::None });
        }
        if !scan.spaces() {
            return Err(HeaderError::Malformed);
        }
        if scan.at_end() {
            return Ok(Self { scheme, parameters: Parameters::None });
        }
        let mut ahead = scan;
        if let Ok(token) = ahead.token68() {
            ahead.white_space();
            if ahead.at_end() {
                return Ok(Self { scheme, parameters: Parameters::Token68(token) });
            }
        }
        let mut named = Vec::with_capacity(8);
        loop {
            // A recipient reads and ignores empty list elements (RFC 9110 section 5.6.1.2).
            while scan.white_space() || scan.eat(',') {}
            if scan.at_end() {
                break;
            }
            push_unique(&mut named, scan.parameter()?)?;
            scan.white_space();
            if !scan.at_end() && !scan.eat(',') {
                return Err(HeaderError::Malformed);
            }
        }
        let parameters = if named.is_empty() { Parameters::None } else { Parameters::Named(named) };
        Ok(Self { scheme, parameters })
    }
}

/// The scheme alone, for a look before the rest is read.
pub fn scheme_of(value: &str) -> &str {
    value.split([' ', '\t', ',']).next().unwrap_or_default()
}

/// The token of `Authorization: Bearer b64token` (RFC 6750 section 2.1), or `None` when the scheme is another.
///
/// # Errors
/// [`HeaderError::Malformed`] when what follows the scheme is not one `token68`.
pub fn bearer(value: &str) -> Result<Option<&str>, HeaderError> {
    token("Bearer", value)
}

/// The token that follows this scheme, or `None` when the scheme is another.
///
/// # Errors
/// As for [`bearer`].
pub fn token<'a>(scheme: &str, value: &'a str) -> Result<Option<&'a str>, HeaderError> {
    if value.len() > MAX_HEADER_BYTES {
        return Err(HeaderError::TooLarge);
    }
    let (named, rest) = value.split_at_checked(scheme.len()).unwrap_or_default();
    if !named.eq_ignore_ascii_case(scheme) || !scheme_of(rest).is_empty() {
        return Ok(None);
    }
    match Credentials::parse(value)?.parameters {
        Parameters::Token68(token) => Ok(Some(token)),
        Parameters::None | Parameters::Named(_) => Err(HeaderError::Malformed),
    }
}

pub(super) fn push_unique<'a>(
    named: &mut Vec<(&'a str, Cow<'a, str>)>,
    parameter: (&'a str, Cow<'a, str>),
) -> Result<(), HeaderError> {
    if named.len() == MAX_PARAMETERS {
        return Err(HeaderError::TooLarge);
    }
    if named.iter().any(|(name, _)| name.eq_ignore_ascii_case(parameter.0)) {
        return Err(HeaderError::Repeated);
    }
    named.push(parameter);
    Ok(())
}

/// Credentials are secret: only the scheme is shown.
impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Parameters<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Token68(_) => "Token68(..)",
            Self::Named(_) => "Named(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(value: &str) -> Vec<(&str, Cow<'_, str>)> {
        match Credentials::parse(value).unwrap().parameters {
            Parameters::Named(named) => named,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn parameters_may_be_quoted_or_plain_and_spaced() {
        let read = named(r#"OAuth realm="a \"b\", c" , k = v,, x="" "#);
        assert_eq!(read, [("realm", "a \"b\", c".into()), ("k", "v".into()), ("x", "".into())]);
    }

    #[test]
    fn padding_is_no_parameter() {
        for (value, token) in [("Basic YQ==", "YQ=="), ("Bearer a~+/._-", "a~+/._-"), ("B  abc  ", "abc")] {
            assert!(Credentials::parse(value).unwrap().parameters == Parameters::Token68(token), "{value}");
        }
        assert!(named("OAuth a=b") == [("a", "b".into())]);
    }

    #[test]
    fn what_is_not_in_the_grammar_is_refused() {
        for value in [
            "",
            " Basic a",
            "Basic\ta",
            "OAuth a=\"b",
            "OAuth a=\"b\\",
            "OAuth a b=c",
            "OAuth a=b c=d",
            "B @",
            "é a",
        ] {
            assert_eq!(Credentials::parse(value), Err(HeaderError::Malformed), "{value}");
        }
        assert_eq!(Credentials::parse("OAuth a=b, A=b"), Err(HeaderError::Repeated));
        assert_eq!(Credentials::parse(&"a".repeat(MAX_HEADER_BYTES + 1)), Err(HeaderError::TooLarge));
        let many: String = (0..=MAX_PARAMETERS).map(|i| format!("p{i}=1,")).collect();
        assert_eq!(Credentials::parse(&format!("OAuth {many}")), Err(HeaderError::TooLarge));
    }

    #[test]
    fn credentials_do_not_print() {
        assert!(!format!("{:?}", Credentials::parse("Bearer hunter2").unwrap()).contains("hunter2"));
        assert!(!format!("{:?}", Credentials::parse("OAuth k=\"hunter2\"").unwrap()).contains("hunter2"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_parses_or_is_refused(text in "[ -~\t\u{80}-\u{ff}]{0,60}") {
            let _ = Credentials::parse(&text);
            let _ = bearer(&text);
        }
    }
}
