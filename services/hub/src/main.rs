//! The binary `liangdi`.

fn main() {}
