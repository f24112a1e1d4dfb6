//! `ivr-flows/README.md` is true: each flow and each fragment in it loads.

use std::collections::BTreeSet;
use std::fs;

use ringback::call::FlowName;
use ringback::flow::{self, Shape, Slot};
use ringback::notation::Style;

use crate::flow_mistakes::{ivr_flows, names};

#[test]
fn every_flow_and_fragment_of_the_owners_page_loads() {
    let page = fs::read_to_string(ivr_flows().join("README.md")).expect("the owner's page");
    let (mut flows, mut fragments) = (0, 0);
    for (fragment, code) in blocks(&page) {
        let source = match fragment {
            false => {
                flows += 1;
                code.to_owned()
            }
            true => {
                fragments += 1;
                around(code)
            }
        };
        let name = FlowName::parse("page").expect("a name");
        if let Err(problems) = flow::load(name, "README.md", &source, Some(&names())) {
            panic!("{}", problems.render(Style::Plain));
        }
    }
    assert!(flows >= 2 && fragments >= 11, "{flows} flows and {fragments} fragments");
}

#[test]
fn the_owners_page_names_and_shows_every_word() {
    let page = fs::read_to_string(ivr_flows().join("README.md")).expect("the owner's page");
    let code: Vec<&str> = blocks(&page).into_iter().map(|(_, code)| code).collect();
    let shown: BTreeSet<&str> = code
        .iter()
        .flat_map(|code| code.lines())
        .flat_map(|line| {
            line.split('#').next().unwrap_or_default().split([' ', '{', '=', '.', '[', ']', ','])
        })
        .collect();
    for word in flow::WORDS {
        let heads = matches!(word.shape, Shape::Start | Shape::Steps);
        let named = if heads { format!("`[{}", word.name) } else { format!("`{}", word.name) };
        let ends = if heads { ["]", "."] } else { ["`", " = "] };
        let explained = ends.iter().any(|end| page.contains(&format!("{named}{end}")));
        assert!(explained, "{named}` is not explained");
        assert!(shown.contains(word.name), "`{}` is not shown", word.name);
    }
    for slot in Slot::ALL {
        assert!(page.contains(&format!("`{{{}}}`", slot.word())), "`{{{}}}` is not explained", slot.word());
    }
}

/// The blocks of a page that are flows: whether each is a fragment of one, and its text.
pub(crate) fn blocks(page: &str) -> Vec<(bool, &str)> {
    let blocks = page.split("\n```toml").skip(1).map(|block| {
        let (kind, rest) = block.split_once('\n').expect("a line after the fence");
        let code = rest.split("\n```").next().expect("a closed block");
        match kind {
            "" => (false, code),
            ",fragment" => (true, code),
            other => panic!("a block is `toml` or `toml,fragment`, not `toml{other}`"),
        }
    });
    blocks.collect()
}

/// The fragment with a start, and with the steps that it names.
pub(crate) fn around(fragment: &str) -> String {
    let table: toml::Table = fragment.parse().expect("TOML");
    let steps = table["step"].as_table().expect("steps");
    let mut named = BTreeSet::new();
    for step in steps.values() {
        references(step, &mut named);
    }
    let mut headings = fragment.lines().filter_map(|line| line.strip_prefix("[step.")?.strip_suffix(']'));
    let name = headings.next().expect("a step");
    let start = match steps[name].get("refuse") {
        Some(_) => format!("blocked = \"{name}\"\nopen = \"stub\"\n\n[step.stub]\nmessage = \"Hello.\"\n"),
        None => format!("open = \"{name}\"\n"),
    };
    let stubs = named.into_iter().filter(|name| !steps.contains_key(name));
    let stubs: String = stubs.map(|name| format!("\n[step.{name}]\nmessage = \"Hello.\"\n")).collect();
    format!("[start]\n{start}\n{fragment}\n{stubs}")
}

fn references(value: &toml::Value, named: &mut BTreeSet<String>) {
    let Some(table) = value.as_table() else { return };
    for (key, value) in table {
        match (key.as_str(), value.as_str()) {
            ("go" | "silence", Some(step)) => _ = named.insert(step.to_owned()),
            ("press", _) => value.as_table().into_iter().flatten().for_each(|(_, choice)| {
                choice.as_str().map(|step| named.insert(step.to_owned()));
                references(choice, named);
            }),
            (_, _) => {}
        }
    }
}
