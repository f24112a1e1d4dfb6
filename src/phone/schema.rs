//! What the provider's own library lets anybody write, element by element.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::tree::Element;
use super::trouble::Fault;

#[derive(Deserialize)]
struct Schema {
    root: String,
    elements: HashMap<String, Allowed>,
}

#[derive(Deserialize)]
struct Allowed {
    text: bool,
    children: Vec<String>,
    attributes: HashMap<String, Takes>,
}

#[derive(Deserialize)]
struct Takes {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    values: Vec<String>,
    /// Several values, with blanks between them.
    #[serde(default)]
    list: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    String,
    Number,
    Boolean,
    Enum,
}

// The file is compiled in, and every test that reads a document reads it too.
static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| serde_json::from_str(include_str!("twiml_schema.json")).expect("the schema is JSON"));

/// Refuses whatever the schema does not allow.
pub(super) fn check(root: &Element) -> Result<(), Fault> {
    if root.name != SCHEMA.root {
        return Err(Fault::Root(root.name.clone()));
    }
    check_element(root)
}

fn check_element(element: &Element) -> Result<(), Fault> {
    let Some(allowed) = SCHEMA.elements.get(&element.name) else {
        return Err(Fault::Misplaced(element.name.clone()));
    };
    for (attribute, value) in &element.attributes {
        let Some(takes) = allowed.attributes.get(attribute) else {
            let (element, attribute) = (element.name.clone(), attribute.clone());
            return Err(Fault::Attribute { element, attribute });
        };
        if !takes.allows(value) {
            return Err(bad_value(element, attribute, value));
        }
    }
    if !allowed.text && !element.text.trim().is_empty() {
        return Err(Fault::Text { element: element.name.clone(), text: element.text.clone() });
    }
    for child in &element.children {
        if !allowed.children.contains(&child.name) {
            return Err(Fault::Child { parent: element.name.clone(), child: child.name.clone() });
        }
        check_element(child)?;
    }
    Ok(())
}

impl Takes {
    fn allows(&self, value: &str) -> bool {
        match self.kind {
            Kind::String => true,
            Kind::Number => value.parse::<u32>().is_ok() && value.bytes().all(|b| b.is_ascii_digit()),
            Kind::Boolean => matches!(value, "true" | "false"),
            Kind::Enum if self.list => {
                !value.is_empty() && value.split(' ').all(|word| self.values.iter().any(|v| v == word))
            }
            Kind::Enum => self.values.iter().any(|v| v == value),
        }
    }
}

/// The fault of a value that is not taken.
pub(super) fn bad_value(element: &Element, attribute: &str, value: &str) -> Fault {
    Fault::Value { element: element.name.clone(), attribute: attribute.to_owned(), value: value.to_owned() }
}
