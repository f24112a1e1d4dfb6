//! What owners get wrong in their settings, and the exact text that each mistake earns.
//!
//! `RINGBACK_BLESS=1 cargo test --test it settings_mistakes` writes the texts anew; read them before you keep them.

use std::fs;
use std::path::{Path, PathBuf};

use ringback::notation::Style;
use ringback::settings::{self, Environment, LoadError};

#[test]
fn every_mistake_in_the_settings_earns_its_exact_text() {
    let bless = std::env::var_os("RINGBACK_BLESS").is_some();
    let mistakes = mistakes();
    assert!(mistakes.len() >= 12, "only {} mistakes", mistakes.len());
    for path in mistakes {
        let source = fs::read_to_string(&path).expect("a readable mistake");
        let told = told(&source).unwrap_or_else(|| panic!("{} has no mistake", path.display())) + "\n";
        let expected = path.with_extension("txt");
        if bless {
            fs::write(&expected, &told).expect("a writable folder");
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(told, expected, "{} earns another text than is written beside it", path.display());
    }
}

#[test]
fn settings_cut_short_anywhere_are_told_and_never_a_panic() {
    for path in mistakes() {
        let source = fs::read_to_string(&path).expect("a readable mistake");
        for end in (0..source.len()).step_by(3).filter(|end| source.is_char_boundary(*end)) {
            assert!(told(&source[..end]).is_none_or(|told| !told.is_empty()));
        }
    }
}

#[test]
fn no_message_shows_a_secret() {
    let source = fs::read_to_string(folder().join("10-provider.toml")).expect("a readable mistake");
    let told = told(&source).expect("mistakes");
    assert!(told.contains("whoever sees this file sees the token"), "{told}");
    assert!(!told.contains("that-no-message") && !told.contains("that no message"), "{told}");
}

#[test]
fn no_message_about_an_unreadable_line_shows_the_secret_in_it() {
    for line in
        ["auth_token = \"hush", "auth-token = hush", "path_secret = “hush”", "auth_token = hush = hush"]
    {
        let told = told(&format!("[provider.twilio]\n{line}\n")).expect("mistakes");
        assert!(told.contains("ringback.toml:2") && !told.contains("hush"), "{told}");
    }
}

/// What is said about a settings file; nothing when it is right.
fn told(source: &str) -> Option<String> {
    match settings::read("ringback.toml", source, Path::new("/nowhere"), &Environment::default()) {
        Ok(_) => None,
        Err(LoadError::Wrong(problems)) => Some(problems.render(Style::Plain)),
        Err(other) => panic!("{other}"),
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/settings-mistakes")
}

fn mistakes() -> Vec<PathBuf> {
    let files = fs::read_dir(folder()).expect("the folder of mistakes");
    let mut mistakes: Vec<PathBuf> = files
        .map(|file| file.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    mistakes.sort();
    mistakes
}
