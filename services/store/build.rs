//! Builds again when a migration is added: the macro that embeds them does not watch their folder.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
