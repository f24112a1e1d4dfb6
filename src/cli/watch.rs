//! `ringback watch`: the first screen, drawn again and again in its place.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

use crate::settings::Home;

use super::clean::Clean;
use super::failure::Failure;
use super::output::terminal_width;
use super::today::{self, Screen};

const EVERY: Duration = Duration::from_secs(2);

/// A terminal's lines, where it does not say how many it has.
const USUAL_LINES: usize = 24;

/// With fewer lines than these there is nothing to see.
const FEWEST_LINES: usize = 8;

const EXAMPLES: &str = "\
The screen is that of `ringback` alone, looked at every two seconds. Ctrl-C
ends it, and what stood on the terminal before is back.

Examples:
  ringback watch
  ringback --no-color watch";

/// Watch what needs doing; the screen is drawn again in its place
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {}

/// Draws until somebody ends it.
pub(super) fn run(_: &Args, home: &Home) -> Result<(), Failure> {
    if !io::stdout().is_terminal() {
        return Err(Failure::wrong_usage("`watch` draws on a terminal, and the answer goes elsewhere")
            .hint("`ringback` alone prints the screen once"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::could_not("nothing can be watched").because(&error))?;
    runtime.block_on(watch(home))
}

async fn watch(home: &Home) -> Result<(), Failure> {
    // Heard before the terminal is changed, so that no end leaves it so.
    let mut ends =
        Ends::hear().map_err(|error| Failure::could_not("Ctrl-C cannot be heard").because(&error))?;
    // The first look tells whether there is anything to watch, while an error can still be read.
    let screen = today::screen_of(home, lines() - 1)?;
    let mut last = Last { screen, trouble: None, had_database: home.database().exists() };
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut terminal = Terminal::take();
    loop {
        tokio::select! {
            _ = ticks.tick() => last.look(home),
            () = ends.come() => return Ok(()),
        }
        // Nobody looks at a terminal that is gone.
        if terminal.draw(&last).is_err() {
            return Ok(());
        }
    }
}

/// What was seen last.
struct Last {
    screen: Screen,
    /// Why the last look saw nothing.
    trouble: Option<String>,
    /// Whether there was a database: one that is gone is no quiet day.
    had_database: bool,
}

impl Last {
    /// Looks again. What cannot be read at this moment, a database that is busy or a file that is being edited, leaves
    /// the screen as it was and says so.
    fn look(&mut self, home: &Home) {
        let has_database = home.database().exists();
        if self.had_database && !has_database {
            self.trouble = Some("the database is not there".to_owned());
            return;
        }
        match today::screen_of(home, lines() - 1) {
            Ok(screen) => *self = Self { screen, trouble: None, had_database: has_database },
            Err(failure) => self.trouble = failure.to_string().lines().next().map(str::to_owned),
        }
    }

    /// The lines that fit, and when it was looked at.
    fn drawn(&self, (width, lines): (usize, usize)) -> Vec<String> {
        let Screen { shown, looked_at, stranger, kept: _ } = &self.screen;
        // A narrow terminal wraps, and what it wraps takes rows too.
        let mut rows = lines - 1;
        let fits = |line: &&str| {
            let plain = anstream::adapter::strip_str(line).to_string();
            let taken = Clean::of(&plain).width().div_ceil(width.max(1)).max(1);
            let left = rows.checked_sub(taken);
            rows = left.unwrap_or(0);
            left.is_some()
        };
        let mut drawn: Vec<String> = shown.lines().take_while(fits).map(str::to_owned).collect();
        let told = match (&self.trouble, stranger) {
            (Some(trouble), _) => format!("Last seen at {looked_at}; {trouble}"),
            (None, Some(stranger)) => format!("Looked at {looked_at}. {stranger}"),
            (None, None) => {
                format!("Looked at {looked_at}, every {} seconds. Ctrl-C ends it.", EVERY.as_secs())
            }
        };
        drawn.push(Clean::of(&told).cut(width).to_string());
        drawn
    }
}

/// The terminal while it is ours: an empty page beside what stood there, and no cursor. Both are given back when it is
/// dropped, whatever happened.
struct Terminal;

impl Terminal {
    fn take() -> Self {
        let _ = write!(io::stdout(), "\u{1b}[?1049h\u{1b}[?25l");
        Self
    }

    fn draw(&mut self, last: &Last) -> io::Result<()> {
        let colour = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
        // Line by line over what stands there, so that nothing flickers.
        let mut page = "\u{1b}[H".to_owned();
        for (index, line) in last.drawn((columns(), lines())).iter().enumerate() {
            let line = if colour { line.clone() } else { anstream::adapter::strip_str(line).to_string() };
            page.push_str(if index > 0 { "\r\n" } else { "" });
            page.push_str(&format!("{line}\u{1b}[K"));
        }
        page.push_str("\u{1b}[J");
        let mut stdout = io::stdout().lock();
        stdout.write_all(page.as_bytes())?;
        stdout.flush()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let mut stdout = io::stdout().lock();
        // Nothing can be given back to a terminal that is gone.
        let _ = write!(stdout, "\u{1b}[?25h\u{1b}[?1049l").and_then(|()| stdout.flush());
    }
}

/// Whatever ends it: Ctrl-C or Ctrl-\, a terminal that is closed, a machine that goes down.
struct Ends([Signal; 4]);

impl Ends {
    fn hear() -> io::Result<Self> {
        let kinds =
            [SignalKind::interrupt(), SignalKind::quit(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, quit, terminate, hangup] = kinds.map(signal);
        Ok(Self([interrupt?, quit?, terminate?, hangup?]))
    }

    async fn come(&mut self) {
        let [interrupt, quit, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = quit.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

/// The columns of the terminal, however few.
fn columns() -> usize {
    terminal_size::terminal_size().map_or_else(terminal_width, |(width, _)| usize::from(width.0))
}

/// The lines of the terminal; the last is for when it was looked at.
fn lines() -> usize {
    let seen = terminal_size::terminal_size().map(|(_, height)| usize::from(height.0));
    seen.unwrap_or(USUAL_LINES).max(FEWEST_LINES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_terminal_keeps_its_title() {
        let long = "x".repeat(80);
        let shown = format!("Ridge Plumbing\n{}", format!("{long}\n").repeat(20));
        let last = Last {
            screen: Screen { shown, looked_at: "15:00:00".to_owned(), stranger: None, kept: None },
            trouble: None,
            had_database: true,
        };
        let drawn = last.drawn((40, 20));
        assert_eq!((drawn[0].as_str(), drawn.len()), ("Ridge Plumbing", 11));
        let rows: usize = drawn.iter().map(|line| line.chars().count().div_ceil(40)).sum();
        assert!(rows <= 20, "{rows}");
    }

    #[test]
    fn a_wide_terminal_shows_the_screen_as_it_is_and_who_it_does_not_know() {
        let shown = "Ridge Plumbing  Sat 3 p.m.\nOpen.\n\nNobody is waiting for a call.\n".to_owned();
        let stranger = Some("Nobody here is called `bob`; the people are `ana`, `ben`.".to_owned());
        let screen = Screen { shown, looked_at: "15:00:00".to_owned(), stranger, kept: None };
        let mut last = Last { screen, trouble: None, had_database: true };
        let page = |last: &Last| last.drawn((120, 40)).join("\n");
        let above = "Ridge Plumbing  Sat 3 p.m.\nOpen.\n\nNobody is waiting for a call.\n";
        let told = "Looked at 15:00:00. Nobody here is called `bob`; the people are `ana`, `ben`.";
        assert_eq!(page(&last), format!("{above}{told}"));
        last.screen.stranger = None;
        assert_eq!(page(&last), format!("{above}Looked at 15:00:00, every 2 seconds. Ctrl-C ends it."));
    }

    #[test]
    fn a_page_never_scrolls_and_says_when_it_was_looked_at() {
        let shown = (0..40).map(|n| format!("line {n}\n")).collect();
        let screen = Screen { shown, looked_at: "15:00:00".to_owned(), stranger: None, kept: None };
        let mut last = Last { screen, trouble: None, had_database: true };
        let drawn = last.drawn((80, 24));
        assert_eq!((drawn.len(), drawn[22].as_str()), (24, "line 22"));
        assert_eq!(drawn[23], "Looked at 15:00:00, every 2 seconds. Ctrl-C ends it.");
        last.trouble = Some("error: the database refused\u{1b}[2J".to_owned());
        let drawn = last.drawn((80, 24));
        assert_eq!(drawn[23], "Last seen at 15:00:00; error: the database refused[2J");
        let nowhere = tempfile::tempdir().unwrap();
        last.look(&Home::new(nowhere.path()));
        let drawn = last.drawn((80, 24));
        assert_eq!(
            (drawn[0].as_str(), drawn[23].as_str()),
            ("line 0", "Last seen at 15:00:00; the database is not there"),
            "what was seen stays"
        );
    }
}
