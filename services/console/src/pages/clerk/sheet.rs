//! A spreadsheet of arrivals: CSV, or the first sheet of an Excel file. The first row names the columns, in Chinese or by
//! their path in the message; dates may be real ones.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

/// Rows of one file: a village's month is a fraction of it.
const ROWS_MAX: usize = 1_000;

/// How an Excel file begins: it is a ZIP archive.
const ZIP: &[u8] = b"PK\x03\x04";

/// The columns of the file that is offered to be filled in.
pub(super) const HEADER: [(&str, &str); 9] = [
    ("姓名", "person.name"),
    ("证件号码", "person.id_number"),
    ("性别", "person.sex"),
    ("出生日期", "person.birth_date"),
    ("联系电话", "person.phone"),
    ("现住地址", "residence.address"),
    ("来本地日期", "since"),
    ("来本地原因", "reason"),
    ("户籍地区划代码", "household.division"),
];

/// Words that people write for the contract's.
const WORDS: [(&str, &str); 14] = [
    ("男", "1"),
    ("女", "2"),
    ("务工", "work"),
    ("工作", "work"),
    ("经商", "business"),
    ("投亲", "family"),
    ("随迁", "family"),
    ("上学", "study"),
    ("学习", "study"),
    ("培训", "training"),
    ("就医", "medical"),
    ("探亲", "visit"),
    ("旅游", "tourism"),
    ("其他", "other"),
];

/// The rows that hold anything, each with its number as the spreadsheet shows it.
pub(super) struct Sheet {
    pub(super) rows: Vec<(usize, BTreeMap<String, String>)>,
}

/// Reads a file; what is wrong with it as a whole is the key of a text.
pub(super) fn read(bytes: &[u8]) -> Result<Sheet, &'static str> {
    let table = if bytes.starts_with(ZIP) { excel(bytes)? } else { csv(bytes)? };
    let mut rows = table.into_iter();
    let columns: Vec<Option<&str>> = rows.next().unwrap_or_default().iter().map(|name| column(name)).collect();
    if columns.iter().all(Option::is_none) {
        return Err("entry.village.no-columns");
    }
    let mut read = Vec::new();
    for (index, cells) in rows.enumerate() {
        let named = columns.iter().zip(cells).filter_map(|(column, cell)| Some(((*column)?.to_owned(), word(&cell))));
        let values: BTreeMap<String, String> = named.filter(|(_, value)| !value.is_empty()).collect();
        if !values.is_empty() {
            read.push((index + 2, values));
        }
        if read.len() > ROWS_MAX {
            return Err("entry.village.too-many-rows");
        }
    }
    if read.is_empty() { Err("entry.village.no-rows") } else { Ok(Sheet { rows: read }) }
}

fn column(name: &str) -> Option<&'static str> {
    let name = name.trim().trim_start_matches('\u{feff}');
    HEADER.iter().find(|(chinese, path)| *chinese == name || *path == name).map(|(_, path)| *path)
}

fn word(cell: &str) -> String {
    let cell = cell.trim();
    WORDS.iter().find(|(written, _)| *written == cell).map_or(cell, |(_, word)| word).to_owned()
}

fn csv(bytes: &[u8]) -> Result<Vec<Vec<String>>, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "entry.village.not-utf8")?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let rows = reader.records().take(ROWS_MAX + 2);
    rows.map(|row| row.map(|row| row.iter().map(str::to_owned).collect()))
        .collect::<Result<_, _>>()
        .map_err(|_| "entry.village.unreadable")
}

fn excel(bytes: &[u8]) -> Result<Vec<Vec<String>>, &'static str> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| "entry.village.unreadable")?;
    let sheet = book.worksheet_range_at(0).ok_or("entry.village.no-rows")?.map_err(|_| "entry.village.unreadable")?;
    // Empty rows above the first filled one are not in the range.
    let above = sheet.start().map_or(0, |(row, _)| row as usize);
    let blank = std::iter::repeat_n(Vec::new(), above);
    Ok(blank.chain(sheet.rows().take(ROWS_MAX + 2).map(|row| row.iter().map(cell).collect())).collect())
}

fn cell(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        // A number that was typed as one: an identity number of 18 digits is no longer what it was, and is refused as such.
        Data::Float(number) => format!("{number:.0}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_file_is_read_by_its_columns_with_the_row_numbers_of_the_spreadsheet() {
        let text = "\u{feff}姓名,性别,备注,since\r\n虚构甲,男,x,2026-03-01\r\n,,,\r\n虚构乙,女,,2026/3/2\r\n";
        let sheet = read(text.as_bytes()).unwrap();
        assert_eq!(sheet.rows.len(), 2);
        let (number, values) = &sheet.rows[1];
        assert_eq!((*number, &*values["person.name"], &*values["person.sex"]), (4, "虚构乙", "2"));
        assert!(!values.contains_key("备注"), "a column of another name is not ours");
    }

    #[test]
    fn what_is_no_spreadsheet_is_named() {
        let fault = |bytes: &[u8]| read(bytes).err();
        assert_eq!(fault(b""), Some("entry.village.no-columns"));
        assert_eq!(fault("你好\n".as_bytes()), Some("entry.village.no-columns"));
        assert_eq!(fault("姓名\n".as_bytes()), Some("entry.village.no-rows"));
        assert_eq!(fault(b"\xd0\xd5\xc3\xfb\n"), Some("entry.village.not-utf8"));
        assert_eq!(fault(b"PK\x03\x04 but no archive"), Some("entry.village.unreadable"));
        let many = format!("姓名\n{}", "虚构\n".repeat(ROWS_MAX + 1));
        assert_eq!(fault(many.as_bytes()), Some("entry.village.too-many-rows"));
    }
}
