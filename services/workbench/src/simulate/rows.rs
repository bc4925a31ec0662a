//! Reads the embedded CSV tables.

use anyhow::{Context, Result};
use liangdi_domain::division::Code;

/// A line of one of the embedded tables.
pub(super) struct Row(csv::StringRecord);

impl Row {
    /// A column's text.
    pub(super) fn text(&self, column: usize) -> &str {
        self.0.get(column).unwrap_or_default()
    }

    /// A column that holds a division code.
    pub(super) fn code(&self, column: usize) -> Result<Code> {
        let text = self.text(column);
        text.parse().with_context(|| format!("division code in column {column}: {text}"))
    }

    /// A column that holds one character.
    pub(super) fn character(&self, column: usize) -> Result<char> {
        self.text(column).chars().next().with_context(|| format!("no character in column {column}"))
    }

    /// A decimal number in units of 1 / `scale`.
    pub(super) fn scaled(&self, column: usize, scale: f64) -> Result<u32> {
        let value: f64 = self.text(column).parse().with_context(|| format!("no number in column {column}"))?;
        Ok((value * scale).round() as u32)
    }
}

/// Every line but the header.
pub(super) fn rows(table: &'static str) -> impl Iterator<Item = Result<Row>> {
    let reader = csv::Reader::from_reader(table.as_bytes());
    reader.into_records().map(|record| Ok(Row(record.context("an embedded table is no CSV")?)))
}
