//! What the style sheet promises to eyes and fingers.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

const STYLE: &str = include_str!("../src/views/style.css");

/// The colours of the light theme and, over them, of the dark one.
fn themes() -> [BTreeMap<&'static str, [f64; 3]>; 2] {
    let mut blocks = STYLE.split(":root {").skip(1).map(|rest| rest.split('}').next().unwrap());
    let light = colours(blocks.next().unwrap());
    let mut dark = light.clone();
    dark.extend(colours(blocks.next().unwrap()));
    assert_eq!(dark.len(), light.len(), "both themes name the same colours");
    [light, dark]
}

fn colours(block: &'static str) -> BTreeMap<&'static str, [f64; 3]> {
    let lines = block.lines().filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"));
    let channel = |text: &str, i: usize| f64::from(u8::from_str_radix(&text[i..i + 2], 16).unwrap()) / 255.0;
    lines.map(|(name, hex)| (name, [0, 2, 4].map(|i| channel(hex, i)))).collect()
}

/// WCAG 2.2, relative luminance and contrast ratio.
fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    let luminance = |[r, g, b]: [f64; 3]| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn both_themes_have_the_contrast_of_wcag_aa() {
    for theme in themes() {
        for (text, back) in [
            ("text", "card"),
            ("text", "page"),
            ("quiet", "card"),
            ("accent", "card"),
            ("accent", "page"),
            ("on-accent", "accent"),
            ("error", "error-back"),
            ("error", "card"),
            ("warning", "warning-back"),
            ("done", "done-back"),
            ("done", "card"),
        ] {
            let ratio = contrast(theme[text], theme[back]);
            assert!(ratio >= 4.5, "{text} on {back}: {ratio:.2}");
        }
        // Edges of fields and buttons (success criterion 1.4.11).
        for back in ["card", "page"] {
            let ratio = contrast(theme["edge"], theme[back]);
            assert!(ratio >= 3.0, "edge on {back}: {ratio:.2}");
        }
    }
}

#[test]
fn fields_and_buttons_are_44_pixels_high_and_show_their_focus() {
    let rule = STYLE.lines().find(|line| line.starts_with("input, button {")).unwrap();
    assert!(rule.contains("min-height: 2.75rem"), "2.75 times 16 pixels");
    assert!(STYLE.contains(":focus-visible { outline: 3px solid"));
}
