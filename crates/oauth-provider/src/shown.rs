//! Text from outside, made fit to be read: names that were chosen to deceive look like what they are.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, Script};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Marks that may stack on one letter. Living languages need up to four; more would draw over the lines around.
const MARKS: usize = 4;

/// The text without what cannot be seen, and no longer than `longest` characters.
///
/// Dropped are control characters, those that turn the direction of text around, fillers and other invisible ones;
/// white space of any kind becomes one space.
pub(crate) fn shown(text: &str, longest: usize) -> String {
    let mut out = String::with_capacity(text.len().min(longest * 4));
    let (mut length, mut marks) = (0, 0);
    for c in text.chars() {
        let c = if c.is_whitespace() { ' ' } else { c };
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if is_invisible(c) || marks > MARKS || (c == ' ' && (out.is_empty() || out.ends_with(' '))) {
            continue;
        }
        if length == longest {
            out.truncate(out.trim_end().len());
            out.push('…');
            return out;
        }
        out.push(c);
        length += 1;
    }
    out.truncate(out.trim_end().len());
    out
}

/// Whether a word mixes letters of different alphabets, as `pаypal` with a Cyrillic `а` does (UTS #39 section 5.1).
///
/// The scripts of Chinese, Japanese and Korean stand beside each other and beside Latin in honest words.
pub(crate) fn mixes_alphabets(text: &str) -> bool {
    text.split(|c: char| !c.is_alphabetic()).any(|word| {
        let mut scripts = word.chars().filter_map(alphabet);
        let first = scripts.next();
        scripts.any(|script| Some(script) != first)
    })
}

fn alphabet(c: char) -> Option<Script> {
    match CodePointMapData::<Script>::new().get(c) {
        Script::Common | Script::Inherited => None,
        Script::Han | Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo => None,
        script => Some(script),
    }
}

fn is_mark(c: char) -> bool {
    GeneralCategoryGroup::Mark.contains(category(c))
}

/// U+2800 is a pattern of no dots: visible by its category, blank to the eye.
fn is_invisible(c: char) -> bool {
    GeneralCategoryGroup::Other.contains(category(c))
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || c == '\u{2800}'
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a24_what_cannot_be_seen_or_turns_text_around_is_dropped() {
        for (hostile, plain) in [
            ("Good\u{202e}moc.live\u{202c}", "Goodmoc.live"),
            ("\u{2066}\u{2067}\u{2068}Pho\u{2069}tos\u{200f}\u{061c}", "Photos"),
            ("Pho\u{200b}\u{200d}\u{feff}\u{ad}tos", "Photos"),
            ("Photos\u{0}\u{1b}[2J\u{7f}\u{9b}", "Photos[2J"),
            ("Photos\u{3164}\u{115f}\u{2800}\u{ffa0}\u{e0041}\u{fe0f}", "Photos"),
            ("  Photos\r\n\u{2028}\u{a0}\u{3000}\tand more  ", "Photos and more"),
            ("\u{202e}\u{200b} ", ""),
            ("Fotos für Zoë, 写真, صور", "Fotos für Zoë, 写真, صور"),
        ] {
            assert_eq!(shown(hostile, 60), plain, "{hostile:?}");
        }
    }

    #[test]
    fn a24_marks_do_not_tower_over_other_lines() {
        let tower = format!("Z{}ed", "\u{0301}".repeat(500));
        assert_eq!(shown(&tower, 60), format!("Z{}ed", "\u{0301}".repeat(MARKS)));
    }

    #[test]
    fn absurd_lengths_are_cut() {
        assert_eq!(shown("abc", 3), "abc");
        assert_eq!(shown("abcd", 3), "abc…");
        assert_eq!(shown("ab cd", 3), "ab…");
        assert_eq!(shown(&"写".repeat(100_000), 60).chars().count(), 61);
    }

    #[test]
    fn a24_words_of_two_alphabets_are_noticed() {
        for fake in ["p\u{430}ypal", "Micr\u{43e}soft Photos", "\u{391}pple", "Gith\u{57d}b"] {
            assert!(mixes_alphabets(fake), "{fake}");
        }
        for honest in
            ["Photos", "Фото Photos", "Фото", "写真アルバムの", "卡拉OK", "Zoë 42", "한국어 Photos", ""]
        {
            assert!(!mixes_alphabets(honest), "{honest}");
        }
    }

    #[test]
    fn any_text_becomes_one_line_of_bounded_length() {
        for code in 0..=0x0010_ffff_u32 {
            let Some(c) = char::from_u32(code) else { continue };
            let text = shown(&format!("a{c}b"), 60);
            assert!(
                text.starts_with('a') && text.ends_with('b') && !text.contains(char::is_control),
                "{code:x}"
            );
        }
    }
}
