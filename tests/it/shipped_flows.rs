//! The shipped flows load without a warning.

use std::fs;

use ringback::call::FlowName;
use ringback::flow;
use ringback::notation::Style;

use crate::flow_mistakes::{ivr_flows, names};

#[test]
fn every_shipped_flow_loads_without_a_warning() {
    for name in ["front-desk", "two-areas"] {
        let file = format!("{name}.toml");
        let source = fs::read_to_string(ivr_flows().join(&file)).expect("a shipped flow");
        match flow::load(FlowName::parse(name).expect("a name"), &file, &source, Some(&names())) {
            Ok((_, warnings)) if warnings.is_empty() => {}
            Ok((_, problems)) | Err(problems) => panic!("{}", problems.render(Style::Plain)),
        }
    }
}
