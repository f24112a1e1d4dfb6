//! What RELIABILITY.md says can be run is there: a filter that fits nothing runs nothing, and that looks like success.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// What stands between backticks.
fn spans() -> Vec<String> {
    let text = fs::read_to_string(root().join("RELIABILITY.md")).unwrap();
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// The names of all tests of this program.
fn tests() -> Vec<String> {
    let listed =
        Command::new(std::env::current_exe().unwrap()).args(["--list", "--format=terse"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    listed.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

#[test]
fn every_script_is_there_and_can_be_run() {
    let spans = spans();
    let scripts: Vec<_> = spans.iter().filter(|span| span.starts_with("scripts/")).collect();
    assert!(scripts.len() > 10, "{scripts:?}");
    for script in scripts {
        let path = root().join(script.split(' ').next().unwrap());
        let mode =
            fs::metadata(&path).unwrap_or_else(|error| panic!("{script}: {error}")).permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{script}");
    }
}

#[test]
fn every_filter_of_tests_fits_some() {
    let (spans, tests) = (spans(), tests());
    let named = |span: &str| match span.strip_prefix("cargo test --test it -- ") {
        Some(filters) => filters.split(' ').map(str::to_owned).collect(),
        None if span.starts_with("cargo test --lib -- ") => {
            let module = span.rsplit(' ').next().unwrap().replace("::", "/");
            let file = root().join("src").join(module).join("mod.rs");
            assert!(fs::read_to_string(&file).unwrap().contains("#[test]"), "{}", file.display());
            Vec::new()
        }
        None if span.contains("::") => vec![span.to_owned()],
        None => Vec::new(),
    };
    let filters: Vec<String> = spans.iter().flat_map(|span| named(span)).collect();
    assert!(filters.len() > 5, "{filters:?}");
    for filter in filters {
        assert!(tests.iter().any(|test| test.contains(&filter)), "no test fits `{filter}`");
    }
}

#[test]
fn every_fault_that_is_named_can_be_tried() {
    let cases = fs::read_dir(root().join("tests/faults/cases")).unwrap();
    let cases: String = cases.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let spans = spans();
    let faults: Vec<_> = spans
        .iter()
        .filter_map(|span| span.strip_prefix("scripts/break "))
        .flat_map(|named| named.split(' '))
        .collect();
    assert!(faults.len() > 20, "{faults:?}");
    for fault in faults {
        assert!(cases.contains(&format!("\"{fault}\"")), "there is no case of {fault}");
    }
}
