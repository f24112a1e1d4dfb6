//! The shipped flows load without a warning, for the built-in business and as they are shown to owners.

use std::fs;

use ringback::call::FlowName;
use ringback::flow;
use ringback::notation::Style;
use ringback::settings::sample;
use ringback::switchboard::SHIPPED;

use crate::flow_mistakes::ivr_flows;

#[test]
fn every_shipped_flow_loads_without_a_warning() {
    let names = sample().names(Vec::new());
    for (name, source) in SHIPPED {
        let file = format!("{name}.toml");
        match flow::load(FlowName::parse(name).expect("a name"), &file, source, Some(&names)) {
            Ok((_, warnings)) if warnings.is_empty() => {}
            Ok((_, problems)) | Err(problems) => panic!("{}", problems.render(Style::Plain)),
        }
    }
}

#[test]
fn every_flow_of_the_folder_is_shipped_fits_a_screen_and_is_told_of() {
    let readme = fs::read_to_string(ivr_flows().join("README.md")).expect("the owner's page");
    let mut files: Vec<String> = fs::read_dir(ivr_flows())
        .expect("the folder of flows")
        .filter_map(|entry| {
            Some(entry.expect("an entry").file_name().to_str()?.strip_suffix(".toml")?.to_owned())
        })
        .collect();
    files.sort();
    let mut shipped = SHIPPED.map(|(name, _)| name.to_owned());
    shipped.sort();
    assert_eq!(files, shipped);
    for (name, source) in SHIPPED {
        assert!(source.starts_with("#:schema .schema/flow.schema.json\n"), "{name}");
        assert!(source.lines().count() <= 66, "{name} has {} lines", source.lines().count());
        assert!(source.lines().all(|line| line.chars().count() <= 124), "{name} is too wide");
        assert!(readme.contains(&format!("| `{name}` |")), "{name} is not told of");
    }
}
