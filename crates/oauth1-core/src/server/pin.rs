//! A verifier of a few digits, for people who have to type it (RFC 5849 section 2.2).

use std::borrow::Cow;

use oauth_sansio::Entropy;
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// A verifier that is short enough to be typed on a remote control, and so short that guessing has to be counted. Whoever
/// can sign for the client has a chance of `tries` in ten to the power of `digits` for each authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pin {
    /// How long it is: 6 to 12 digits.
    pub digits: u8,
    /// How often it may be tried: 1 to 10 times. A try that takes the last one uses up the temporary credentials.
    pub tries: u8,
}

impl Pin {
    pub(super) fn check(self) -> Result<(), ConfigError> {
        let fits = (6..=12).contains(&self.digits) && (1..=10).contains(&self.tries);
        if fits { Ok(()) } else { Err(ConfigError::Pin) }
    }

    pub(super) fn draw(self, entropy: &mut Entropy) -> String {
        // What the remainder prefers, of 128 bits, is out of anybody's sight.
        let number = u128::from_be_bytes(entropy.bytes()) % 10_u128.pow(u32::from(self.digits));
        format!("{number:0width$}", width = usize::from(self.digits))
    }
}

impl Default for Pin {
    /// Eight digits, five tries.
    fn default() -> Self {
        Self { digits: 8, tries: 5 }
    }
}

/// The digits of a PIN that was typed as it is shown: in groups, or with a dash between them.
pub(super) fn typed(verifier: &str) -> Cow<'_, str> {
    let is_gap = |character| matches!(character, ' ' | '-');
    match verifier.contains(is_gap) && verifier.chars().all(|one| is_gap(one) || one.is_ascii_digit()) {
        true => verifier.replace(is_gap, "").into(),
        false => verifier.into(),
    }
}

#[cfg(test)]
mod tests {
    use oauth_sansio::{Moment, Timestamp};

    use super::*;

    #[test]
    fn o08_a_pin_is_neither_too_short_nor_tried_too_often() {
        for (digits, tries) in [(5, 5), (13, 5), (0, 1), (6, 0), (6, 11)] {
            assert_eq!(Pin { digits, tries }.check(), Err(ConfigError::Pin), "{digits} {tries}");
        }
        assert_eq!([Pin { digits: 6, tries: 1 }, Pin { digits: 12, tries: 10 }].map(Pin::check), [Ok(()); 2]);
    }

    #[test]
    fn groups_of_digits_are_typed_like_digits_and_nothing_else_is_touched() {
        for (written, read) in
            [("4071 8263", "40718263"), ("407-182-63 ", "40718263"), ("40718263", "40718263")]
        {
            assert_eq!(typed(written), read);
        }
        for other in ["hfdp7-dh39_dks9884", "a b", "", "4071\u{a0}8263"] {
            assert_eq!(typed(other), other);
        }
    }

    #[test]
    fn o08_every_digit_of_a_pin_is_as_likely_as_any_other() {
        for digits in 6..=12_u8 {
            let mut entropy = Moment::new(Timestamp::from_unix(0), [digits; 32]).entropy();
            let mut counts = [[0_u32; 10]; 12];
            for _ in 0..2000 {
                let pin = Pin { digits, tries: 1 }.draw(&mut entropy);
                assert_eq!(pin.len(), usize::from(digits));
                for (place, digit) in pin.bytes().enumerate() {
                    counts[place][usize::from(digit - b'0')] += 1;
                }
            }
            // 200 are expected, six deviations to either side are let pass.
            let likely = |count: &u32| (120..280).contains(count);
            assert!(counts[..usize::from(digits)].iter().flatten().all(likely), "{counts:?}");
        }
    }
}
