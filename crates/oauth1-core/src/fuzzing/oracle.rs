//! The base string of RFC 5849 section 3.4.1 in the plainest way: decode, encode, sort, join. It shares no code with
//! the one that is used.

/// The base string, or nothing when a `%` is astray.
pub(super) fn base_string(
    method: &str,
    origin: &str,
    path: &str,
    forms: &[&[u8]],
    others: &[(&str, &str)],
) -> Option<String> {
    let mut parameters = Vec::new();
    for form in forms {
        for piece in form.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty()) {
            let at = piece.iter().position(|byte| *byte == b'=');
            let (name, value) = match at {
                Some(at) => (piece.get(..at)?, piece.get(at + 1..)?),
                None => (piece, &[][..]),
            };
            parameters.push((decode(name)?, decode(value)?));
        }
    }
    parameters
        .extend(others.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())));
    parameters.retain(|(name, _)| name != b"oauth_signature");
    let mut encoded: Vec<(String, String)> =
        parameters.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    encoded.sort();
    let joined: Vec<String> = encoded.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let path = if path.is_empty() { "/" } else { path };
    let parts = [method.to_uppercase(), format!("{origin}{path}"), joined.join("&")];
    Some(parts.map(|part| encode(part.as_bytes())).join("&"))
}

fn encode(octets: &[u8]) -> String {
    let unreserved = |octet: &u8| octet.is_ascii_alphanumeric() || b"-._~".contains(octet);
    octets
        .iter()
        .map(|octet| match unreserved(octet) {
            true => char::from(*octet).to_string(),
            false => format!("%{octet:02X}"),
        })
        .collect()
}

fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        at += 1;
        octets.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits =
                    text.get(at..at + 2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
                at += 2;
                u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?
            }
            other => *other,
        });
    }
    Some(octets)
}
