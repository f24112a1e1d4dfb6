//! Columns that fit the terminal.

use std::fmt::Write;

use anstyle::Style;

use super::clean::Clean;

/// Blanks between two columns.
const GAP: usize = 2;

/// Blanks before what a row goes on with on its next line.
const FOLDED: usize = 4;

/// A column and how it behaves when there is not enough room.
#[derive(Copy, Clone)]
pub(super) struct Column {
    heading: &'static str,
    /// The fewest columns that it can be cut to; `None` when it is never cut.
    least: Option<usize>,
    /// Whether it is cut only when the others are as narrow as they can be.
    last: bool,
    to_the_right: bool,
}

impl Column {
    /// A column whose cells are always shown whole.
    pub(super) const fn whole(heading: &'static str) -> Self {
        Self { heading, least: None, last: false, to_the_right: false }
    }

    /// A column of numbers.
    pub(super) const fn number(heading: &'static str) -> Self {
        Self { heading, least: None, last: false, to_the_right: true }
    }

    /// A column that gives way, down to `least`.
    pub(super) const fn giving_way(heading: &'static str, least: usize) -> Self {
        Self { heading, least: Some(least), last: false, to_the_right: false }
    }

    /// A column that gives way, down to `least`, when the others have nothing left to give.
    pub(super) const fn giving_way_last(heading: &'static str, least: usize) -> Self {
        Self { last: true, ..Self::giving_way(heading, least) }
    }
}

/// What stands in a row under a column.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    text: Clean,
    /// What says enough where the whole text has no room.
    short: Option<Clean>,
    /// What stands there sooner than a text that is cut.
    uncut: Option<Clean>,
    style: Style,
}

impl Cell {
    /// Any text, cleaned.
    pub(super) fn of(text: impl AsRef<str>) -> Self {
        Self { text: Clean::of(text.as_ref()), ..Self::default() }
    }

    /// With a shorter text for a table that has no room for the whole one.
    pub(super) fn or(self, short: impl AsRef<str>) -> Self {
        Self { short: Some(Clean::of(short.as_ref())), ..self }
    }

    /// With a part of it that is shown where the column would cut it.
    pub(super) fn sooner_than_cut(self, part: impl AsRef<str>) -> Self {
        Self { uncut: Some(Clean::of(part.as_ref())), ..self }
    }

    /// What fits into so many columns.
    fn within(&self, width: usize) -> Clean {
        let texts = [Some(&self.text), self.short.as_ref(), self.uncut.as_ref()];
        let mut texts = texts.into_iter().flatten();
        texts.find(|text| text.width() <= width).cloned().unwrap_or_else(|| self.text(true).cut(width))
    }

    fn text(&self, is_short: bool) -> &Clean {
        self.short.as_ref().filter(|_| is_short).unwrap_or(&self.text)
    }

    /// In a style that says nothing which the text does not say.
    pub(super) fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text.fmt(f)
    }
}

/// Rows under headings.
pub(super) struct Table<const N: usize> {
    columns: [Column; N],
    rows: Vec<[Cell; N]>,
}

impl<const N: usize> Table<N> {
    /// Without rows yet.
    pub(super) fn new(columns: [Column; N]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row below the others.
    pub(super) fn push(&mut self, row: [Cell; N]) {
        self.rows.push(row);
    }

    /// The table in lines of at most `width` columns. A column without anything in it is
    /// left out.
    pub(super) fn render(&self, width: usize) -> String {
        let is_short = taken(&self.widths(usize::MAX, false)) > width;
        let widths = self.widths(width, is_short);
        if taken(&widths) > width {
            return self.folded(width);
        }
        let mut shown = String::new();
        let headings = self.columns.map(|column| Cell::of(column.heading).styled(Style::new().bold()));
        for row in std::iter::once(&headings).chain(&self.rows) {
            let mut owed = 0;
            for ((cell, column), width) in row.iter().zip(&self.columns).zip(widths) {
                let Some(width) = width else { continue };
                let text = cell.within(width);
                let room = width.saturating_sub(text.width());
                let (before, after) = if column.to_the_right { (room, 0) } else { (0, room) };
                // Blanks are written when something follows, so that no line ends in them.
                if text.width() > 0 {
                    let style = cell.style;
                    let _ = write!(shown, "{:1$}{style}{text}{style:#}", "", owed + before);
                    owed = after + GAP;
                } else {
                    owed += width + GAP;
                }
            }
            shown.push('\n');
        }
        shown
    }

    /// Row by row in lines that are broken between cells, for a terminal that has no room for columns.
    fn folded(&self, width: usize) -> String {
        let mut shown = String::new();
        for row in &self.rows {
            let mut used = 0;
            for cell in row.iter().filter(|cell| cell.text.width() > 0) {
                let text = cell.text(true).cut(width.saturating_sub(FOLDED));
                if used > 0 && used + GAP + text.width() > width {
                    shown.push_str(&format!("\n{:FOLDED$}", ""));
                    used = FOLDED;
                } else if used > 0 {
                    shown.push_str(&" ".repeat(GAP));
                    used += GAP;
                }
                let style = cell.style;
                let _ = write!(shown, "{style}{text}{style:#}");
                used += text.width();
            }
            shown.push('\n');
        }
        shown
    }

    /// The width of each column; `None` for one that is empty.
    fn widths(&self, width: usize, is_short: bool) -> [Option<usize>; N] {
        let mut widths = std::array::from_fn(|index| {
            let widest = self.rows.iter().map(|row| row[index].text(is_short).width()).max().unwrap_or(0);
            (widest > 0).then(|| widest.max(Clean::of(self.columns[index].heading).width()))
        });
        loop {
            let too_much = taken(&widths).saturating_sub(width);
            let spare = |index: usize| {
                let least = self.columns[index].least?;
                widths[index]?.checked_sub(least).filter(|spare| *spare > 0)
            };
            // The widest gives way first, column by column, so that those which give way end alike.
            let giving = (0..N).filter(|index| spare(*index).is_some());
            let widest = giving.max_by_key(|index| (!self.columns[*index].last, widths[*index]));
            let Some(widest) = widest.filter(|_| too_much > 0) else { return widths };
            widths[widest] = widths[widest].map(|width| width - 1);
        }
    }
}

/// The columns that a line takes.
fn taken(widths: &[Option<usize>]) -> usize {
    let gaps = GAP * widths.iter().flatten().count().saturating_sub(1);
    widths.iter().flatten().sum::<usize>() + gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(table: &Table<3>, width: usize) -> String {
        anstream::adapter::strip_str(&table.render(width)).to_string()
    }

    fn table(rows: &[[&str; 3]]) -> Table<3> {
        let mut table =
            Table::new([Column::number("id"), Column::giving_way("who", 5), Column::whole("outcome")]);
        for row in rows {
            table.push(row.map(Cell::of));
        }
        table
    }

    #[test]
    fn columns_stand_under_their_headings_and_no_line_ends_in_blanks() {
        let table = table(&[["4", "Pat Doe", "rang out"], ["14", "Zoë 李", ""], ["114", "", "x"]]);
        let expected = " id  who      outcome\n  4  Pat Doe  rang out\n 14  Zoë 李\n114           x\n";
        assert_eq!(plain(&table, 80), expected);
    }

    #[test]
    fn a_column_gives_way_down_to_its_least() {
        let table = table(&[["4", "a long name", "rang out"]]);
        assert_eq!(plain(&table, 20).lines().last(), Some(" 4  a lon…  rang out"));
        assert_eq!(plain(&table, 19).lines().last(), Some(" 4  a lo…  rang out"));
    }

    #[test]
    fn without_room_for_columns_rows_are_broken_between_cells() {
        let table = table(&[["4", "a long name", "rang out"], ["14", "", "declined"]]);
        assert_eq!(plain(&table, 18), "4  a long name\n    rang out\n14  declined\n");
        assert_eq!(plain(&table, 12), "4  a long…\n    rang out\n14  declined\n");
    }

    #[test]
    fn a_column_that_matters_gives_way_last() {
        let mut table = Table::new([
            Column::giving_way("who", 5),
            Column::giving_way_last("about", 5),
            Column::whole("by"),
        ]);
        table.push(["a long name", "a long message", "ana"].map(Cell::of));
        let shown = |width| plain(&table, width).lines().last().unwrap_or_default().to_owned();
        assert_eq!(shown(26), "a lo…  a long message  ana");
        assert_eq!(shown(21), "a lo…  a long m…  ana");
    }

    #[test]
    fn a_shorter_text_stands_where_the_whole_one_has_no_room() {
        let mut table = Table::new([Column::giving_way("who", 5), Column::whole("due"), Column::whole("by")]);
        table.push([Cell::of("Pat Doe +1 555-0142").or("Pat Doe"), Cell::of("4 p.m."), Cell::of("ana")]);
        table.push([Cell::of("number withheld"), Cell::of("5 p.m."), Cell::of("ben")]);
        assert_eq!(plain(&table, 33).lines().nth(1), Some("Pat Doe +1 555-0142  4 p.m.  ana"));
        assert_eq!(plain(&table, 31).lines().nth(1), Some("Pat Doe          4 p.m.  ana"));
    }

    #[test]
    fn the_end_of_a_text_is_left_out_sooner_than_cut() {
        let mut table = Table::new([Column::number("id"), Column::giving_way("why", 5), Column::whole("by")]);
        table.push([
            Cell::of("4"),
            Cell::of("rang out, repairs").sooner_than_cut("rang out"),
            Cell::of("ana"),
        ]);
        let shown = |width| plain(&table, width).lines().last().unwrap_or_default().to_owned();
        assert_eq!(shown(26), " 4  rang out, repairs  ana");
        assert_eq!(shown(25), " 4  rang out          ana");
        assert_eq!(shown(16), " 4  rang o…  ana");
    }

    #[test]
    fn an_empty_column_is_left_out() {
        let table = table(&[["4", "", "rang out"]]);
        assert_eq!(plain(&table, 80), "id  outcome\n 4  rang out\n");
    }

    #[test]
    fn no_name_whatever_breaks_a_line() {
        let long = "x".repeat(2_000);
        let pile = format!("a{}", "\u{301}".repeat(2_000));
        let names = [
            "\u{1b}[2J\u{1b}]0;owned\u{7}",
            "\u{9b}31m",
            "\u{202e}taP\u{2066}",
            "Pat\nDoe\r",
            "🔧👩\u{200d}👩\u{200d}👧🇺🇸👍🏽",
            "\u{200b}\u{feff}",
            "李小龍李小龍李小龍李小龍李小龍李小龍",
            long.as_str(),
            pile.as_str(),
        ];
        let table = table(&names.map(|name| ["4", name, "rang out"]));
        let shown = plain(&table, 40);
        assert_eq!(shown.lines().count(), 1 + names.len(), "{shown}");
        for line in shown.lines() {
            assert!(Clean::of(line).width() <= 40, "{line}");
            assert_eq!(Clean::of(line).as_str(), line);
        }
    }
}
