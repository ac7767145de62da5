//! The page with a code to carry to the application (RFC 5849 section 2.2, `oob`).

use maud::{Markup, html};
use oauth_sansio::Secret;

use super::layout;
use crate::strings::Strings;

/// Shows the code; one of digits in groups, which only look apart: what is copied is the code.
pub(crate) fn verifier(strings: &Strings, verifier: &Secret) -> Markup {
    let main = html! {
        h1 { (strings.verifier_title) }
        p { (strings.verifier_what) }
        p { code.code { @for group in groups(verifier.expose()) { span { (group) } } } }
        p { (strings.verifier_care) }
    };
    layout(strings, strings.verifier_title, main)
}

/// Three digits or four at a time, as they are read out; anything else stays whole.
fn groups(code: &str) -> impl Iterator<Item = &str> {
    let size = match code.len() {
        length if !code.bytes().all(|byte| byte.is_ascii_digit()) => length,
        length if length % 3 == 0 => 3,
        _ => 4,
    };
    (0..code.len()).step_by(size.max(1)).filter_map(move |start| {
        let rest = code.get(start..)?;
        rest.get(..size).or(Some(rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_shown_in_groups_and_a_long_code_whole() {
        for (code, shown) in [
            ("123456", "123 456"),
            ("1234567", "1234 567"),
            ("12345678", "1234 5678"),
            ("123456789", "123 456 789"),
            ("1234567890", "1234 5678 90"),
            ("123456789012", "123 456 789 012"),
            ("mK4-_x", "mK4-_x"),
            ("é12", "é12"),
            ("", ""),
        ] {
            assert_eq!(groups(code).collect::<Vec<_>>().join(" "), shown);
        }
    }

    #[test]
    fn the_groups_of_a_pin_are_no_part_of_its_text() {
        let page = verifier(&crate::strings::ENGLISH, &Secret::new("12345678")).into_string();
        assert!(page.contains(r#"<code class="code"><span>1234</span><span>5678</span></code>"#), "{page}");
    }
}
