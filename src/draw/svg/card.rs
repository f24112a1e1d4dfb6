//! What stands inside a step, and how much room it takes.

use std::fmt::Write;

use super::super::{By, Chart, Kind, Way};
use super::place::{Area, Size};
use super::shape;
use super::words::{escaped, width, wrap};

/// The width of every step.
pub(super) const WIDTH: f64 = 196.0;
const PAD: f64 = 14.0;
const LINE: f64 = 15.5;
const ROOM: f64 = WIDTH - 2.0 * PAD;
/// Above what is said anew.
const GAP: f64 = 2.5;
/// Room for a key before its offer.
const KEY: f64 = 24.0;

/// One line of a card.
struct Line {
    class: &'static str,
    text: String,
    /// A key that stands before the line.
    key: Option<char>,
    indent: f64,
    /// Room above it.
    gap: f64,
}

/// What stands in a step.
pub(super) struct Card {
    kind: Kind,
    name: Vec<String>,
    lines: Vec<Line>,
    ends: bool,
    step: String,
    loops: Vec<usize>,
}

impl Card {
    pub(super) fn of(chart: &Chart, index: usize) -> Self {
        let shape = &chart.shapes[index];
        let mut lines = Vec::new();
        let mut add = |class: &'static str, text: &str, (size, most): (f64, usize)| {
            let wrapped = wrap(text, (ROOM, size), most).into_iter();
            lines.extend(wrapped.enumerate().map(|(index, text)| Line {
                class,
                text,
                key: None,
                indent: 0.0,
                gap: if index == 0 { GAP } else { 0.0 },
            }));
        };
        if !shape.heard.is_empty() {
            add("heard", &format!("“{}”", shape.heard.join(" ")), (12.0, 4));
        }
        if !shape.does.is_empty() {
            add("does", &shape.does, (11.5, 4));
        }
        if let Some(area) = &shape.area {
            add("does", &format!("about {area}"), (11.5, 1));
        }
        if shape.then_goodbye {
            add("does", "then goodbye", (11.5, 1));
        }
        lines.extend(chart.ways_from(index).flat_map(offered));
        let name = wrap(shape.step.as_str(), (ROOM - 26.0, 14.5), 2);
        let from_itself = chart
            .ways
            .iter()
            .enumerate()
            .filter(|(_, way)| way.from == super::super::From::Step(index) && way.to == index);
        let ends = shape.then_goodbye || matches!(shape.kind, Kind::Goodbye | Kind::Refuses);
        let step = shape.step.to_string();
        Self { kind: shape.kind, name, lines, ends, step, loops: from_itself.map(|(way, _)| way).collect() }
    }

    /// The ways that lead from the step to itself.
    pub(super) fn loops(&self) -> &[usize] {
        &self.loops
    }

    pub(super) fn size(&self) -> Size {
        let head = 17.0 * self.name.len() as f64 + 13.0;
        let lines: f64 = self.lines.iter().map(|line| line.gap + LINE).sum();
        Size { width: WIDTH, height: 12.0 + head + 3.0 + lines + 11.0 }
    }

    pub(super) fn draw(&self, area: &Area) -> String {
        let (left, mut y) = (area.left() + PAD, area.top + 12.0);
        let mut out = format!(
            "<g class=\"step {}\" data-step=\"{}\"><title>{}</title>{}",
            shape::class(self.kind),
            escaped(&self.step),
            escaped(&self.step),
            shape::outline(self.kind, area),
        );
        if self.ends {
            let (from, to) = (area.left() + 26.0, area.right() - 26.0);
            let _ = write!(out, "<path class=\"end\" d=\"M{from:.1},{:.1}H{to:.1}\"/>", area.bottom());
        }
        let _ = write!(
            out,
            "<g class=\"sign\" transform=\"translate({left:.1},{:.1})\">{}</g>",
            y + 1.0,
            shape::sign(self.kind)
        );
        for name in &self.name {
            y += 17.0;
            let _ = write!(out, "{}", text("name", (left + 26.0, y - 3.0), name));
        }
        y += 13.0;
        let _ = write!(out, "{}", text("kind", (left + 26.0, y - 2.0), self.kind.word()));
        y += 3.0;
        for line in &self.lines {
            y += line.gap + LINE;
            if let Some(key) = line.key {
                out.push_str(&self::key(key, (left + 9.0, y - 4.0)));
            }
            out.push_str(&text(line.class, (left + line.indent, y), &line.text));
        }
        out.push_str("</g>\n");
        out
    }
}

fn offered(way: &Way) -> Vec<Line> {
    let By::Key(pressed) = way.by else { return Vec::new() };
    let area = way.area.as_ref().map(|area| format!(" [{area}]")).unwrap_or_default();
    let offer = format!("{}{area}", way.offer.as_deref().unwrap_or("not spoken"));
    let lines = wrap(&offer, (ROOM - KEY, 12.0), 2).into_iter().enumerate();
    let line = |(index, text): (usize, String)| Line {
        class: "heard",
        text,
        key: (index == 0).then_some(pressed.as_char()),
        indent: KEY,
        gap: if index == 0 { 2.0 * GAP } else { 0.0 },
    };
    lines.map(line).collect()
}

/// A key in its circle.
pub(super) fn key(key: char, (x, y): (f64, f64)) -> String {
    let circle = format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"8.5\"/>");
    let y = y + 4.3;
    format!(
        "<g class=\"key\">{circle}<text x=\"{x:.1}\" y=\"{y:.1}\">{}</text></g>",
        escaped(&key.to_string())
    )
}

/// A line of text.
pub(super) fn text(class: &str, (x, y): (f64, f64), words: &str) -> String {
    format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(words))
}

/// What stands on a way: its key or its reason, and its seconds.
pub(super) struct Tag {
    key: Option<char>,
    words: String,
}

impl Tag {
    pub(super) fn of(way: &Way) -> Self {
        let key = match way.by {
            By::Key(key) => Some(key.as_char()),
            By::Arriving | By::Itself | By::Silence | By::NobodyCame | By::Answer => None,
        };
        let word = if key.is_some() { String::new() } else { way.by.word() };
        let parts = [word, way.seconds().unwrap_or_default()];
        let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        Self { key, words: parts.join(" · ") }
    }

    pub(super) fn size(&self) -> Size {
        let key = if self.key.is_some() { 24.0 } else { 0.0 };
        match (self.key, self.words.is_empty()) {
            (None, true) => Size { width: 4.0, height: 4.0 },
            (Some(_), _) | (None, false) => {
                Size { width: key + width(&self.words, 11.5) + 10.0, height: 22.0 }
            }
        }
    }

    pub(super) fn draw(&self, area: &Area) -> String {
        if self.key.is_none() && self.words.is_empty() {
            return String::new();
        }
        let (left, top) = (area.left(), area.top);
        let Size { width, height } = area.size;
        let mut out = format!(
            "<g class=\"tag\"><rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        );
        let mut x = left + 5.0;
        if let Some(pressed) = self.key {
            out.push_str(&key(pressed, (x + 8.5, top + height / 2.0)));
            x += 22.0;
        }
        out.push_str(&text("seconds", (x, top + height / 2.0 + 4.0), &self.words));
        out.push_str("</g>");
        out
    }
}
