//! The protected resource (RFC 5849 section 3).
