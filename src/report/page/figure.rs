//! The frame of a plot: axes, words, and the table below.

use std::fmt::Write;

use super::escaped;

/// As wide as a phone shows it, so that its letters are as large everywhere.
pub(super) const WIDTH: f64 = 360.0;
pub(super) const LEFT: f64 = 36.0;
pub(super) const TOP: f64 = 12.0;
pub(super) const PLOT_WIDTH: f64 = WIDTH - LEFT - 6.0;
pub(super) const PLOT_HEIGHT: f64 = 150.0;
pub(super) const BASE: f64 = TOP + PLOT_HEIGHT;
const LABELS: f64 = 24.0;
/// The height of a plot with hours or days below.
pub(super) const HEIGHT: f64 = BASE + LABELS;

/// What is shown by which colour and pattern.
pub(super) struct Sign {
    /// The class that has both.
    pub(super) class: &'static str,
    pub(super) says: &'static str,
}

/// A plot with everything that belongs to it.
pub(super) struct Figure<'a> {
    /// For the ids in it.
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    /// What it shows, in a sentence.
    pub(super) says: String,
    pub(super) signs: &'a [Sign],
    pub(super) height: f64,
    pub(super) drawn: String,
    /// The headings, and the rows.
    pub(super) table: (Vec<String>, Vec<Vec<String>>),
}

impl Figure<'_> {
    pub(super) fn html(&self) -> String {
        let Self { id, title, says, signs, height, drawn, table } = self;
        let mut legend = String::new();
        for Sign { class, says } in *signs {
            let _ = write!(
                legend,
                "<li><svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 14 14\" aria-hidden=\"true\">{}</svg>{says}</li>",
                swatch(class)
            );
        }
        let legend = if legend.is_empty() { legend } else { format!("<ul class=\"legend\">{legend}</ul>\n") };
        let says = escaped(says);
        format!(
            "<figure class=\"card\">\n<h2>{title}</h2>\n{legend}\
             <svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n\
             <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{says}</desc>\n{drawn}</svg>\n\
             <figcaption>{says}</figcaption>\n<details><summary>As a table</summary>\n{}</details>\n</figure>\n",
            table_of(&table.0, &table.1)
        )
    }
}

fn swatch(class: &str) -> String {
    match class {
        "half" => "<circle class=\"half\" cx=\"7\" cy=\"7\" r=\"4\"/>".to_owned(),
        "most" => diamond((7.0, 7.0), 5.0),
        _ => bar(class, (1.0, 1.0), (12.0, 12.0)),
    }
}

/// A bar; a second one with a pattern lies over it, so that it is told apart without its colour.
pub(super) fn bar(class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) -> String {
    let place = format!("x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\"");
    match class {
        "missed" => format!("<rect class=\"missed\" {place}/>{}", stripes((x, y), (width, height))),
        _ => format!("<rect class=\"{class}\" {place}/>"),
    }
}

/// Level lines across a bar; a pattern element would need an id of its own in every picture.
fn stripes((x, y): (f64, f64), (width, height): (f64, f64)) -> String {
    let mut path = String::new();
    let mut down = 2.5;
    while down < height {
        let _ = write!(path, "M{x:.2} {:.2}h{width:.2}", y + down);
        down += 4.0;
    }
    if path.is_empty() { path } else { format!("<path class=\"stripes\" d=\"{path}\"/>") }
}

pub(super) fn diamond((x, y): (f64, f64), size: f64) -> String {
    format!(
        "<path class=\"most\" d=\"M{x:.2} {:.2}l{size} {size}l-{size} {size}l-{size} -{size}z\"/>",
        y - size
    )
}

/// Level lines with their values at the left.
pub(super) fn levels(levels: &[(f64, String)]) -> String {
    let mut drawn = String::new();
    for (share, says) in levels {
        let y = BASE - share * PLOT_HEIGHT;
        let _ = writeln!(
            drawn,
            "<path class=\"grid\" d=\"M{LEFT} {y:.2}h{PLOT_WIDTH}\"/><text class=\"end\" x=\"{:.2}\" y=\"{:.2}\">{says}</text>",
            LEFT - 5.0,
            y + 3.5
        );
    }
    drawn
}

/// Round values from nothing up to at least `most`, three or four of them, and the last one.
pub(super) fn round_levels(most: f64) -> (Vec<f64>, f64) {
    let mut step = 1.0_f64;
    let mut grows = [2.0, 2.5, 2.0].into_iter().cycle();
    while step * 4.0 < most {
        step *= grows.next().unwrap_or(2.0);
    }
    let count = (most / step).ceil().max(1.0);
    let levels: Vec<f64> =
        (0..=4).map(f64::from).filter(|level| *level <= count).map(|level| level * step).collect();
    (levels, count * step)
}

/// The words below slot after slot, only as many as there is room for.
pub(super) fn below(says: &[String], every: usize) -> String {
    let slot = PLOT_WIDTH / says.len().max(1) as f64;
    let mut drawn = String::new();
    for (index, says) in says.iter().enumerate().step_by(every.max(1)) {
        let x = LEFT + slot * (index as f64 + 0.5);
        let _ = writeln!(drawn, "<text class=\"middle\" x=\"{x:.2}\" y=\"{:.2}\">{says}</text>", BASE + 15.0);
    }
    drawn
}

pub(super) fn table_of(headings: &[String], rows: &[Vec<String>]) -> String {
    let head: String =
        headings.iter().map(|heading| format!("<th scope=\"col\">{}</th>", escaped(heading))).collect();
    let mut body = String::new();
    for row in rows {
        let mut cells = row.iter();
        let first = cells.next().map(|cell| format!("<th scope=\"row\">{}</th>", escaped(cell)));
        let rest: String = cells.map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
        let _ = writeln!(body, "<tr>{}{rest}</tr>", first.unwrap_or_default());
    }
    format!(
        "<div class=\"scroll\"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )
}
