//! The picture to hang on the wall: one file, without script or reference, in the colours of day or night.

mod card;
mod layers;
mod legend;
mod place;
mod shape;
mod style;
mod words;

use std::fmt::Write;

use card::{Card, Tag};
use layers::{Item, Layers, Path};
use place::{Area, Places, Size};
use words::escaped;

use super::{Chart, From};

const MARGIN: f64 = 32.0;
const HEAD: f64 = 92.0;
/// The legend needs that much.
const NARROWEST: f64 = 580.0;

/// Everything in its place, before it is drawn.
struct Drawing {
    layers: Layers,
    cards: Vec<Card>,
    tags: Vec<Tag>,
    places: Places,
    width: f64,
}

impl Drawing {
    fn of(chart: &Chart) -> Self {
        let layers = Layers::of(chart);
        let cards: Vec<Card> = (0..chart.shapes.len()).map(|index| Card::of(chart, index)).collect();
        let tags: Vec<Tag> = chart.ways.iter().map(Tag::of).collect();
        let sizes: Vec<Size> = layers
            .items
            .iter()
            .map(|item| match item {
                Item::Start(way) => start_size(chart, *way),
                Item::Step(step) => with_loops(&cards[*step], &tags),
                Item::Label(way) => tags[*way].size(),
                Item::Bend(_) => Size { width: 4.0, height: 0.0 },
            })
            .collect();
        let mut places = place::place(&layers, &sizes);
        let least = words::width(&chart.name, 28.0).max(NARROWEST);
        let width = places.size.width.max(least) + 2.0 * MARGIN;
        let left = (width - places.size.width) / 2.0;
        places.items.iter_mut().for_each(|area| {
            area.middle += left;
            area.top += HEAD;
        });
        places.rows.iter_mut().for_each(|(top, bottom)| {
            *top += HEAD;
            *bottom += HEAD;
        });
        Self { layers, cards, tags, places, width }
    }
}

/// The picture as an SVG document.
pub fn svg(chart: &Chart) -> String {
    let drawing = Drawing::of(chart);
    let Drawing { layers, cards, tags, places, width } = &drawing;
    let picture = Picture { chart, layers, cards, tags, places };
    let drawn = picture.draw();
    let (legend, below) =
        legend::draw(chart, (MARGIN, HEAD + places.size.height + 30.0, width - 2.0 * MARGIN));
    let height = below + MARGIN;
    // What a sheet of A4 leaves within its margins.
    let (page, sheet) = match *width < height {
        true => ("portrait", "width:194mm;height:280mm"),
        false => ("landscape", "width:281mm;height:193mm"),
    };
    let title = format!("{}: what callers of {} hear", chart.name, chart.business);
    let firm = format!("What callers of {} hear", chart.business);
    let firm = words::wrap(&firm, (width - 2.0 * MARGIN, 15.0), 1).concat();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">{}</title>\n<style>\n{}svg:root{{max-width:100%;height:auto}}\n\
         @media print{{svg:root{{{sheet}}}}}\n@page{{size:A4 {page};margin:8mm}}\n</style>\n\
         <rect class=\"paper\" width=\"{width:.0}\" height=\"{height:.0}\"/>\n{}\n{}\n{drawn}{legend}</svg>\n",
        escaped(&title),
        style::STYLE,
        card::text("title", (MARGIN, 46.0), &chart.name),
        card::text("firm", (MARGIN, 68.0), &firm),
    )
}

fn start_word(chart: &Chart, way: usize) -> &'static str {
    match chart.ways[way].from {
        From::Start(word) => word,
        From::Step(_) => "",
    }
}

fn start_size(chart: &Chart, way: usize) -> Size {
    Size { width: words::width(start_word(chart, way), 14.0) + 28.0, height: 28.0 }
}

/// A step with room on both sides for the ways that lead from it to itself.
fn with_loops(card: &Card, tags: &[Tag]) -> Size {
    let size = card.size();
    let loops = card.loops();
    let room = loops.iter().map(|way| tags[*way].size().width).fold(0.0, f64::max);
    let room = if loops.is_empty() { 0.0 } else { room + 44.0 };
    Size { width: size.width + 2.0 * room, height: size.height.max(34.0 * loops.len() as f64 + 20.0) }
}

struct Picture<'a> {
    chart: &'a Chart,
    layers: &'a Layers,
    cards: &'a [Card],
    tags: &'a [Tag],
    places: &'a Places,
}

impl Picture<'_> {
    fn draw(&self) -> String {
        let mut out = String::new();
        for path in &self.layers.paths {
            out.push_str(&self.way(path));
        }
        for (item, area) in self.layers.items.iter().zip(&self.places.items) {
            match item {
                Item::Start(way) => out.push_str(&start(start_word(self.chart, *way), area)),
                Item::Step(step) => {
                    let size = Size { width: card::WIDTH, height: area.size.height };
                    let area = Area { size, ..*area };
                    out.push_str(&self.cards[*step].draw(&area));
                    for (index, way) in self.cards[*step].loops().iter().enumerate() {
                        out.push_str(&self.round(*way, &area, index));
                    }
                }
                Item::Label(_) | Item::Bend(_) => {}
            }
        }
        out
    }

    fn open_way(&self, way: usize, more: &str) -> String {
        let to = &self.chart.shapes[self.chart.ways[way].to].step;
        let from = match self.chart.ways[way].from {
            From::Start(word) => format!("[{word}]"),
            From::Step(from) => self.chart.shapes[from].step.to_string(),
        };
        format!(
            "<g class=\"way{more}\" data-from=\"{}\" data-to=\"{}\">",
            escaped(&from),
            escaped(to.as_str())
        )
    }

    /// A way through its rows: straight down through each, in a curve between two.
    fn way(&self, path: &Path) -> String {
        let last = path.through.len() - 1;
        let mut d = String::new();
        let mut end = (0.0, 0.0);
        for (index, item) in path.through.iter().enumerate() {
            let area = &self.places.items[*item];
            let row = self.row_of(path, index);
            if index == 0 {
                let x = self.port(*item, path, true);
                let _ = write!(d, "M{x:.1},{:.1}V{:.1}", area.bottom(), row.1);
                end = (x, row.1);
                continue;
            }
            let x = if index == last { self.port(*item, path, false) } else { area.middle };
            let (top, half) = (row.0, (row.0 - end.1) / 2.0);
            let _ = write!(d, "C{:.1},{:.1} {x:.1},{:.1} {x:.1},{top:.1}", end.0, end.1 + half, top - half);
            end = (x, row.1);
            if index < last {
                let _ = write!(d, "V{:.1}", row.1);
            } else {
                let _ = write!(d, "V{:.1}", area.top);
                end = (x, area.top);
            }
        }
        let first = &self.places.items[path.through[0]];
        let tip = match path.upwards {
            false => tip(end, 1.0),
            true => tip((self.port(path.through[0], path, true), first.bottom()), -1.0),
        };
        let tag = self.tags[path.way].draw(&self.places.items[path.through[1]]);
        let open = self.open_way(path.way, if path.upwards { " back" } else { "" });
        format!("{open}<path d=\"{d}\"/>{tip}{tag}</g>\n")
    }

    /// The upper and lower edge of the row that holds the item of this number on the path.
    fn row_of(&self, path: &Path, index: usize) -> (f64, f64) {
        let item = path.through[index];
        let row = self.layers.rows.iter().position(|row| row.contains(&item)).unwrap_or_default();
        self.places.rows[row]
    }

    /// Where on its lower or upper edge the path leaves or meets a box: beside each other, in the order of the ways.
    fn port(&self, item: usize, path: &Path, lower: bool) -> f64 {
        let next = |path: &Path| if lower { path.through[1] } else { path.through[path.through.len() - 2] };
        let here =
            |path: &&Path| if lower { path.through[0] == item } else { path.through.last() == Some(&item) };
        let mut beside: Vec<&Path> = self.layers.paths.iter().filter(here).collect();
        let middle = |path: &Path| self.places.items[next(path)].middle;
        beside.sort_by(|one, other| middle(one).total_cmp(&middle(other)));
        let place = beside.iter().position(|other| other.way == path.way).unwrap_or_default();
        let area = &self.places.items[item];
        let room = area.size.width.min(card::WIDTH) - 70.0;
        let step = if beside.len() > 1 { (room / (beside.len() - 1) as f64).clamp(0.0, 30.0) } else { 0.0 };
        area.middle + step * (place as f64 - (beside.len() - 1) as f64 / 2.0)
    }

    /// A way from a step to itself, at its right.
    fn round(&self, way: usize, area: &Area, index: usize) -> String {
        let size = self.tags[way].size();
        let (x, y) = (area.right(), area.top + 12.0 + 34.0 * index as f64);
        let d = format!("M{x:.1},{y:.1}h20a11,11 0 0 1 0,22h-20");
        let open = self.open_way(way, "");
        let tag = Area { middle: x + 34.0 + size.width / 2.0, top: y, size };
        let (tip_x, tip_y) = (x, y + 22.0);
        let tip = format!("<path class=\"tip\" d=\"M{tip_x:.1},{tip_y:.1}l9,-4.5v9z\"/>");
        format!("{open}<path d=\"{d}\"/>{tip}{}</g>\n", self.tags[way].draw(&tag))
    }
}

/// The tip of an arrow that points down, or up.
fn tip((x, y): (f64, f64), down: f64) -> String {
    format!("<path class=\"tip\" d=\"M{x:.1},{y:.1}l-4.5,{0:.1}h9z\"/>", -9.0 * down)
}

fn start(word: &str, area: &Area) -> String {
    let (left, top) = (area.left(), area.top);
    let Size { width, height } = area.size;
    let y = top + height / 2.0 + 4.5;
    format!(
        "<g class=\"start\" data-start=\"{word}\"><rect class=\"form\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"14\"/><text x=\"{:.1}\" y=\"{y:.1}\">{word}</text></g>\n",
        area.middle
    )
}
