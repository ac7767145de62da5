//! Whatever stands in backticks in the column "test" of a table is a test, or a file with a `/` in its name.

use super::{markdown::Document, test_index::TestIndex};
use crate::run;

pub(super) fn check(document: &Document, tests: &TestIndex) -> Vec<String> {
    let mut complaints = Vec::new();
    for table in &document.tables {
        let Some(column) = table.column("test") else { continue };
        for row in &table.rows {
            let codes = row.cells.get(column).into_iter().flat_map(|cell| &cell.codes);
            let missing = codes.filter(|name| !is_there(name, tests));
            complaints.extend(
                missing.map(|name| {
                    format!("{}:{}: there is no test `{name}`", document.path.display(), row.line)
                }),
            );
        }
    }
    complaints
}

fn is_there(name: &str, tests: &TestIndex) -> bool {
    if name.contains('/') { run::root().join(name).exists() } else { tests.has(name) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn only_tests_that_exist_may_be_named() {
        let mut tests = TestIndex::default();
        tests.add(vec!["oauth1_core".into()], "#[test] fn nonce_is_spent_once() {}").unwrap();
        let text = "| clause | Test |\n|---|---|\n\
                    | 3.3 `code` | `oauth1_core::nonce_is_spent_once`, `xtask/Cargo.toml` |\n\
                    | 3.4 | `nonce_is_spent_twice` and `xtask/none.rs` |\n";
        let complaints = check(&Document::parse(Path::new("docs/x.md"), text), &tests);
        assert_eq!(
            complaints,
            [
                "docs/x.md:4: there is no test `nonce_is_spent_twice`",
                "docs/x.md:4: there is no test `xtask/none.rs`",
            ]
        );
    }
}
