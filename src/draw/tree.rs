//! The picture in lines of text: each step where a caller first comes to it, and its name wherever else one does.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{By, Chart, From, Shape, Way};

/// A step that would begin farther to the right than this stands below, by itself.
const DEEPEST: usize = 36;

/// The tree in lines of at most `width` columns.
pub fn tree(chart: &Chart, width: usize) -> String {
    let mut tree = Tree { chart, width, lines: Vec::new(), drawn: vec![false; chart.shapes.len()] };
    let title = [&chart.name, ": what callers of ", &chart.business, " hear"].concat();
    wrap(&title, width).iter().for_each(|line| tree.line(line));
    for group in ways_in(chart) {
        tree.lines.push(String::new());
        tree.arrive(&group);
    }
    if !chart.remarks.is_empty() {
        tree.lines.push(String::new());
    }
    chart.remarks.iter().flat_map(|remark| wrap(remark, width)).for_each(|line| tree.line(&line));
    tree.lines.join("\n") + "\n"
}

/// The ways in, those to the same step together.
fn ways_in(chart: &Chart) -> Vec<(Vec<&'static str>, usize)> {
    let mut groups: Vec<(Vec<&'static str>, usize)> = Vec::new();
    for way in &chart.ways {
        let From::Start(word) = way.from else { continue };
        match groups.iter_mut().find(|(_, to)| *to == way.to) {
            Some((words, _)) => words.push(word),
            None => groups.push((vec![word], way.to)),
        }
    }
    groups
}

struct Tree<'a> {
    chart: &'a Chart,
    width: usize,
    lines: Vec<String>,
    drawn: Vec<bool>,
}

/// A step that is led to, and what stands to the left of it.
struct Branch<'s> {
    /// Before the line that leads to the step.
    lead: &'s str,
    /// Before the lines below it.
    below: &'s str,
    /// What leads to it.
    label: String,
    to: usize,
}

impl<'a> Tree<'a> {
    fn arrive(&mut self, (words, to): &(Vec<&'static str>, usize)) {
        let mut later = Vec::new();
        self.step(Branch { lead: "", below: "  ", label: words.join(", "), to: *to }, &mut later);
        while let Some(to) = later.pop() {
            self.lines.push(String::new());
            let label = "further down".to_owned();
            self.step(Branch { lead: "", below: "  ", label, to }, &mut later);
        }
    }

    fn step(&mut self, branch: Branch<'_>, later: &mut Vec<usize>) {
        let chart = self.chart;
        let shape = &chart.shapes[branch.to];
        let name = shape.step.as_str();
        let head = |more: &str| format!("{}{} → {name}{more}", branch.lead, branch.label);
        if self.drawn[branch.to] {
            return self.line(&head(", see above"));
        }
        if branch.below.chars().count() > DEEPEST {
            // Led to from several places, it still stands below only once.
            if !later.contains(&branch.to) {
                later.push(branch.to);
            }
            return self.line(&head(", see below"));
        }
        self.drawn[branch.to] = true;
        let area = shape.area.as_ref().map(|area| format!(" [{area}]")).unwrap_or_default();
        self.line(&head(&area));
        let room = self.width.saturating_sub(branch.below.width());
        for words in self.words(shape).iter().flat_map(|words| wrap(words, room)) {
            self.line(&format!("{}{words}", branch.below));
        }
        let ways: Vec<&Way> = chart.ways_from(branch.to).collect();
        for (index, way) in ways.iter().enumerate() {
            let (tee, bar) = if index + 1 == ways.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let (lead, below) = (format!("{}{tee}", branch.below), format!("{}{bar}", branch.below));
            let room =
                self.width.saturating_sub(lead.width() + chart.shapes[way.to].step.as_str().len() + 14);
            let next = Branch { lead: &lead, below: &below, label: label(way, room), to: way.to };
            self.step(next, later);
        }
    }

    /// What is heard and done at a step.
    fn words(&self, shape: &Shape) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        if !shape.heard.is_empty() {
            words.push(format!("\"{}\"", shape.heard.join(" ")));
        }
        let does = match (shape.does.is_empty(), shape.then_goodbye) {
            (true, false) => return words,
            (true, true) => "then goodbye".to_owned(),
            (false, true) => format!("{}, then goodbye", shape.does),
            (false, false) => shape.does.clone(),
        };
        words.push(does);
        words
    }

    fn line(&mut self, line: &str) {
        self.lines.push(cut(line, self.width));
    }
}

/// `1 · 6 s  have us call you back`, in at most so many columns.
fn label(way: &Way, room: usize) -> String {
    let area = way.area.as_ref().map(|area| format!("[{area}]"));
    let word = match way.by {
        By::Itself => "then".to_owned(),
        By::Arriving | By::Key(_) | By::Silence | By::NobodyCame | By::Answer => way.by.word(),
    };
    let known = [Some(word), way.seconds()].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let offer = way.offer.as_ref();
    let rest: Vec<String> = offer.cloned().into_iter().chain(area).collect();
    match rest.is_empty() {
        true => known,
        false => cut(&format!("{known}  {}", rest.join(" ")), room.max(known.width())),
    }
}

/// The text in lines of at most `width` columns, as far as its words are no longer.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The text in at most `width` columns; `…` stands for what is left out.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let fits = |letter: &char| {
        let rest = left.checked_sub(letter.width().unwrap_or(0));
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    let short: String = text.chars().take_while(fits).collect();
    format!("{}…", short.trim_end())
}
