//! What the command line says to people: results to standard output, progress and errors to standard error.

use std::io::Write;

/// A line of the result. Where nobody reads on (`| head`), nothing is left to say.
pub fn line(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout(), "{}", text.as_ref());
}

/// A line about what is going on.
pub fn note(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr(), "{}", text.as_ref());
}

/// Why it could not be done.
pub fn error(text: &str) {
    note(format!("liangdi: {text}"));
}

/// Rows under a header, columns as wide as they need to be.
pub fn table(header: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([header[column].len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let join = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    line(join(&mut header.iter().copied()));
    for row in rows {
        line(join(&mut row.iter().map(String::as_str)));
    }
}
