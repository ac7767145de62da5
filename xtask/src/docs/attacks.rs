//! Every known attack is answered by a test that carries its number, or is listed as not yet answered.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    markdown::{Document, Row, Table},
    test_index::TestIndex,
};

/// (letter, how many): A01 to A32 and so on.
const ATTACKS: [(char, u8); 14] = [
    ('A', 32),
    ('P', 18),
    ('K', 24),
    ('G', 14),
    ('R', 11),
    ('N', 25),
    ('D', 22),
    ('V', 12),
    ('S', 20),
    ('X', 19),
    ('J', 18),
    ('L', 33),
    ('O', 37),
    ('Z', 12),
];

pub(super) fn check(document: &Document, tests: &TestIndex) -> Vec<String> {
    let known: BTreeSet<String> =
        ATTACKS.iter().flat_map(|(c, n)| (1..=*n).map(move |i| format!("{c}{i:02}"))).collect();
    let place = |line: usize| format!("{}:{line}", document.path.display());
    let mut complaints = Vec::new();
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for (table, row) in
        document.tables.iter().flat_map(|table| table.rows.iter().map(move |row| (table, row)))
    {
        let Some(id) = cell(table, row, "id") else { continue };
        let id = id.text.trim();
        *rows.entry(id).or_default() += 1;
        if !known.contains(id) {
            complaints.push(format!("{}: no attack has the id {id}", place(row.line)));
        }
        let tests = cell(table, row, "test");
        named.extend(tests.iter().flat_map(|cell| &cell.codes).map(|path| last_segment(path)));
        let open = cell(table, row, "missing").is_some_and(|cell| !cell.text.trim().is_empty());
        let answered =
            tests.is_some_and(|cell| cell.codes.iter().any(|path| carries(last_segment(path), id)));
        if !open && !answered {
            complaints.push(format!(
                "{}: no test of {id} carries its number, nor is said what is missing",
                place(row.line)
            ));
        }
    }
    for id in &known {
        match rows.get(id.as_str()) {
            None => complaints.push(format!("{}: {id} has no row", document.path.display())),
            Some(1) => {}
            Some(count) => complaints.push(format!("{}: {id} has {count} rows", document.path.display())),
        }
    }
    let forgotten = tests.names().filter(|name| {
        known.iter().any(|id| name.starts_with(&format!("{}_", id.to_lowercase()))) && !named.contains(name)
    });
    complaints
        .extend(forgotten.map(|name| format!("{}: the test `{name}` is not named", document.path.display())));
    complaints
}

fn cell<'a>(table: &Table, row: &'a Row, title: &str) -> Option<&'a super::markdown::Cell> {
    row.cells.get(table.column(title)?)
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// Whether a test name has the id among its words, as in `a06_errors_are_not_redirected`.
fn carries(test: &str, id: &str) -> bool {
    test.split('_').any(|word| word.eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// A document with every attack, each not yet answered, but for `change`.
    fn complaints(change: impl Fn(&str) -> Option<String>, tests: &str) -> Vec<String> {
        let mut text = String::from("| id | attack | test | missing |\n|---|---|---|---|\n");
        for (letter, count) in ATTACKS {
            for number in 1..=count {
                let id = format!("{letter}{number:02}");
                let row = change(&id).unwrap_or_else(|| format!("| {id} | x | | later |\n"));
                text.push_str(&row);
            }
        }
        let mut index = TestIndex::default();
        index.add(vec!["c".into()], tests).unwrap();
        check(&Document::parse(Path::new("a.md"), &text), &index)
    }

    fn at(wanted: &'static str, row: &'static str) -> impl Fn(&str) -> Option<String> {
        move |id| (id == wanted).then(|| format!("{row}\n"))
    }

    #[test]
    fn an_attack_is_answered_by_its_test_or_open_with_a_reason() {
        assert_eq!(complaints(|_| None, ""), Vec::<String>::new());
        let answered = at("A06", "| A06 | x | `c::a06_stays_here` | |");
        assert_eq!(complaints(answered, "#[test] fn a06_stays_here() {}"), Vec::<String>::new());
    }

    #[test]
    fn gaps_repeats_and_foreign_numbers_are_named() {
        let silent = complaints(at("A06", "| A06 | x | | |"), "");
        assert!(silent[0].contains("no test of A06"), "{silent:?}");
        let wrong_number = complaints(at("A06", "| A06 | x | `a07_y` | |"), "#[test] fn a07_y() {}");
        assert!(wrong_number[0].contains("no test of A06"), "{wrong_number:?}");
        assert!(complaints(at("A06", ""), "")[0].contains("A06 has no row"));
        assert!(complaints(at("A06", "| A06 | x | | y |\n| A06 | x | | y |"), "")[0].contains("2 rows"));
        assert!(complaints(at("A06", "| A06 | x | | y |\n| A99 | x | | y |"), "")[0].contains("A99"));
    }

    #[test]
    fn a_test_with_a_number_must_be_named() {
        let complaints = complaints(|_| None, "#[test] fn z03_linear() {} #[test] fn z99_other() {}");
        assert_eq!(complaints, ["a.md: the test `z03_linear` is not named"]);
    }
}
