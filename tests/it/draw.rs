//! The pictures of a flow: every step and every way once, well formed, and nothing of the owner's acts in them.

use proptest::prelude::*;
use ringback::draw::{By, Chart, From, mermaid, svg, tree};
use roxmltree::{Document, Node};

use crate::ridge;

const HOSTILE: &str = r#"
[start]
open = "hello"
[step.hello]
say = "</text><script>alert(1)</script> & \"quotes\" `ticks` #35; --> %%init ]]> é 李 🔧"
press.1 = { offer = "a\"] --> x[\"b <b>|\u0026#quot;", go = "message" }
silence = "message"
[step.message]
message = "<![CDATA[ & '); {promise}"
"#;

fn chart(file: &str) -> Chart {
    Chart::of(&ridge::flow_file(file), &ridge::business(), &|_| None)
}

fn name(chart: &Chart, from: From) -> String {
    match from {
        From::Start(word) => format!("[{word}]"),
        From::Step(step) => chart.shapes[step].step.to_string(),
    }
}

/// Every step and every way of the chart is in each form once.
fn assert_complete(chart: &Chart) {
    let picture = svg(chart);
    let document = Document::parse(&picture).expect("a well-formed picture");
    let all = |attribute: &str| {
        let mut found: Vec<String> =
            document.descendants().filter_map(|node| node.attribute(attribute)).map(str::to_owned).collect();
        found.sort();
        found
    };
    let mut steps: Vec<String> = chart.shapes.iter().map(|shape| shape.step.to_string()).collect();
    steps.sort();
    assert_eq!(all("data-step"), steps);
    let ways = document
        .descendants()
        .filter_map(|node| Some(format!("{} {}", node.attribute("data-from")?, node.attribute("data-to")?)));
    let mut ways: Vec<String> = ways.collect();
    ways.sort();
    let mut meant: Vec<String> = chart
        .ways
        .iter()
        .map(|way| format!("{} {}", name(chart, way.from), chart.shapes[way.to].step))
        .collect();
    meant.sort();
    assert_eq!(ways, meant);
    assert!(document.descendants().all(|node| {
        let tag = node.tag_name().name();
        !matches!(tag, "script" | "image" | "use" | "foreignObject" | "a") && node.attribute("href").is_none()
    }));

    assert_apart(&document);

    let chartist = mermaid(chart);
    let arrows = chartist.lines().filter(|line| line.contains(" -->")).count();
    assert_eq!(arrows, chart.ways.len(), "{chartist}");
    for step in &steps {
        let id = format!("  step_{}", step.replace('-', "_"));
        let drawn = chartist
            .lines()
            .filter(|line| line.strip_prefix(&id).is_some_and(|rest| rest.starts_with(['[', '{', '(', '>'])));
        assert_eq!(drawn.count(), 1, "{step}: {chartist}");
    }

    let lines = tree(chart, 80);
    assert!(lines.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 80), "{lines}");
    let starts: std::collections::BTreeSet<usize> =
        chart.ways.iter().filter(|way| way.by == By::Arriving).map(|way| way.to).collect();
    let below = lines.matches("further down → ").count();
    let inner = chart.ways.iter().filter(|way| way.by != By::Arriving).count();
    assert_eq!(lines.matches(" → ").count(), starts.len() + inner + below, "{lines}");
    let again = lines.matches(", see above").count() + lines.matches(", see below").count();
    assert_eq!(lines.matches(" → ").count() - again, steps.len(), "each step is drawn once: {lines}");
}

/// Left, top, right, bottom.
type Edges = [f64; 4];

fn number(node: Node<'_, '_>, attribute: &str) -> f64 {
    node.attribute(attribute).and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn edges(node: Node<'_, '_>) -> Edges {
    if let Some(points) = node.attribute("points") {
        let numbers: Vec<f64> = points.split([' ', ',']).map(|number| number.parse().unwrap()).collect();
        let (xs, ys) = (numbers.iter().step_by(2), numbers.iter().skip(1).step_by(2));
        let least = |all: &mut dyn Iterator<Item = &f64>| all.copied().fold(f64::INFINITY, f64::min);
        let most = |all: &mut dyn Iterator<Item = &f64>| all.copied().fold(f64::NEG_INFINITY, f64::max);
        return [
            least(&mut xs.clone()),
            least(&mut ys.clone()),
            most(&mut xs.clone()),
            most(&mut ys.clone()),
        ];
    }
    let (x, y) = (number(node, "x"), number(node, "y"));
    [x, y, x + number(node, "width"), y + number(node, "height")]
}

/// No box and no label covers another, and everything is inside the picture.
fn assert_apart(document: &Document<'_>) {
    let root = document.root_element();
    let (width, height) = (number(root, "width"), number(root, "height"));
    let class = |node: &Node<'_, '_>, class: &str| node.attribute("class") == Some(class);
    let boxes = document.descendants().filter(|node| {
        let owner = node
            .parent()
            .filter(|owner| owner.has_attribute("data-step") || owner.has_attribute("data-start"));
        (class(node, "form") && owner.is_some())
            || (node.has_tag_name("rect") && node.parent().is_some_and(|owner| class(&owner, "tag")))
    });
    // A hair may be lost to rounding.
    let boxes: Vec<Edges> =
        boxes.map(edges).map(|[l, t, r, b]| [l + 0.2, t + 0.2, r - 0.2, b - 0.2]).collect();
    for (index, one) in boxes.iter().enumerate() {
        assert!(one[0] >= 0.0 && one[1] >= 0.0 && one[2] <= width && one[3] <= height, "{one:?} is outside");
        for other in &boxes[index + 1..] {
            let apart = one[2] < other[0] || other[2] < one[0] || one[3] < other[1] || other[3] < one[1];
            assert!(apart, "{one:?} covers {other:?}");
        }
    }
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    for text in texts {
        let (x, y) = (number(text, "x"), number(text, "y"));
        // About the width of a letter in the size of most texts.
        let letters = text.text().unwrap_or_default().chars().count() as f64;
        let middle = text.parent().is_some_and(|owner| class(&owner, "key") || class(&owner, "start"));
        let long = if middle { 0.0 } else { letters * 5.0 };
        assert!(x >= 0.0 && x + long <= width && y <= height, "{:?} is outside", text.text());
    }
}

#[test]
fn shipped_flows_are_drawn_whole() {
    for file in ["front-desk.toml", "two-areas.toml"] {
        assert_complete(&chart(file));
    }
}

#[test]
fn the_front_desk_is_a_tree_that_fits_the_screen() {
    let expected = "\
front-desk: what callers of Ridge Plumbing hear

open → hello
  \"Hi, you've reached Ridge Plumbing.\"
  rings everybody on duty, 20 s
  └─ nobody came · 22 s → busy
     \"Sorry, we're all on a job.\"
     ├─ 1 · 9 s  have us call you back {promise} → call-me
     │  promises a call {promise}, then goodbye
     ├─ 2 · 11 s  leave a message → message
     │  \"Leave a message and we'll call back {promise}.\"
     │  takes a message of at most 3 min, then goodbye
     └─ silence · 40 s → message, see above

closed, away → closed
  \"Ridge Plumbing. We're open again {opens}.\"
  ├─ 1 · 10 s  have us call you {promise} → call-me, see above
  └─ silence · 33 s → message, see above

blocked → no-thanks
  the call is not answered

0 at every choice: a person; if nobody can come, a call-back.
";
    assert_eq!(tree(&chart("front-desk.toml"), 80), expected);
}

#[test]
fn whatever_an_owner_writes_stays_text() {
    let chart = Chart::of(&ridge::flow_text("hostile", HOSTILE), &ridge::business(), &|_| None);
    assert_complete(&chart);
    let picture = svg(&chart);
    let document = Document::parse(&picture).unwrap();
    let text: String = document.descendants().filter_map(|node| node.text()).collect();
    assert!(text.contains("<script>alert(1)"), "{text}");
    assert!(!picture.contains("<script"));
    let drawn = mermaid(&chart);
    for line in drawn.lines().filter(|line| line.contains('"')) {
        assert_eq!(line.matches('"').count(), 2, "{line}");
        let quoted = line.split('"').nth(1).unwrap();
        let tame = quoted.replace("<br>", "");
        assert!(!tame.contains(['<', '>', '&', '`', '%', '|']), "{line}");
    }
}

#[test]
fn long_words_go_on_in_the_next_line_and_languages_have_names() {
    let chart = chart("bilingual-shop.toml");
    let drawn = tree(&chart, 50);
    assert!(drawn.lines().all(|line| line.chars().count() <= 50), "{drawn}");
    let flat = drawn.split_whitespace().collect::<Vec<_>>().join(" ");
    for whole in
        ["Ridge Plumbing hear", "takes a message of at most 3 min, then goodbye", "first choice: Español."]
    {
        assert!(flat.contains(whole), "{drawn}");
    }
}

#[test]
fn a_business_with_any_name_is_drawn() {
    let mut business = ridge::business();
    business.name = "\u{1b}[2J<b>\u{202e}&\u{0}\u{ffff}".to_owned();
    let chart = Chart::of(&ridge::flow_file("front-desk.toml"), &business, &|_| None);
    let picture = svg(&chart);
    Document::parse(&picture).unwrap();
    assert!(!picture.contains(['\u{1b}', '\u{202e}', '\u{0}', '\u{ffff}']));
    assert!(!mermaid(&chart).contains(['\u{1b}', '\u{0}']));
}

/// A flow of so many steps in which a caller who does nothing comes to its end, and keys lead anywhere.
fn any_flow() -> impl Strategy<Value = String> {
    let step = (0..5_u8, any::<prop::sample::Index>(), any::<prop::sample::Index>());
    prop::collection::vec(step, 1..30).prop_map(|steps| {
        let count = steps.len();
        let mut text = String::from("[start]\nopen = \"s-0\"\nclosed = \"s-0\"\n");
        for (at, (kind, one, other)) in steps.into_iter().enumerate() {
            let next = format!("s-{}", at + 1);
            let (one, other) = (one.index(count + 1), other.index(count + 1));
            text.push_str(&format!("[step.s-{at}]\n"));
            text.push_str(&match kind {
                0 => format!("say = \"Some words about step {at} that callers hear\"\ngo = \"{next}\"\n"),
                1 => format!("say = \"Hm.\"\nring = \"on-duty\"\nfor = \"20s\"\ngo = \"{next}\"\n"),
                2 => format!("message = \"Speak.\"\ngo = \"{next}\"\n"),
                _ => format!(
                    "say = \"Well?\"\npress.1 = {{ offer = \"one\", go = \"s-{one}\" }}\n\
                     press.2 = {{ offer = \"the other\", go = \"s-{other}\" }}\nsilence = \"{next}\"\n"
                ),
            });
        }
        text + &format!("[step.s-{count}]\ncall-back = true\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_flow_is_drawn_whole(text in any_flow()) {
        assert_complete(&Chart::of(&ridge::flow_text("any", &text), &ridge::business(), &|_| None));
    }
}
