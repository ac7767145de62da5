//! The parts of a Markdown file that the checks look at.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A parsed file.
pub(super) struct Document {
    /// Relative to the root of the workspace.
    pub(super) path: PathBuf,
    pub(super) links: Vec<Link>,
    pub(super) anchors: BTreeSet<String>,
    pub(super) tables: Vec<Table>,
}

/// A link or an image.
pub(super) struct Link {
    pub(super) line: usize,
    pub(super) target: String,
}

/// A table; the first row is its header.
#[derive(Default)]
pub(super) struct Table {
    header: Vec<Cell>,
    pub(super) rows: Vec<Row>,
}

pub(super) struct Row {
    pub(super) line: usize,
    pub(super) cells: Vec<Cell>,
}

/// The text of a cell, and what stands in backticks in it.
#[derive(Default)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) codes: Vec<String>,
}

impl Table {
    /// The index of the column with this title.
    pub(super) fn column(&self, title: &str) -> Option<usize> {
        self.header.iter().position(|cell| cell.text.trim().eq_ignore_ascii_case(title))
    }
}

impl Document {
    pub(super) fn parse(path: &Path, text: &str) -> Self {
        let mut reader = Reader::new(path);
        for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            reader.line = 1 + text[..range.start].matches('\n').count();
            reader.read(event);
        }
        reader.document
    }
}

struct Reader {
    document: Document,
    line: usize,
    heading: Option<String>,
    slugs: BTreeMap<String, usize>,
    row: Vec<Cell>,
    cell: Option<Cell>,
}

impl Reader {
    fn new(path: &Path) -> Self {
        let document = Document {
            path: path.to_owned(),
            links: Vec::new(),
            anchors: BTreeSet::new(),
            tables: Vec::new(),
        };
        Self { document, line: 1, heading: None, slugs: BTreeMap::new(), row: Vec::new(), cell: None }
    }

    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                self.document.links.push(Link { line: self.line, target: dest_url.into_string() });
            }
            Event::Start(Tag::Heading { .. }) => self.heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => self.end_heading(),
            Event::Start(Tag::Table(_)) => self.document.tables.push(Table::default()),
            Event::Start(Tag::TableCell) => self.cell = Some(Cell::default()),
            Event::End(TagEnd::TableCell) => self.row.extend(self.cell.take()),
            Event::End(TagEnd::TableHead) => {
                if let Some(table) = self.document.tables.last_mut() {
                    table.header = std::mem::take(&mut self.row);
                }
            }
            Event::End(TagEnd::TableRow) => {
                if let Some(table) = self.document.tables.last_mut() {
                    table.rows.push(Row { line: self.line, cells: std::mem::take(&mut self.row) });
                }
            }
            Event::Code(code) => {
                self.text(&code);
                if let Some(cell) = &mut self.cell {
                    cell.codes.push(code.into_string());
                }
            }
            Event::Text(text) => self.text(&text),
            Event::SoftBreak | Event::HardBreak => self.text(" "),
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(heading) = &mut self.heading {
            heading.push_str(text);
        }
        if let Some(cell) = &mut self.cell {
            cell.text.push_str(text);
        }
    }

    fn html(&mut self, html: &str) {
        let after = html.split("id=\"").skip(1);
        self.document.anchors.extend(after.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
    }

    /// A heading's anchor is its text in lower case without punctuation, spaces as dashes; a second one is counted.
    fn end_heading(&mut self) {
        let text = self.heading.take().unwrap_or_default().to_lowercase();
        let kept = text.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let slug: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let earlier = self.slugs.entry(slug.clone()).or_default();
        self.document.anchors.insert(if *earlier == 0 { slug } else { format!("{slug}-{earlier}") });
        *earlier += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_become_anchors_as_forges_make_them() {
        let document = Document::parse(
            Path::new("a.md"),
            "# One `token` request, whole!\n## Again\n## Again\n<a id=\"by-hand\"></a>\n",
        );
        let anchors: Vec<&str> = document.anchors.iter().map(String::as_str).collect();
        assert_eq!(anchors, ["again", "again-1", "by-hand", "one-token-request-whole"]);
    }

    #[test]
    fn tables_keep_lines_and_codes() {
        let document = Document::parse(
            Path::new("a.md"),
            "| id | Test |\n|---|---|\n| A01 | `x::y`, `z` |\n| A02 | |\n",
        );
        let table = &document.tables[0];
        assert_eq!(table.column("test"), Some(1));
        assert_eq!(table.rows[0].line, 3);
        assert_eq!(table.rows[0].cells[1].codes, ["x::y", "z"]);
        assert_eq!(table.rows[1].cells[0].text, "A02");
    }
}
