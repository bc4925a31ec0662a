//! The pages' assets come from npm: says by which command, instead of a riddle from the embedding macro.

use std::path::Path;

const NEEDED: [&str; 3] =
    ["@picocss/pico/css/pico.min.css", "htmx.org/dist/htmx.min.js", "echarts/dist/echarts.min.js"];

fn main() {
    let modules = Path::new("assets/node_modules");
    println!("cargo::rerun-if-changed=assets/package-lock.json");
    println!("cargo::rerun-if-changed=assets/own");
    println!("cargo::rerun-if-changed=texts");
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=../../schemas");
    for needed in NEEDED {
        println!("cargo::rerun-if-changed={}", modules.join(needed).display());
        if !modules.join(needed).exists() {
            println!(
                "cargo::error=services/console/assets/node_modules/{needed} is missing; fetch the pages' assets with: \
                 npm ci --prefix services/console/assets"
            );
        }
    }
}
