//! Judges every document of ours as a provider would, with another parser than the one that wrote it.

use std::collections::HashMap;
use std::sync::LazyLock;

use roxmltree::{Document, Node};
use serde::Deserialize;

#[derive(Deserialize)]
struct Schema {
    root: String,
    elements: HashMap<String, Element>,
}

#[derive(Deserialize)]
struct Element {
    attributes: HashMap<String, Attribute>,
    children: Vec<String>,
    text: bool,
}

#[derive(Deserialize)]
struct Attribute {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    list: bool,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../webhooks/twilio/twiml_schema.json")).expect("the schema is JSON")
});

/// Twilio's and SignalWire's limit (R5).
const TOO_LONG: usize = 64 * 1024;

/// Panics unless a provider would run every word of `document` and know what comes next.
pub(crate) fn judge(document: &str) {
    assert!(document.len() < TOO_LONG, "{} bytes are too many", document.len());
    assert!(document.starts_with("<?xml"), "something stands before the declaration: {document}");
    for braces in ["{{", "}}"] {
        assert!(!document.contains(braces), "Telnyx would run a template: {document}");
    }
    let tree = Document::parse(document).unwrap_or_else(|error| panic!("{error}: {document}"));
    let root = tree.root_element();
    assert_eq!(root.tag_name().name(), SCHEMA.root, "{document}");
    assert!(tree.root().children().all(|node| node == root), "something stands beside the root: {document}");
    judge_element(root);
    judge_course(root);
}

fn judge_element(element: Node<'_, '_>) {
    let name = element.tag_name().name();
    let allowed = SCHEMA.elements.get(name).unwrap_or_else(|| panic!("no element `{name}`"));
    for attribute in element.attributes() {
        let (key, value) = (attribute.name(), attribute.value());
        let takes =
            allowed.attributes.get(key).unwrap_or_else(|| panic!("`{name}` has no attribute `{key}`"));
        assert!(takes.allow(value), "`{key}` of `{name}` cannot be `{value}`");
        assert!(in_range(name, key, value), "`{key}` of `{name}` is out of range: `{value}`");
    }
    if ["Gather", "Record", "Dial"].contains(&name) {
        assert!(
            element.has_attribute("action"),
            "`{name}` without `action` asks for the same document again (R16)"
        );
        assert!(element.has_attribute("method"), "`{name}` without `method` (R16)");
    }
    for child in element.children() {
        if child.is_text() {
            let text = child.text().unwrap_or_default();
            assert!(allowed.text || text.trim().is_empty(), "`{name}` takes no text: `{text}`");
            continue;
        }
        let inner = child.tag_name().name();
        assert!(child.is_element(), "`{name}` holds something that is neither text nor element");
        assert!(allowed.children.iter().any(|known| known == inner), "`{inner}` cannot stand in `{name}`");
        judge_element(child);
    }
    if ["Say", "Play", "Redirect", "Number"].contains(&name) {
        assert!(!element.text().unwrap_or_default().trim().is_empty(), "`{name}` is empty");
    }
    if ["Play", "Redirect"].contains(&name) {
        assert!(is_absolute(element.text().unwrap_or_default()), "`{name}` needs an absolute URL");
    }
}

impl Attribute {
    fn allow(&self, value: &str) -> bool {
        let known = |word: &str| self.values.iter().any(|value| value == word);
        match self.kind.as_str() {
            "string" => true,
            "number" => value.parse::<u32>().is_ok(),
            "boolean" => value == "true" || value == "false",
            "enum" if self.list => value.split(' ').all(known),
            "enum" => known(value),
            kind => panic!("no such type in the schema: {kind}"),
        }
    }
}

/// The documented ranges, which the builders do not know.
fn in_range(element: &str, attribute: &str, value: &str) -> bool {
    let number = value.parse::<u32>().unwrap_or(u32::MAX);
    match (element, attribute) {
        ("Dial", "timeout") => (5..=600).contains(&number),
        ("Dial", "timeLimit") => number <= 14400,
        ("Record", "maxLength") => (2..=14400).contains(&number),
        ("Gather", "timeout" | "numDigits") | ("Pause", "length") => number >= 1,
        ("Gather", "finishOnKey") => value.len() <= 1 && value.chars().all(|c| "0123456789#*".contains(c)),
        ("Record", "finishOnKey") => value.chars().all(|c| "0123456789#*".contains(c)),
        (_, "loop") => number >= 1,
        ("Gather", "speechTimeout") => value == "auto" || number >= 1,
        ("Gather", "hints") => {
            let hints: Vec<&str> = value.split(',').map(str::trim).collect();
            hints.len() <= 500 && hints.iter().all(|hint| (1..=100).contains(&hint.chars().count()))
        }
        (_, "method" | "statusCallbackMethod" | "recordingStatusCallbackMethod") => {
            ["GET", "POST"].contains(&value)
        }
        (_, "action" | "url" | "statusCallback" | "recordingStatusCallback" | "transcribeCallback") => {
            is_absolute(value)
        }
        (_, "callerId") => value.starts_with('+'),
        _ => true,
    }
}

fn is_absolute(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty()) && !url.contains(char::is_whitespace)
}

/// R19: the last verb leads on, none after it is out of reach, and whoever is silent at a wait finds a way on (R18).
fn judge_course(response: Node<'_, '_>) {
    let verbs: Vec<_> =
        response.children().filter(Node::is_element).map(|verb| verb.tag_name().name()).collect();
    let Some((last, before)) = verbs.split_last() else { return };
    assert!(["Redirect", "Hangup", "Reject", "Dial"].contains(last), "`{last}` leads nowhere");
    for verb in before {
        assert!(
            !["Redirect", "Hangup", "Reject", "Dial"].contains(verb),
            "nothing after `{verb}` is reached"
        );
    }
    for pair in verbs.windows(2) {
        let [verb, follower] = pair else { continue };
        match *verb {
            "Record" => assert_eq!(*follower, "Redirect", "an empty recording may skip the action"),
            "Gather" => assert!(["Redirect", "Hangup"].contains(follower), "silence leads to `{follower}`"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::judge;

    fn passes(inner: &str) -> bool {
        let document = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{inner}</Response>");
        catch_unwind(|| judge(&document)).is_ok()
    }

    #[test]
    fn what_a_provider_runs_passes() {
        for inner in [
            "",
            "<Hangup/>",
            "<Say language=\"de-DE\">Hallo</Say><Hangup/>",
            "<Gather action=\"https://a.example/k\" method=\"POST\"><Say>Hi</Say></Gather>\
             <Redirect>https://a.example/s</Redirect>",
        ] {
            assert!(passes(inner), "{inner}");
        }
    }

    #[test]
    fn what_no_provider_should_get_does_not() {
        for inner in [
            "<Say>Hi</Say>",
            "<say>Hi</say><Hangup/>",
            "<Say></Say><Hangup/>",
            "<Say voice=\"nobody\">Hi</Say><Hangup/>",
            "<Say language=\"klingon\">Hi</Say><Hangup/>",
            "<Say>{{name}}</Say><Hangup/>",
            "<Say>Hi<Hangup/>",
            "<Say>\u{1}</Say><Hangup/>",
            "<Say>A & B</Say><Hangup/>",
            "text<Hangup/>",
            "<Hangup/><Say>Hi</Say>",
            "<Gather action=\"https://a.example/k\" method=\"POST\"/>",
            "<Gather method=\"POST\"/><Hangup/>",
            "<Gather action=\"https://a.example/k\"/><Hangup/>",
            "<Gather action=\"/k\" method=\"POST\"/><Hangup/>",
            "<Gather action=\"https://a.example/k\" method=\"POST\" timeout=\"0\"/><Hangup/>",
            "<Gather action=\"https://a.example/k\" method=\"POST\"><Hangup/></Gather><Hangup/>",
            "<Record action=\"https://a.example/k\" method=\"POST\"/>",
            "<Dial action=\"https://a.example/k\" method=\"POST\" timeout=\"4\">+15550101</Dial>",
            "<Redirect>voice</Redirect>",
            "<Gather action=\"https://a.example/k\" method=\"POST\" hints=\"a,,b\"/><Hangup/>",
            "<Gather action=\"https://a.example/k\" method=\"POST\" speechTimeout=\"0\"/><Hangup/>",
            "<Gather action=\"https://a.example/k\" method=\"POST\" language=\"de-AT\"/><Hangup/>",
        ] {
            assert!(!passes(inner), "{inner}");
        }
        assert!(!passes(&format!("<Say>{}</Say><Hangup/>", "a".repeat(64 * 1024))));
    }

    #[test]
    fn nothing_stands_before_or_beside_the_document() {
        for document in [
            " <?xml version=\"1.0\"?><Response/>",
            "<Response/>",
            "<?xml version=\"1.0\"?><Reply/>",
            "<?xml version=\"1.0\"?><!-- hello --><Response/>",
        ] {
            assert!(catch_unwind(|| judge(document)).is_err(), "{document}");
        }
    }
}
