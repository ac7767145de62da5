//! An address as a picture that a telephone reads (RFC 8628 section 3.3.1).

use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};
use url::Url;

/// The picture, two rows in a line of text; `None` for an address that is too long for a terminal.
pub(super) fn draw(url: &Url) -> Option<String> {
    /// Bytes of an address; more of them make a picture that is higher than most terminals.
    const MAX_BYTES: usize = 256;
    if url.as_str().len() > MAX_BYTES {
        return None;
    }
    let code = QrCode::with_error_correction_level(url.as_str(), EcLevel::L).ok()?;
    let mut picture = code.render::<Dense1x2>();
    // Terminals are dark more often than not: what is drawn is the light of the picture.
    picture.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).quiet_zone(true);
    Some(picture.build())
}
