//! The files that pages load, out of the binary: a few of npm's, and our own. Their address holds a mark of their content,
//! so that browsers keep them for good.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "assets/"]
#[include = "own/*"]
#[include = "node_modules/@picocss/pico/css/pico.min.css"]
#[include = "node_modules/htmx.org/dist/htmx.min.js"]
#[include = "node_modules/echarts/dist/echarts.min.js"]
struct Files;

/// Address, file, media type. Another asset is a line here, and an `#[include]` if it is npm's.
const SERVED: [(&str, &str, &str); 9] = [
    ("pico.css", "node_modules/@picocss/pico/css/pico.min.css", CSS),
    ("htmx.js", "node_modules/htmx.org/dist/htmx.min.js", JAVASCRIPT),
    ("echarts.js", "node_modules/echarts/dist/echarts.min.js", JAVASCRIPT),
    ("liangdi.css", "own/liangdi.css", CSS),
    ("liangdi.js", "own/liangdi.js", JAVASCRIPT),
    ("charts.js", "own/charts.js", JAVASCRIPT),
    ("docs.css", "own/docs.css", CSS),
    ("operator.css", "own/operator.css", CSS),
    ("operator.js", "own/operator.js", JAVASCRIPT),
];

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Where a page finds a file.
pub(crate) fn address(name: &str) -> String {
    let file = SERVED.iter().find(|(served, ..)| *served == name).and_then(|(_, file, _)| Files::get(file));
    let mark = file.map(|file| file.metadata.sha256_hash()[..4].iter().map(|byte| format!("{byte:02x}")).collect());
    format!("/assets/{}/{name}", mark.unwrap_or_else(|| "none".to_owned()))
}

/// Serves one. The mark is only there to tell contents apart.
pub(crate) async fn serve(Path((_, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let served = SERVED.iter().find(|(served, ..)| *served == name);
    let (_, file, kind) = served.ok_or_else(Problem::not_found)?;
    let file = Files::get(file).ok_or_else(Problem::not_found)?;
    let headers = [(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, file.data).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_is_served_is_in_the_binary() {
        for (name, file, _) in SERVED {
            assert!(Files::get(file).is_some(), "{file}");
            assert!(!address(name).contains("none"));
        }
        assert!(address("no-such.js").contains("none"));
    }
}
