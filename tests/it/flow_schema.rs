//! The schema that editors use knows the same language as the reader.
//!
//! `RINGBACK_BLESS=1 cargo test --test it flow_schema` writes the file anew.

use std::fs;
use std::path::Path;
use std::process::Command;

use ringback::flow;
use serde_json::{Map, Value};

use crate::flow_mistakes::{ivr_flows, mistakes};
use crate::flow_words::{around, blocks};

/// Mistakes that no schema can see, by the name of their file, and why.
const ONLY_THE_READER_KNOWS: &[(&str, &str)] = &[
    ("05-mistyped-step", "whether a step exists"),
    ("10-never-reached", "where a call can get to"),
    ("11-round-and-round", "where a call goes round"),
    ("19-languages", "which languages the texts of this flow need"),
    ("19-not-playable", "which files there are, and how long they play"),
    ("20-spoken-words", "which words two keys share"),
    ("25-sent-away-after-a-question", "where a caller gets to who answers nothing"),
];

/// Mistakes of TOML itself: an editor marks them before it asks the schema.
const NOT_TOML: &[&str] = &[
    "01-missing-quote",
    "02-curly-quotes",
    "03-unquoted-words",
    "06-same-step-twice",
    "17-a-bad-morning",
    "18-many-at-once",
    "27-one-key-twice",
];

fn schema() -> jsonschema::Validator {
    jsonschema::draft202012::new(&flow::schema()).expect("a schema")
}

/// As an editor sees it. Dates are no texts here, as they are none to the reader.
fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(switch) => Value::Bool(switch),
        toml::Value::Datetime(_) => Value::Null,
        toml::Value::Array(list) => Value::Array(list.into_iter().map(json).collect()),
        toml::Value::Table(table) => Value::Object(of_table(table)),
    }
}

fn of_table(table: toml::Table) -> Map<String, Value> {
    table.into_iter().map(|(key, value)| (key, json(value))).collect()
}

/// What the schema says against a flow; nothing when it is fine.
fn refused(source: &str) -> Result<Vec<String>, toml::de::Error> {
    let flow = Value::Object(of_table(source.parse()?));
    Ok(schema().iter_errors(&flow).map(|error| format!("{}: {error}", error.instance_path())).collect())
}

#[test]
fn the_file_for_editors_is_the_schema() {
    let path = ivr_flows().join(".schema/flow.schema.json");
    let schema = format!("{:#}\n", flow::schema());
    if std::env::var_os("RINGBACK_BLESS").is_some() {
        fs::write(&path, &schema).expect("a writable folder");
    }
    assert!(fs::read_to_string(&path).expect("the schema") == schema, "bless `ivr-flows/.schema/` anew");
}

#[test]
fn the_schema_is_printed_and_stands_beside_the_flows_of_a_new_business() {
    let home = tempfile::tempdir().expect("a folder");
    let ringback = |arguments: &[&str]| {
        let run = Command::new(env!("CARGO_BIN_EXE_ringback"))
            .args(arguments)
            .current_dir(home.path())
            .env_remove("RINGBACK_HOME")
            .output()
            .expect("a run");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        run.stdout
    };
    let printed = ringback(&["schema"]);
    let [business, zone] = ["--business=Ridge Plumbing", "--time-zone=America/New_York"];
    ringback(&["init", business, zone, "--line=+15550100", "--person=Ana=+15550101", "--yes"]);
    let flow = fs::read_to_string(home.path().join("ivr-flows/front-desk.toml")).expect("a flow");
    let beside = flow.lines().next().and_then(|line| line.strip_prefix("#:schema ")).expect("a schema");
    let written = fs::read(home.path().join("ivr-flows").join(beside)).expect("the schema");
    assert!(printed == written);
}

#[test]
fn the_schema_allows_every_shipped_flow_and_every_example() {
    let mut sources = Vec::new();
    for file in fs::read_dir(ivr_flows()).expect("the flows") {
        let path = file.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let source = fs::read_to_string(&path).expect("a shipped flow");
            assert!(source.starts_with("#:schema .schema/flow.schema.json\n"), "{}", path.display());
            sources.push(source);
        }
    }
    assert!(sources.len() >= 2);
    let page = fs::read_to_string(ivr_flows().join("README.md")).expect("the owner's page");
    sources.extend(blocks(&page).into_iter().map(|(fragment, code)| match fragment {
        true => around(code),
        false => code.to_owned(),
    }));
    for source in sources {
        assert_eq!(refused(&source).expect("TOML"), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn the_schema_sees_every_mistake_of_words_and_shapes() {
    let mut seen = 0;
    for path in mistakes() {
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a plain name");
        let source = fs::read_to_string(&path).expect("a readable mistake");
        let not_toml = NOT_TOML.contains(&name);
        let only_the_reader = ONLY_THE_READER_KNOWS.iter().find(|(mistake, _)| *mistake == name);
        match (refused(&source), only_the_reader) {
            (Err(_), _) => assert!(not_toml, "{name} is not TOML, and is not listed as such"),
            (Ok(told), Some((_, why))) => {
                assert!(told.is_empty(), "the schema sees {name} after all ({why}): {told:?}");
            }
            (Ok(told), None) => {
                assert!(!not_toml && !told.is_empty(), "the schema does not see {name}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 8, "only {seen} mistakes are seen");
    for (name, _) in ONLY_THE_READER_KNOWS {
        assert!(
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/flow-mistakes/{name}.toml")).exists()
        );
    }
}
