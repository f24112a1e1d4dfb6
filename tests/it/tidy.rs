//! The structure of the house, checked: the rings, the size of files, what must not stand in them.
//!
//! Every rule is a function from a source to its faults, and is also fed a source that breaks it.

use std::fs;
use std::path::Path;

const MOST_LINES: usize = 600;

/// The modules from the innermost to the outermost. Each may use those before it, but for [`NOT_EVEN`].
const RINGS: &[&str] = &[
    "language",
    "call",
    "call_back",
    "business",
    "notation",
    "flow",
    "engine",
    "walk",
    "lint",
    "compare",
    "draw",
    "report",
    "dialect",
    "causes",
    "caught",
    "clock",
    "trouble",
    "stderr",
    "fail_point",
    "provider",
    "settings",
    "store",
    "follow_up",
    "switchboard",
    "server",
    "phone",
    "cli",
];

/// The doors to the world know the nouns and not each other.
const NOT_EVEN: &[(&str, &[&str])] = &[
    ("provider", &["notation", "flow", "engine"]),
    ("store", &["notation", "flow", "dialect", "provider", "settings"]),
    ("follow_up", &["notation", "flow", "engine", "dialect", "provider", "settings"]),
];

/// The first ring that may know the world: what stands before it in `RINGS` are rings 0 to 3.
const FIRST_IN_THE_WORLD: &str = "causes";

const NOT_IN_THE_CORE: &[&str] = &[
    "tokio",
    "hyper",
    "rusqlite",
    "std::fs",
    "std::net",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
];

/// Split, so that this file does not break its own rule.
const NOWHERE: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("dbg", "!"),
    concat!("todo", "!"),
    concat!("unimplemented", "!"),
];

/// A file of ours, by its path from the root of the repository.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// `engine` for `src/engine/turn.rs`, `clock` for `src/clock.rs`; `None` outside the library's modules.
    fn module(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        let first = inside.split('/').next()?;
        let name = first.strip_suffix(".rs").unwrap_or(first);
        (!matches!(name, "lib" | "main")).then_some(name)
    }

    /// How many `super::` lead from this file's own items to the crate's root.
    fn depth(&self) -> usize {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let folders = inside.matches('/').count();
        if inside.ends_with("/mod.rs") { folders } else { folders + 1 }
    }
}

#[test]
fn imports_point_inward_only() {
    assert_no_faults(rust_files("src"), outward_imports);
}

#[test]
fn the_core_names_no_clock_file_network_or_database() {
    assert_no_faults(rust_files("src"), worldly_words);
}

#[test]
fn no_file_passes_its_limit_of_lines() {
    assert_no_faults(our_files(), too_long);
}

#[test]
fn nothing_is_left_to_be_done() {
    assert_no_faults(our_files(), left_over);
}

#[test]
fn every_table_says_what_a_row_is() {
    assert_no_faults(files_in("src", &["rs", "sql"]), tables_without_a_comment);
}

#[test]
fn unsafe_code_is_forbidden() {
    assert!(forbids_unsafe(&read("Cargo.toml")));
}

#[test]
fn dependencies_with_known_faults_are_not_locked() {
    assert_eq!(below_the_floor(&read("Cargo.lock")), Vec::<String>::new());
}

#[test]
fn every_module_has_its_place_in_the_rings() {
    let lib = read("src/lib.rs");
    let modules = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    for module in modules {
        assert!(RINGS.contains(&module), "`{module}` has no place in `RINGS`");
    }
}

#[test]
fn an_import_that_points_outward_is_found() {
    for breach in [
        "use crate::store::Store;",
        "use crate::{call::CallId, store};",
        "use crate::{\n    call::{CallId, Key},\n    store::Store,\n};",
        "fn f() { crate::store::open(); }",
        "use super::super::store::Store;",
        "pub(in crate::store) fn f() {}",
        "use ringback::store::Store;",
        "use crate::*;",
    ] {
        let faults = outward_imports(&source("src/engine/turn.rs", breach));
        assert_eq!(faults.len(), 1, "{breach}: {faults:?}");
    }
    assert_eq!(outward_imports(&source("src/call/mod.rs", "use super::engine::turn;")).len(), 1);
    assert_eq!(outward_imports(&source("src/clock.rs", "use super::store::Store;")).len(), 1);
    assert_eq!(outward_imports(&source("src/unplaced/mod.rs", "use crate::call::Call;")).len(), 1);
    assert_eq!(outward_imports(&source("src/store/mod.rs", "use crate::switchboard;")).len(), 1);
}

#[test]
fn an_import_that_points_inward_is_not() {
    for fine in [
        "use crate::call::{CallId, Key};",
        "use crate::{call::{CallId, Key}, flow::Flow};",
        "use crate::engine::Turn;",
        "use super::state::State;",
        "use super::super::flow::Flow;",
        "//! Unlike [`crate::store`], it keeps nothing.",
        "const HELP: &str = \"use crate::store\";",
        "mod tests { use super::*; use super::super::state::State; }",
    ] {
        assert_eq!(outward_imports(&source("src/engine/turn.rs", fine)), Vec::<String>::new(), "{fine}");
    }
    assert_eq!(outward_imports(&source("src/main.rs", "use ringback::cli;")), Vec::<String>::new());
}

#[test]
fn a_worldly_word_in_the_core_is_found() {
    for breach in [
        "use tokio::time::sleep;",
        "use hyper::body::Bytes;",
        "fn f(c: &rusqlite::Connection) {}",
        "let text = std::fs::read(path);",
        "use std::{fs, fmt};",
        "use std::{\n    fmt,\n    net::{IpAddr, Ipv4Addr},\n};",
        "use std::net::IpAddr;",
        "let now = SystemTime::now();",
        "let now = std::time::Instant::now();",
        "let now = jiff::Timestamp::now();",
        "let now = Zoned::now();",
    ] {
        assert_eq!(worldly_words(&source("src/flow/read.rs", breach)).len().min(1), 1, "{breach}");
    }
}

#[test]
fn a_worldly_word_elsewhere_or_inside_another_word_is_not() {
    let outside = source("src/server/mod.rs", "use tokio::net::TcpListener;");
    assert_eq!(worldly_words(&outside), Vec::<String>::new());
    for fine in ["let hyperlink = 1;", "use std::{fmt, time::Duration};", "use std::fmt;"] {
        assert_eq!(worldly_words(&source("src/flow/read.rs", fine)), Vec::<String>::new(), "{fine}");
    }
}

#[test]
fn a_file_one_line_too_long_is_found() {
    assert_eq!(too_long(&source("src/call/mod.rs", &"//\n".repeat(MOST_LINES))), Vec::<String>::new());
    assert_eq!(too_long(&source("src/call/mod.rs", &"//\n".repeat(MOST_LINES + 1))).len(), 1);
}

#[test]
fn what_is_left_to_be_done_is_found() {
    for word in NOWHERE {
        assert_eq!(left_over(&source("src/call/mod.rs", &format!("fn f() {{ {word} }}"))).len(), 1, "{word}");
    }
}

#[test]
fn a_table_without_a_comment_is_found() {
    let bare = "create table calls (\n  id integer primary key\n) strict;";
    let above = format!("-- One row is one call.\n{bare}");
    let beside = bare.replace("calls (", "calls ( -- One row is one call.");
    let rust = format!("const SQL: &str = \"\n-- One row is one call.\n{bare}\";");
    assert_eq!(tables_without_a_comment(&source("src/store/schema.sql", bare)).len(), 1);
    assert_eq!(tables_without_a_comment(&source("src/store/a.rs", &format!("x(\"{bare}\")"))).len(), 1);
    for fine in [above, beside, rust] {
        assert_eq!(tables_without_a_comment(&source("src/store/schema.sql", &fine)), Vec::<String>::new());
    }
}

#[test]
fn a_manifest_that_allows_unsafe_code_is_found() {
    assert!(forbids_unsafe("[lints.rust]\nunsafe_code = \"forbid\"\n"));
    assert!(!forbids_unsafe("[lints.rust]\nunsafe_code = \"deny\"\n"));
    assert!(!forbids_unsafe(
        "[lints.rust]\nmissing_docs = \"warn\"\n\n[features]\nunsafe_code = \"forbid\"\n"
    ));
}

#[test]
fn a_dependency_below_its_floor_is_found() {
    let lock = |version| format!("[[package]]\nname = \"quick-xml\"\nversion = \"{version}\"\n");
    assert_eq!(below_the_floor(&lock("0.42.0")), Vec::<String>::new());
    assert_eq!(below_the_floor(&lock("0.40.9")).len(), 1);
}

fn outward_imports(source: &Source) -> Vec<String> {
    let Some(module) = source.module() else { return Vec::new() };
    let Some(ring) = RINGS.iter().position(|name| *name == module) else {
        return vec![format!("`{module}` has no place in `RINGS`")];
    };
    let not_even = NOT_EVEN.iter().find(|(name, _)| *name == module).map_or(&[][..], |(_, names)| *names);
    let code = code_only(&source.text);
    let out = "super::".repeat(source.depth());
    let mut faults = Vec::new();
    for start in ["crate::", "ringback::", out.as_str()] {
        for used in first_names_after(&code, start) {
            // In a nested `mod tests` as many `super::` end in this very module, at an item of its own.
            let own_item = start == out && !RINGS.contains(&used.as_str());
            let inward = RINGS[..=ring].contains(&used.as_str()) && !not_even.contains(&used.as_str());
            if !own_item && !inward {
                faults.push(format!("`{module}` uses `{used}`"));
            }
        }
    }
    faults
}

fn worldly_words(source: &Source) -> Vec<String> {
    let mut core = RINGS.iter().take_while(|ring| **ring != FIRST_IN_THE_WORLD);
    if !core.any(|ring| source.module() == Some(ring)) {
        return Vec::new();
    }
    let mut faults: Vec<String> = NOT_IN_THE_CORE
        .iter()
        .filter(|word| places_of(&source.text, word).next().is_some())
        .map(|word| format!("names `{word}`"))
        .collect();
    let grouped = first_names_after(&code_only(&source.text), "std::");
    faults.extend(
        grouped
            .into_iter()
            .filter(|name| name == "fs" || name == "net")
            .map(|name| format!("names `std::{name}`")),
    );
    faults
}

fn too_long(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    if lines > MOST_LINES { vec![format!("{lines} lines, {MOST_LINES} are the limit")] } else { Vec::new() }
}

fn left_over(source: &Source) -> Vec<String> {
    let found = NOWHERE.iter().filter(|word| places_of(&source.text, word).next().is_some());
    found.map(|word| format!("holds `{word}`")).collect()
}

fn tables_without_a_comment(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut faults = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let line = line.to_lowercase();
        // `create table calls (`: with its bracket, so that prose about a table is not taken for one.
        if !line.contains("create table ") || !line.contains('(') {
            continue;
        }
        let above = index.checked_sub(1).map_or("", |above| lines[above].trim_start());
        if !line.contains("--") && !above.starts_with("--") {
            faults.push(format!("line {}: a table without a comment", index + 1));
        }
    }
    faults.retain(|_| source.path.starts_with("src/store/"));
    faults
}

fn forbids_unsafe(manifest: &str) -> bool {
    let section =
        manifest.split("\n[").find(|section| section.trim_start_matches('[').starts_with("lints.rust]"));
    section.is_some_and(|section| section.lines().any(|line| line == "unsafe_code = \"forbid\""))
}

/// RUSTSEC-2026-0194 and -0195 in quick-xml, RUSTSEC-2025-0055 in tracing-subscriber, the WAL reset in SQLite.
fn below_the_floor(lock: &str) -> Vec<String> {
    let floors =
        [("quick-xml", [0, 41, 0]), ("tracing-subscriber", [0, 3, 20]), ("libsqlite3-sys", [0, 39, 0])];
    let mut faults = Vec::new();
    for (name, floor) in floors {
        for entry in lock.split("[[package]]").filter(|entry| entry.contains(&format!("name = \"{name}\"\n")))
        {
            let version =
                entry.split("version = \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("");
            let parts: Vec<u32> =
                version.split(['.', '+', '-']).take(3).filter_map(|part| part.parse().ok()).collect();
            if parts.as_slice() < floor.as_slice() {
                faults.push(format!("{name} {version}"));
            }
        }
    }
    faults
}

/// The names that directly follow `start`, those of a `{…}` group each.
fn first_names_after(code: &str, start: &str) -> Vec<String> {
    let mut names = Vec::new();
    for place in places_of(code, start) {
        let before = code[..place].trim_end();
        // `super::super::x` also contains `super::x`: only the longest path counts. `r#crate` does not occur.
        if before.ends_with("::") && start != "std::" {
            continue;
        }
        let rest = code[place + start.len()..].trim_start();
        if rest.starts_with("super::") {
            continue;
        }
        match rest.strip_prefix('{') {
            Some(group) => names.extend(group_heads(group)),
            None => names.push(head(rest)),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// `call` and `flow` for `call::{CallId, Key}, flow::Flow}`.
fn group_heads(group: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut item = String::new();
    let mut heads = Vec::new();
    for letter in group.chars() {
        match letter {
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            '{' => depth += 1,
            ',' if depth == 0 => {
                heads.push(head(item.trim()));
                item.clear();
            }
            _ if depth == 0 => item.push(letter),
            _ => {}
        }
    }
    heads.push(head(item.trim()));
    heads
}

/// The identifier, or `*`, that a path begins with.
fn head(path: &str) -> String {
    if path.starts_with('*') {
        return "*".to_owned();
    }
    path.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// Where `word` stands and is not part of a longer word.
fn places_of<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).map(|(place, _)| place).filter(move |place| {
        let joined_before = word.starts_with(part) && text[..*place].ends_with(part);
        let joined_after = word.ends_with(part) && text[place + word.len()..].starts_with(part);
        !joined_before && !joined_after
    })
}

/// The source without what stands in comments and in strings.
fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            rest = raw.find("\"#").map_or("", |end| &raw[end + 2..]);
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            rest = &rest[rest[1..].find("'").map_or(1, |end| end + 2)..];
        } else if let Some(string) = rest.strip_prefix('"') {
            let mut escaped = false;
            let end = string.find(|letter| {
                let ends = letter == '"' && !escaped;
                escaped = letter == '\\' && !escaped;
                ends
            });
            rest = end.map_or("", |end| &string[end + 1..]);
        } else {
            code.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    code
}

fn assert_no_faults(sources: Vec<Source>, rule: fn(&Source) -> Vec<String>) {
    assert!(!sources.is_empty(), "no sources were found, so nothing was checked");
    let faults: Vec<String> = sources
        .iter()
        .flat_map(|source| rule(source).into_iter().map(move |fault| format!("{}: {fault}", source.path)))
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

fn our_files() -> Vec<Source> {
    [rust_files("src"), rust_files("tests"), files_in("src", &["sql"])].into_iter().flatten().collect()
}

fn rust_files(folder: &str) -> Vec<Source> {
    files_in(folder, &["rs"])
}

fn files_in(folder: &str, extensions: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extensions.iter().any(|known| extension == *known))
            {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.push(Source { path: name, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    found
}

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}
