//! What owners get wrong in a flow, and the exact text that each mistake earns.
//!
//! `RINGBACK_BLESS=1 cargo test --test it flow_mistakes` writes the texts anew; read them before you keep them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ringback::call::{AreaName, FlowName, PersonName};
use ringback::flow::{self, AudioFile, BadAudio, Names};
use ringback::notation::Style;

#[test]
fn every_mistake_earns_its_exact_text() {
    let bless = std::env::var_os("RINGBACK_BLESS").is_some();
    let mistakes = mistakes();
    assert!(mistakes.len() >= 12, "only {} mistakes", mistakes.len());
    for path in mistakes {
        let file = path.file_name().and_then(|name| name.to_str()).expect("a plain file name");
        let source = fs::read_to_string(&path).expect("a readable mistake");
        let told =
            match flow::load(FlowName::parse("mistake").expect("a name"), file, &source, Some(&names())) {
                Ok((_, warnings)) => panic!("{file} has no mistake: {warnings}"),
                Err(problems) => problems.render(Style::Plain) + "\n",
            };
        let expected = path.with_extension("txt");
        if bless {
            fs::write(&expected, &told).expect("a writable folder");
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(told, expected, "{file} earns another text than is written beside it");
    }
}

#[test]
fn a_mistake_cut_short_anywhere_is_told_and_never_a_panic() {
    let whole = fs::read_to_string(ivr_flows().join("two-areas.toml")).expect("a shipped flow");
    let names = names();
    for source in
        mistakes().iter().map(|path| fs::read_to_string(path).expect("a readable mistake")).chain([whole])
    {
        for end in (0..source.len()).filter(|end| source.is_char_boundary(*end)) {
            let name = FlowName::parse("cut").expect("a name");
            if let Err(problems) = flow::load(name, "cut.toml", &source[..end], Some(&names)) {
                assert!(problems.has_errors());
                assert!(!problems.render(Style::Plain).is_empty());
            }
        }
    }
}

pub(crate) fn mistakes() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flow-mistakes");
    let files = fs::read_dir(folder).expect("the folder of mistakes");
    let mut mistakes: Vec<PathBuf> = files
        .map(|file| file.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    mistakes.sort();
    mistakes
}

pub(crate) fn ivr_flows() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ivr-flows")
}

/// Ridge Plumbing: Ana for repairs, Ben for billing and repairs.
pub(crate) fn names() -> Names {
    Names {
        people: ["ana", "ben"].map(|name| PersonName::parse(name).expect("a name")).to_vec(),
        areas: ["repairs", "billing"].map(|name| AreaName::parse(name).expect("a name")).to_vec(),
        teams: Vec::new(),
        audio: vec![
            AudioFile { name: "hello.wav".to_owned(), length: Ok(Duration::from_secs(3)) },
            AudioFile {
                name: "opera.wav".to_owned(),
                length: Err(BadAudio::TooLong(Duration::from_secs(200))),
            },
        ],
    }
}
