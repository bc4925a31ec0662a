//! In which county people have their household register and in which they live, as far as both sides know of it: the
//! greatest flows from county to county, and all of them from prefecture to prefecture.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use liangdi_domain::division::{Code, Divisions, Level};
use liangdi_store::report::Movement;
use serde_json::{Value, json};

use crate::console::Console;
use crate::page::Page;
use crate::pages::operator::persons::{place_if, short};
use crate::problem::Problem;

/// Flows that are shown one by one.
const SHOWN_MAX: usize = 20;
/// Flows that are counted for the matrix: a province has some hundred counties.
const COUNTED_MAX: u32 = 20_000;
/// Shades of a cell.
const SHADES: f64 = 5.0;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/cases/movements", get(list))
}

struct Row {
    from: String,
    to: String,
    stays: i64,
}

/// A row of the matrix.
struct MatrixRow {
    name: String,
    cells: Vec<Cell>,
    all: i64,
}

struct Cell {
    stays: i64,
    /// How dark it is; 0 for none.
    shade: u8,
}

/// From prefecture to prefecture.
struct Matrix {
    names: Vec<String>,
    rows: Vec<MatrixRow>,
    sums: Vec<i64>,
    all: i64,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/movements.html")]
struct List {
    page: Page,
    rows: Vec<Row>,
    /// The longest bar.
    most: i64,
    /// The same flows for the chart.
    figures: String,
    matrix: Matrix,
    counted_max: u32,
    is_unfinished: bool,
}

async fn list(State(console): State<Console>, page: Page) -> Result<List, Problem> {
    let found = console.store.movements(COUNTED_MAX).await?;
    let divisions = console.divisions;
    let shown = &found[..found.len().min(SHOWN_MAX)];
    let row = |found: &Movement| Row {
        from: place_if(divisions, &found.from),
        to: place_if(divisions, &found.to),
        stays: found.stays,
    };
    Ok(List {
        rows: shown.iter().map(row).collect(),
        most: found.first().map(|row| row.stays).unwrap_or_default(),
        figures: figures(divisions, shown).to_string(),
        matrix: matrix(divisions, &found),
        counted_max: COUNTED_MAX,
        is_unfinished: found.len() == COUNTED_MAX as usize,
        page,
    })
}

fn figures(divisions: &Divisions, shown: &[Movement]) -> Value {
    let name = |text: &String| text.parse().map_or_else(|_| text.clone(), |code| short(divisions, code));
    let names: BTreeMap<&String, String> =
        shown.iter().flat_map(|row| [&row.from, &row.to]).map(|code| (code, name(code))).collect();
    let link = |row: &Movement| json!({"from": row.from, "to": row.to, "stays": row.stays});
    json!({"names": names, "links": shown.iter().map(link).collect::<Vec<_>>()})
}

fn matrix(divisions: &Divisions, found: &[Movement]) -> Matrix {
    let mut stays: BTreeMap<(Code, Code), i64> = BTreeMap::new();
    for row in found {
        if let (Some(from), Some(to)) = (prefecture(&row.from), prefecture(&row.to)) {
            *stays.entry((from, to)).or_default() += row.stays;
        }
    }
    let columns: BTreeSet<Code> = stays.keys().map(|(_, to)| *to).collect();
    let from: BTreeSet<Code> = stays.keys().map(|(from, _)| *from).collect();
    let most = stays.values().copied().max().unwrap_or_default();
    let cell = |from: Code, to: Code| {
        let stays = stays.get(&(from, to)).copied().unwrap_or_default();
        Cell { stays, shade: shade(stays, most) }
    };
    let row = |from: &Code| {
        let cells: Vec<Cell> = columns.iter().map(|to| cell(*from, *to)).collect();
        MatrixRow { name: short(divisions, *from), all: cells.iter().map(|cell| cell.stays).sum(), cells }
    };
    let rows: Vec<MatrixRow> = from.iter().map(row).collect();
    Matrix {
        names: columns.iter().map(|code| short(divisions, *code)).collect(),
        sums: (0..columns.len()).map(|at| rows.iter().map(|row| row.cells[at].stays).sum()).collect(),
        all: stays.values().sum(),
        rows,
    }
}

/// The prefecture of a county's code; another province stands for itself.
fn prefecture(text: &str) -> Option<Code> {
    let code: Code = text.parse().ok()?;
    Some(if code.level() == Level::Province { code } else { code.prefecture()? })
}

/// By the root: a few large flows would leave everything else white.
fn shade(stays: i64, most: i64) -> u8 {
    if stays <= 0 {
        return 0;
    }
    let part = stays as f64 / most.max(1) as f64;
    (part.sqrt() * SHADES).ceil().clamp(1.0, SHADES) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(from: &str, to: &str, stays: i64) -> Movement {
        Movement { from: from.to_owned(), to: to.to_owned(), stays }
    }

    #[test]
    fn counties_are_summed_by_prefecture_and_another_province_stands_for_itself() {
        let found = [
            moved("321322", "320583", 90),
            moved("340000", "320583", 20),
            moved("321323", "320506", 10),
            moved("321322", "320102", 4),
            moved("321300", "320102", 1),
        ];
        let matrix = matrix(Divisions::shipped(), &found);
        assert_eq!(matrix.names, ["南京市", "苏州市"]);
        let rows: Vec<(&str, Vec<i64>, i64)> = matrix
            .rows
            .iter()
            .map(|row| (row.name.as_str(), row.cells.iter().map(|cell| cell.stays).collect(), row.all))
            .collect();
        assert_eq!(rows, [("宿迁市", vec![5, 100], 105), ("安徽省", vec![0, 20], 20)]);
        assert_eq!((matrix.sums, matrix.all), (vec![5, 120], 125));
        assert_eq!([shade(0, 100), shade(1, 100), shade(20, 100), shade(100, 100)], [0, 1, 3, 5]);
    }

    #[test]
    fn a_county_on_both_sides_is_named_once_for_the_chart() {
        let figures = figures(Divisions::shipped(), &[moved("321322", "320583", 9), moved("320583", "321322", 2)]);
        assert_eq!(figures["names"], json!({"320583": "苏州市昆山市", "321322": "宿迁市沭阳县"}));
        assert_eq!(figures["links"][1], json!({"from": "320583", "to": "321322", "stays": 2}));
    }
}
