//! The picture for programs that draw Mermaid: `flowchart TD`.

use std::fmt::Write;

use super::{By, Chart, From, Kind, Shape};

/// The flowchart. Whatever the owner wrote, it stays inside its quotes.
pub fn mermaid(chart: &Chart) -> String {
    let mut out = String::from("flowchart TD\n");
    for way in &chart.ways {
        if let From::Start(word) = way.from {
            let _ = writeln!(out, "  start_{word}([\"{word}\"])");
        }
    }
    for shape in &chart.shapes {
        let (open, close) = outline(shape.kind);
        let _ = writeln!(out, "  {}{open}\"{}\"{close}", id(shape), label(shape));
    }
    for way in &chart.ways {
        let from = match way.from {
            From::Start(word) => format!("start_{word}"),
            From::Step(shape) => id(&chart.shapes[shape]),
        };
        let words = match way.by {
            By::Key(key) => format!("{key} {}", way.offer.as_deref().unwrap_or_default()),
            By::Arriving | By::Itself | By::Silence | By::NobodyCame | By::Answer => way.by.word(),
        };
        let words = [words.trim().to_owned(), way.seconds().unwrap_or_default()];
        let words = words.iter().filter(|part| !part.is_empty()).map(|part| escaped(part));
        let words = words.collect::<Vec<_>>().join(" · ");
        let words = if words.is_empty() { words } else { format!("|\"{words}\"|") };
        let _ = writeln!(out, "  {from} -->{words} {}", id(&chart.shapes[way.to]));
    }
    // Before the percent signs a program would look for directives; a remark holds none of the owner's words.
    for remark in &chart.remarks {
        let _ = writeln!(out, "  %% {remark}");
    }
    out
}

/// `step_call_me`: names hold letters, digits and `-` only, and a `-` would read as an arrow.
fn id(shape: &Shape) -> String {
    format!("step_{}", shape.step.as_str().replace('-', "_"))
}

fn outline(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Says => ("[", "]"),
        Kind::Choice => ("{{", "}}"),
        Kind::Rings => ("[/", "\\]"),
        Kind::Asks => ("[/", "/]"),
        Kind::Message => ("[(", ")]"),
        Kind::CallBack => ("[[", "]]"),
        Kind::Goodbye => ("(", ")"),
        Kind::Refuses => (">", "]"),
    }
}

fn label(shape: &Shape) -> String {
    let area = shape.area.as_ref().map(|area| format!("about {area}"));
    let goodbye = shape.then_goodbye.then(|| "then goodbye".to_owned());
    let does = Some(shape.does.clone()).filter(|does| !does.is_empty());
    let name = format!("{}: {}", shape.step, shape.kind.word());
    let lines = [Some(name)].into_iter().chain([Some(shape.heard.join(" ")), does, area, goodbye]);
    let lines = lines.flatten().filter(|line| !line.is_empty());
    lines.map(|line| escaped(&line)).collect::<Vec<_>>().join("<br>")
}

/// Mermaid's own escapes, for everything that could end a quote, begin a tag, a directive or another escape.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '#' | '<' | '>' | '&' | '`' | '\\' | '|' | ';' | '%' | '*' | '_' | '~' | '$' => {
                let _ = write!(out, "#{};", u32::from(letter));
            }
            control if control.is_control() => out.push(' '),
            plain => out.push(plain),
        }
    }
    out
}
