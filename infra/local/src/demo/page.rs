//! Writes to standard output: columns of a fixed width, and colours where they are shown and wanted.

use std::cell::Cell as StdCell;

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Row, Table, Width, presets};
use jiff::Timestamp;

use super::{
    day::Day,
    timeline::{Entry, Kind},
};
use crate::output::write;

/// The width if standard output is no terminal, and the most that is used of one.
const WIDEST: u16 = 120;

/// Narrower columns would break every other word.
const NARROWEST: u16 = 80;

/// The columns of the timeline that do not grow: time, person and calls to Brivo.
const FIXED: [u16; 3] = [10, 22, 33];

/// Standard output, as wide as it is.
#[derive(Debug)]
pub(crate) struct Page {
    width: u16,
    /// The instant of the last entry of the timeline.
    last: StdCell<Option<Timestamp>>,
}

impl Page {
    /// A page as wide as the terminal, within reason.
    pub(crate) fn new() -> Self {
        let width = Table::new().width().unwrap_or(WIDEST).clamp(NARROWEST, WIDEST);
        Self { width, last: StdCell::default() }
    }

    /// Writes a heading.
    pub(crate) fn heading(&self, text: &str) -> anyhow::Result<()> {
        write("")?;
        self.columns(&[self.width], vec![Row::from([bold(text)])])?;
        write("")
    }

    /// Writes one paragraph.
    pub(crate) fn paragraph(&self, text: &str) -> anyhow::Result<()> {
        self.columns(&[self.width], vec![Row::from([text])])
    }

    /// Writes what the columns of the timeline are.
    pub(crate) fn timeline_header(&self) -> anyhow::Result<()> {
        self.timeline(vec![Row::from(["time", "who", "what happened, and why", "calls to Brivo"].map(bold))])
    }

    /// Writes an entry of the timeline, set off from those of other instants.
    pub(crate) fn entry(&self, day: &Day, entry: &Entry) -> anyhow::Result<()> {
        if self.last.replace(Some(entry.at)) != Some(entry.at) {
            write("")?;
        }
        let mut calls = entry.calls.iter().map(String::as_str);
        let mut rows = vec![Row::from([
            dim(&day.clock_with_seconds(entry.at)),
            Cell::new(&entry.who),
            Cell::new(&entry.what).fg(colour(entry.kind)),
            dim(calls.next().unwrap_or_default()),
        ])];
        let rest = calls.collect::<Vec<_>>().join("\n");
        if !entry.why.is_empty() || !rest.is_empty() {
            rows.push(Row::from([Cell::new(""), Cell::new(""), Cell::new(&entry.why), dim(&rest)]));
        }
        self.timeline(rows)
    }

    /// Writes a table with borders.
    pub(crate) fn table(&self, header: &[&str], rows: Vec<Row>) -> anyhow::Result<()> {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED).enforce_styling();
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(self.width);
        table.set_header(header.iter().map(|name| bold(name)).collect::<Vec<_>>());
        table.add_rows(rows);
        write(&table.to_string())
    }

    fn timeline(&self, rows: Vec<Row>) -> anyhow::Result<()> {
        let [time, who, calls] = FIXED;
        let what = self.width.saturating_sub(FIXED.iter().sum());
        self.columns(&[time, who, what, calls], rows)
    }

    /// Writes columns of these widths, without borders.
    fn columns(&self, widths: &[u16], rows: Vec<Row>) -> anyhow::Result<()> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).enforce_styling();
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(self.width);
        table.add_rows(rows);
        table.set_constraints(widths.iter().map(|width| ColumnConstraint::Absolute(Width::Fixed(*width))));
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table.style_text_only();
        write(&table.trim_fmt())
    }
}

/// Words that stand out.
pub(crate) fn bold(text: &str) -> Cell {
    Cell::new(text).add_attribute(Attribute::Bold)
}

/// Words in the background.
fn dim(text: &str) -> Cell {
    if text.is_empty() { Cell::new(text) } else { Cell::new(text).add_attribute(Attribute::Dim) }
}

fn colour(kind: Kind) -> Color {
    match kind {
        Kind::Heard => Color::Cyan,
        Kind::Opens => Color::Green,
        Kind::Closes => Color::Yellow,
        Kind::Stays => Color::Blue,
        Kind::Called => Color::Reset,
    }
}
