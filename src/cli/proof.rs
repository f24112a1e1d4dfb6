//! `ringback proof`: that nothing slipped, day by day; and if something did, which call.

use std::collections::BTreeMap;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use jiff::SignedDuration;
use jiff::civil::Date;
use serde::Serialize;

use crate::settings::Home;
use crate::store::{Cause, Claim, Fault, Finding, Journal, Proof, Tally, rfc3339};
use crate::switchboard::RING_LIMIT;

use super::aside::{self, Aside};
use super::cure::cure;
use super::failure::Failure;
use super::lost;
use super::output::{fold, show, show_json, wrap};
use super::shop::Shop;
use super::table::{Cell, Column, Table};
use super::when::Look;

const EXAMPLES: &str = "\
Every call must be answered, blocked, missed with an entry on the call-back
list, going on, or forgotten; `proof` counts them, day by day, and looks
whether each entry is somebody's and closed only by a person's word. A call
that breaks this is named, and the exit code is 1.

Examples:
  ringback proof
  ringback proof --month 2026-11
  ringback proof --day 2026-11-20 --json";

/// The sweep comes by every half minute, after it asked the provider; a server that has just started is later.
const LENIENT: SignedDuration = SignedDuration::from_mins(10);

/// Show that no call slipped, and name those that did
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Only from this day on: `2026-11-20`
    #[arg(long, value_name = "DATE", value_parser = date)]
    since: Option<Date>,
    /// Only this day: `2026-11-20`
    #[arg(long, value_name = "DATE", value_parser = date, conflicts_with_all = ["since", "month"])]
    day: Option<Date>,
    /// Only this month: `2026-11`
    #[arg(long, value_name = "MONTH", value_parser = month, conflicts_with = "since")]
    month: Option<Date>,
    /// Print JSON for other programs
    #[arg(long)]
    json: bool,
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "write the day like `2026-11-20`".to_owned())
}

/// The first day of the month.
fn month(text: &str) -> Result<Date, String> {
    format!("{text}-01").parse().map_err(|_| "write the month like `2026-11`".to_owned())
}

/// Proves it, or says which call breaks it.
pub(super) fn run(args: &Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let look = &shop.look;
    let claim = Claim {
        since: args.since.or(args.day).or(args.month),
        until: args.day.or(args.month.map(Date::last_of_month)),
        ..Claim::of_all(&look.zone, look.now, RING_LIMIT + LENIENT)
    };
    let (proof, complaint) = shop.read(|tx| Ok((tx.proof(&claim)?, tx.complaint()?)))?.unwrap_or_default();
    if let Some(words) = complaint {
        let failure = Failure::could_not(format!("the database is damaged, so nothing is proven: {words}"));
        return Err(failure.hint(cure(Cause::Damaged, home)));
    }
    if lost::is_lost(home) {
        let failure = Failure::could_not("the database is gone, so nothing is proven");
        return Err(failure.hint(lost::cure(home)));
    }
    let journal = shop.settings.journal_of(home);
    let waiting = Journal::pending(&journal)
        .map_err(|error| Failure::could_not("the emergency journal cannot be read").because(&error))?;
    let aside = aside::kept_aside(&shop);
    let begun = lost::begun_anew(&shop);
    if args.json {
        let begun = begun.map(|at| rfc3339(at, &look.zone));
        show_json(&Shape::of(&proof, (waiting, begun), &aside))?;
    } else {
        let anew = begun.map(|at| {
            let since = look.at_or_on(at);
            format!(
                "An empty database was begun {since}; of calls before that nothing is proven. To do: {}.",
                lost::ANEW
            )
        });
        let beside = anew.into_iter().chain(beside(waiting, &journal, &aside)).collect::<Vec<_>>();
        show(&screen(&proof, look, &beside))?;
    }
    match proof.findings.len() + aside.len() + begun.iter().count() {
        0 if proof.holds() => Ok(()),
        0 | 1 => Err(Failure::could_not("one thing does not add up")),
        many => Err(Failure::could_not(format!("{many} things do not add up"))),
    }
}

/// What stands in no database, and where.
fn beside(waiting: usize, journal: &Path, aside: &[Aside]) -> Vec<String> {
    let records = match waiting {
        0 => None,
        1 => Some("1 record waits".to_owned()),
        many => Some(format!("{many} records wait")),
    };
    let waiting = records.map(|records| {
        let file = journal.display();
        format!(
            "{records} in `{file}` until the database takes them: `ringback missed` names who waits there."
        )
    });
    let told = aside.iter().map(|aside| format!("{} To do: {}.", aside.says(), aside.advice(journal)));
    waiting.into_iter().chain(told).collect()
}

fn screen(proof: &Proof, look: &Look, beside: &[String]) -> String {
    if proof.days.is_empty() && proof.findings.is_empty() && beside.is_empty() {
        return "No calls, so none slipped.\n".to_owned();
    }
    let mut table = Table::new([
        Column::whole("when"),
        Column::number("calls"),
        Column::number("answered"),
        Column::number("blocked"),
        Column::number("closed"),
        Column::number("open"),
        Column::number("going on"),
        Column::number("forgotten"),
        Column::whole("adds up"),
    ]);
    for (when, tally, adds_up) in lines(proof) {
        let numbers = [
            tally.answered,
            tally.blocked,
            tally.missed_closed,
            tally.missed_open,
            tally.in_progress,
            tally.forgotten,
        ];
        let [answered, blocked, closed, open, going_on, forgotten] =
            numbers.map(|number| Cell::of(if number == 0 { String::new() } else { number.to_string() }));
        let (word, style) = if adds_up { ("yes", Style::new()) } else { ("no", alarm()) };
        let calls = Cell::of(tally.calls.to_string());
        let verdict = Cell::of(word).styled(style);
        table.push([when, calls, answered, blocked, closed, open, going_on, forgotten, verdict]);
    }
    let mut shown = table.render(look.width);
    shown.push('\n');
    for finding in &proof.findings {
        let told = format!("{}: {} {}", finding.day, subject(finding), finding.fault);
        shown.push_str(&wrap(&told, look.width, 2));
    }
    if proof.findings.is_empty() && proof.holds() {
        let so_far = if beside.is_empty() { "Nothing slipped" } else { "In the database nothing slipped" };
        shown.push_str(&fold(&format!("{so_far}: {}", what_became(&proof.total())), look.width, 0));
    }
    if !beside.is_empty() {
        shown.push_str("But not everything is in the database:\n");
        beside.iter().for_each(|told| shown.push_str(&fold(&format!("- {told}"), look.width, 2)));
    }
    shown
}

fn alarm() -> Style {
    AnsiColor::Red.on_default().bold()
}

fn what_became(total: &Tally) -> String {
    let missed = total.missed_closed + total.missed_open;
    let calls = if total.calls == 1 { "1 call".to_owned() } else { format!("{} calls", total.calls) };
    let answered = if total.answered == 1 { "was" } else { "were" };
    let forgotten = match total.forgotten {
        0 => String::new(),
        1 => ", 1 is forgotten at the caller's wish".to_owned(),
        many => format!(", {many} are forgotten at the callers' wish"),
    };
    let of_them = match missed {
        1 => "the 1 that nobody took".to_owned(),
        many => format!("each of the {many} that nobody took"),
    };
    format!(
        "of {calls} {} {answered} answered{forgotten}, and {of_them} has its entry on the \
         call-back list, {} still open.",
        total.answered, total.missed_open
    )
}

/// A line for each month; its days stand for themselves where one does not add up, or where there is one month only.
fn lines(proof: &Proof) -> Vec<(Cell, Tally, bool)> {
    let adds_up =
        |day: Date, tally: &Tally| tally.accounted() == tally.calls && proof.found_on(day).next().is_none();
    let mut months: BTreeMap<(i16, i8), Vec<(Date, Tally)>> = BTreeMap::new();
    let found = proof.findings.iter().map(|finding| (finding.day, Tally::default()));
    for (day, tally) in proof.days.iter().copied().chain(found) {
        let days = months.entry((day.year(), day.month())).or_default();
        if days.iter().all(|(known, _)| *known != day) {
            days.push((day, tally));
        }
    }
    let is_one = months.len() == 1;
    let mut lines = Vec::new();
    for ((year, month), mut days) in months {
        days.sort_by_key(|(day, _)| *day);
        let (shown, folded): (Vec<_>, Vec<_>) =
            days.into_iter().partition(|(day, tally)| is_one || !adds_up(*day, tally));
        if !folded.is_empty() {
            let sum = folded.iter().fold(Tally::default(), |sum, (_, tally)| sum.and(*tally));
            let (rest, short) = if shown.is_empty() { ("", "") } else { (", other days", ", …") };
            let month = format!("{year}-{month:02}");
            let when = Cell::of(format!("{month}{rest}")).or(format!("{month}{short}"));
            lines.push((when, sum, true));
        }
        for (day, tally) in shown {
            lines.push((Cell::of(day.to_string()), tally, adds_up(day, &tally)));
        }
    }
    lines
}

/// `call 17`, `calls 17 to 19`, `call-back 4`.
fn subject(finding: &Finding) -> String {
    match (finding.call, &finding.fault) {
        (Some(first), Fault::Vanished { last }) if first != *last => {
            format!("each of calls {first} to {last}")
        }
        (Some(call), _) => format!("call {call}"),
        (None, _) => finding.call_back.map_or_else(String::new, |id| format!("call-back {id}")),
    }
}

#[derive(Serialize)]
struct Shape {
    holds: bool,
    calls: u64,
    waiting_in_journal: usize,
    /// When an empty database was begun in the place of one that is gone, if that was in the last days.
    begun_anew_at: Option<String>,
    kept_aside: Vec<AsideShape>,
    days: Vec<DayShape>,
    findings: Vec<FindingShape>,
}

/// A journal beside the one in use, with what is in no database.
#[derive(Serialize)]
struct AsideShape {
    file: String,
    not_taken_in: usize,
    unreadable: usize,
}

#[derive(Serialize)]
struct DayShape {
    day: Date,
    adds_up: bool,
    calls: u64,
    answered: u64,
    blocked: u64,
    missed_closed: u64,
    missed_open: u64,
    in_progress: u64,
    forgotten: u64,
}

#[derive(Serialize)]
struct FindingShape {
    day: Date,
    what: &'static str,
    call: Option<i64>,
    call_back: Option<i64>,
    says: String,
}

impl Shape {
    fn of(
        proof: &Proof,
        (waiting_in_journal, begun_anew_at): (usize, Option<String>),
        aside: &[Aside],
    ) -> Self {
        let day = |(day, tally): &(Date, Tally)| DayShape {
            day: *day,
            adds_up: tally.accounted() == tally.calls && proof.found_on(*day).next().is_none(),
            calls: tally.calls,
            answered: tally.answered,
            blocked: tally.blocked,
            missed_closed: tally.missed_closed,
            missed_open: tally.missed_open,
            in_progress: tally.in_progress,
            forgotten: tally.forgotten,
        };
        let finding = |finding: &Finding| FindingShape {
            day: finding.day,
            what: finding.fault.word(),
            call: finding.call.map(|id| id.0),
            call_back: finding.call_back.map(|id| id.0),
            says: format!("{} {}", subject(finding), finding.fault),
        };
        let kept_aside = |aside: &Aside| AsideShape {
            file: aside.file.display().to_string(),
            not_taken_in: aside.left,
            unreadable: aside.unreadable,
        };
        Self {
            holds: proof.holds() && aside.is_empty() && begun_anew_at.is_none(),
            calls: proof.total().calls,
            waiting_in_journal,
            begun_anew_at,
            kept_aside: aside.iter().map(kept_aside).collect(),
            days: proof.days.iter().map(day).collect(),
            findings: proof.findings.iter().map(finding).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::CallId;
    use crate::call_back::CallBackId;
    use crate::cli::testing::{look, plain};

    fn day(date: &str, calls: u64) -> (Date, Tally) {
        let tally = Tally {
            calls,
            answered: calls - 70,
            blocked: 10,
            missed_closed: 30,
            missed_open: 10,
            in_progress: 5,
            forgotten: 15,
        };
        (date.parse().unwrap(), tally)
    }

    fn proof() -> Proof {
        let days = ["2026-10-30", "2026-11-02", "2026-11-03", "2026-11-04"].map(|date| day(date, 1_234));
        let finding = |call: i64, fault| Finding {
            day: "2026-11-03".parse().unwrap(),
            call: Some(CallId(call)),
            call_back: None,
            fault,
        };
        let unknown = Fault::OutcomeUnknown("lo\u{1b}[2Jst".to_owned());
        let vanished = Fault::Vanished { last: CallId(19) };
        let nobodys =
            Finding { call: None, call_back: Some(CallBackId(4)), ..finding(0, Fault::WithoutOwner) };
        Proof { days: days.into(), findings: vec![finding(7, unknown), finding(17, vanished), nobodys] }
    }

    fn shown(proof: &Proof, width: usize) -> String {
        plain(&screen(proof, &Look { width, ..look() }, &[]))
    }

    #[test]
    fn what_does_not_add_up_is_shown_by_its_day_and_named() {
        let expected = "\
when        calls  answered  blocked  closed  open  going on  forgotten  adds up
2026-10      1234      1164       10      30    10         5         15  yes
2026-11, …   2468      2328       20      60    20        10         30  yes
2026-11-03   1234      1164       10      30    10         5         15  no

2026-11-03: call 7 has an outcome that nobody knows: `lo[2Jst`
2026-11-03: each of calls 17 to 19 was logged, and its row is gone
2026-11-03: call-back 4 is nobody's
";
        assert_eq!(shown(&proof(), 80), expected);
    }

    #[test]
    fn a_wide_terminal_has_room_for_words() {
        let expected = "\
when                 calls  answered  blocked  closed  open  going on  forgotten  adds up
2026-10               1234      1164       10      30    10         5         15  yes
2026-11, other days   2468      2328       20      60    20        10         30  yes
2026-11-03            1234      1164       10      30    10         5         15  no

2026-11-03: call 7 has an outcome that nobody knows: `lo[2Jst`
2026-11-03: each of calls 17 to 19 was logged, and its row is gone
2026-11-03: call-back 4 is nobody's
";
        assert_eq!(shown(&proof(), 120), expected);
    }

    #[test]
    fn what_adds_up_is_shown_by_months() {
        let sound = Proof { findings: Vec::new(), ..proof() };
        for width in [80, 120] {
            let expected = "\
when     calls  answered  blocked  closed  open  going on  forgotten  adds up
2026-10   1234      1164       10      30    10         5         15  yes
2026-11   3702      3492       30      90    30        15         45  yes

Nothing slipped: of 4936 calls 4656 were answered, 60 are forgotten at the
callers' wish, and each of the 160 that nobody took has its entry on the
call-back list, 40 still open.
";
            assert_eq!(shown(&sound, width), expected);
        }
    }

    #[test]
    fn what_stands_beside_the_database_is_told_instead_of_praise() {
        let sound = Proof { findings: Vec::new(), ..proof() };
        let told = beside(3, Path::new("./ringback.journal"), &[]);
        let shown = plain(&screen(&sound, &look(), &told));
        let expected = "
In the database nothing slipped: of 4936 calls 4656 were answered, 60 are
forgotten at the callers' wish, and each of the 160 that nobody took has its
entry on the call-back list, 40 still open.
But not everything is in the database:
- 3 records wait in `./ringback.journal` until the database takes them:
  `ringback missed` names who waits there.
";
        assert!(shown.ends_with(expected), "{shown}");
    }
}
