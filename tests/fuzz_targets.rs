//! The fuzz targets on a stable compiler: every input of the corpus, and as many that are made up from them. No target may
//! panic; whatever made one panic is kept in its corpus.

use std::path::{Path, PathBuf};

use liangdi_workbench::targets::TARGETS;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// Made-up inputs a target.
const CASES: u32 = 1_000;
/// Inputs kept over all targets.
const KEPT_MAX: usize = 1_000;
/// Longest input kept.
const KEPT_BYTES_MAX: usize = 4 * 1024;
/// Longest input made up.
const BYTES_MAX: usize = 256;

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn no_kept_input_makes_a_target_panic() {
    let mut kept = 0;
    for (name, target) in TARGETS {
        let inputs = corpus(name);
        assert!(!inputs.is_empty(), "{name} has no corpus");
        kept += inputs.len();
        for (path, input) in inputs {
            assert!(input.len() <= KEPT_BYTES_MAX, "{} is not small", path.display());
            let went = std::panic::catch_unwind(|| target(&input));
            assert!(went.is_ok(), "{name} panics over {}", path.display());
        }
    }
    assert!(kept <= KEPT_MAX, "{kept} inputs are kept");
}

#[test]
fn no_made_up_input_makes_a_target_panic() {
    for (name, target) in TARGETS {
        let kept: Vec<Vec<u8>> = corpus(name).into_iter().map(|(_, input)| input).collect();
        let bytes = vec(any::<u8>(), 0..BYTES_MAX);
        // One of the corpus with a piece of it replaced, or bytes, or text with whatever characters there are.
        let mended = (prop::sample::select(kept), any::<prop::sample::Index>(), 0_usize..16, vec(any::<u8>(), 0..16));
        let mended = mended.prop_map(|(mut input, at, length, piece)| {
            let at = at.index(input.len() + 1);
            let end = (at + length).min(input.len());
            input.splice(at..end, piece);
            input
        });
        let text = "(\\PC|\\p{Han}|[0-9xX·・ {}\\[\\]\":,\\\\])*".prop_map(String::into_bytes);
        let inputs = prop_oneof![bytes, mended, text];
        let mut runner = TestRunner::new(ProptestConfig::with_cases(CASES));
        let went = runner.run(&inputs, |input| {
            target(&input);
            Ok(())
        });
        if let Err(error) = went {
            panic!("{name}: {error}");
        }
    }
}
