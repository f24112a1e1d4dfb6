//! `ringback` alone: what needs doing today, on one screen.

use anstyle::Style;
use jiff::Timestamp;

use crate::business::{Absences, Business};
use crate::call::FlowName;
use crate::language::Language;
use crate::notation::Level;
use crate::server::{self, Running};
use crate::settings::{Environment, Home};
use crate::store::{self, CallBackLine, Journal, StoreError, Tx};
use crate::switchboard::{Draft, FlowTrouble};

use super::away::{stands, who_of_us_is_away};
use super::call_backs;
use super::clean::Clean;
use super::failure::Failure;
use super::output::{show, wrap};
use super::shop::Shop;
use super::when::Look;

/// Entries that fit a screen of 24 lines together with the rest.
const SHOWN: usize = 10;

/// Flows in trouble that are named; more are a matter for `ringback check`.
const FLOWS_SHOWN: usize = 2;

/// What the store knows of today.
#[derive(Default)]
struct Today {
    waiting: Vec<CallBackLine>,
    numbers: store::Today,
    away: Absences,
    last_call_at: Option<Timestamp>,
    flows: Vec<Trouble>,
    /// What keeps the line from answering, one sentence each.
    alarms: Vec<String>,
}

/// A flow whose file cannot go live.
struct Trouble {
    /// What is wrong with it.
    says: String,
    /// Since when callers hear the version that they hear.
    last_good: Option<Timestamp>,
}

/// Shows what needs doing.
pub(super) fn run(home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let draft = Draft::read_or_last_good(home, &Environment::of_process(), false)?;
    let today = shop.read(|tx| read(tx, &shop.look, &draft.wrong))?;
    let mut today =
        today.unwrap_or_else(|| Today { flows: troubles(&draft.wrong, |_| None), ..Today::default() });
    today.alarms = alarms(home, &shop.look);
    call_backs::mark_seen(&shop, &today.waiting[..today.waiting.len().min(SHOWN)]);
    show(&screen(&today, &shop.settings.business, &shop.look))
}

fn read(tx: &Tx<'_>, look: &Look, wrong: &[FlowTrouble]) -> Result<Today, StoreError> {
    let midnight = look.zone.to_datetime(look.now).date().to_zoned(look.zone.clone());
    let mut good = std::collections::HashMap::new();
    for name in wrong.iter().filter_map(FlowTrouble::name) {
        good.insert(name.clone(), tx.last_live(name)?.map(|version| version.live_at));
    }
    Ok(Today {
        waiting: tx.call_back_lines(false, look.now)?,
        numbers: tx.numbers_since(midnight.map_or(look.now, |midnight| midnight.timestamp()))?,
        away: tx.absences(look.now)?,
        last_call_at: tx.last_call_at()?,
        flows: troubles(wrong, |name| good.get(name).copied().flatten()),
        alarms: Vec::new(),
    })
}

fn troubles(wrong: &[FlowTrouble], last_good: impl Fn(&FlowName) -> Option<Timestamp>) -> Vec<Trouble> {
    let trouble = |trouble: &FlowTrouble| Trouble {
        says: flow_says(trouble),
        last_good: trouble.name().and_then(&last_good),
    };
    wrong.iter().map(trouble).collect()
}

/// What is wrong with a flow, in a few words.
pub(super) fn flow_says(trouble: &FlowTrouble) -> String {
    match trouble {
        FlowTrouble::Wrong { name, problems } => {
            let first = problems.iter().find(|problem| problem.level == Level::Error);
            let line = first.map_or(1, |problem| problems.place(problem.span.start).0);
            format!("{name}.toml has a mistake on line {line}")
        }
        FlowTrouble::Missing { .. } | FlowTrouble::Unreadable { .. } | FlowTrouble::BadName { .. } => {
            trouble.to_string()
        }
    }
}

fn screen(today: &Today, business: &Business, look: &Look) -> String {
    let bold = Style::new().bold();
    let title = Clean::of(&business.name).cut(look.width.saturating_sub(24));
    let shown_at = look.zone.to_datetime(look.now).strftime("%a");
    let mut shown = format!("{bold}{title}{bold:#}  {shown_at} {}\n", look.at(look.now));
    shown.push_str(&wrap(&line_state(today, business, look), look.width, 2));
    for away in who_of_us_is_away(&today.away, business, look) {
        shown.push_str(&wrap(&away, look.width, 2));
    }
    for alarm in &today.alarms {
        shown.push_str(&wrap(alarm, look.width, 2));
    }
    for trouble in today.flows.iter().take(FLOWS_SHOWN) {
        shown.push_str(&wrap(&told(trouble, look), look.width, 2));
    }
    if today.flows.len() > FLOWS_SHOWN {
        shown.push_str("More flows have mistakes: `ringback check`.\n");
    }
    shown.push('\n');
    shown.push_str(&wrap(&waiting(&today.waiting, look), look.width, 2));
    let first = &today.waiting[..today.waiting.len().min(SHOWN)];
    if !first.is_empty() {
        shown.push_str(&call_backs::table(first, look).render(look.width));
    }
    if today.waiting.len() > SHOWN {
        shown.push_str(&format!("and {} more: `ringback call-backs`\n", today.waiting.len() - SHOWN));
    }
    shown.push('\n');
    shown.push_str(&wrap(&numbers(today.numbers, today.last_call_at, look), look.width, 2));
    shown
}

pub(super) fn alarms(home: &Home, look: &Look) -> Vec<String> {
    let mut alarms = Vec::new();
    match server::running(home) {
        None => alarms.push("Calls are not answered: `ringback serve` does not run here.".to_owned()),
        Some(Running { last_turned_away_at: Some(at), turned_away, .. }) => alarms.push(format!(
            "{turned_away} requests were turned away for a wrong signature, the last {}: `ringback doctor`.",
            look.ago(at).trim_end_matches('.'),
        )),
        Some(_) => {}
    }
    if Journal::pending(&home.journal()).is_ok_and(|records| records > 0) {
        alarms.push(
            "Some calls are kept beside the database, which did not take them: `ringback doctor`.".to_owned(),
        );
    }
    alarms
}

fn line_state(today: &Today, business: &Business, look: &Look) -> String {
    if let Some(away) = today.away.of_business(look.now) {
        return format!("{} `ringback away off` ends it sooner.", stands(away, look));
    }
    let opens = business.spoken_opening(look.now, &today.away, Language::English);
    let opens = opens.trim_end_matches('.');
    if !business.is_open(look.now) {
        let holiday = business.closed_for(look.now).map(|name| format!(" ({name})")).unwrap_or_default();
        return format!("Closed{holiday}; opens {opens}.");
    }
    if business.on_duty(look.now, &today.away).is_empty() {
        return format!("Open, but nobody is there; somebody is {opens}.");
    }
    "Open.".to_owned()
}

fn told(trouble: &Trouble, look: &Look) -> String {
    match trouble.last_good {
        Some(at) => format!(
            "{} since you edited it: callers still hear the version of {} `ringback check` shows it.",
            trouble.says,
            sentence_end(look.at(at))
        ),
        None => format!("{}; it has never been live. `ringback check` shows it.", trouble.says),
    }
}

/// `3 p.m.` has its full stop already.
fn sentence_end(text: String) -> String {
    if text.ends_with('.') { text } else { format!("{text}.") }
}

fn waiting(lines: &[CallBackLine], look: &Look) -> String {
    let count = |of: &dyn Fn(&CallBackLine) -> bool| lines.iter().filter(|line| of(line)).count();
    let broken = count(&|line| line.stored.entry.is_broken(look.now));
    let late =
        count(&|line| line.stored.entry.is_overdue(look.now) && !line.stored.entry.is_broken(look.now));
    let people = match lines.len() {
        0 => return "Nobody is waiting for a call.".to_owned(),
        1 => "1 person is waiting for a call".to_owned(),
        many => format!("{many} people are waiting for a call"),
    };
    let mut parts = vec![people];
    match broken {
        0 => {}
        1 => parts.push("1 promise is broken".to_owned()),
        many => parts.push(format!("{many} promises are broken")),
    }
    if late > 0 {
        parts.push(format!("{late} late"));
    }
    format!("{}:", parts.join(", "))
}

fn numbers(today: store::Today, last_call_at: Option<Timestamp>, look: &Look) -> String {
    let Some(last) = last_call_at else {
        return "No call has ever come in. `ringback doctor` tells which URLs the provider needs.".to_owned();
    };
    let calls = match today.calls {
        0 => return format!("No calls today. The last one came {}.", look.ago(last).trim_end_matches('.')),
        1 => "1 call".to_owned(),
        many => format!("{many} calls"),
    };
    let counted = [
        (today.answered, "answered"),
        (today.missed, "missed"),
        (today.blocked, "blocked"),
        (today.in_progress, "going on"),
    ];
    let counted: Vec<String> =
        counted.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let last = look.ago(last);
    format!("Today {calls}: {}. The last one came {}.", counted.join(", "), last.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business::Away;
    use crate::call::MissedReason;
    use crate::cli::testing::{ago, entry, look, plain};
    use crate::settings::sample;

    #[test]
    fn the_first_screen_says_what_needs_doing() {
        let mut broken = entry(14, ("+12125550142", "Pat Doe"), ago(300), MissedReason::RangOut);
        broken.stored.entry.promised_at = Some(ago(120));
        let late = entry(15, ("anonymous", ""), ago(100), MissedReason::VoicemailLeft);
        let next = entry(16, ("+12125550143", ""), ago(25), MissedReason::LeftInMenu);
        let says = "front-desk.toml has a mistake on line 7".to_owned();
        let today = Today {
            waiting: vec![broken, late, next],
            numbers: store::Today { calls: 12, answered: 8, missed: 4, blocked: 0, in_progress: 0 },
            away: Absences::default(),
            last_call_at: Some(ago(25)),
            alarms: Vec::new(),
            flows: vec![Trouble { says, last_good: Some(ago(110)) }],
        };
        let expected = "\
Ridge Plumbing  Sat 3 p.m.
Open.
front-desk.toml has a mistake on line 7 since you edited it: callers still hear
  the version of 1:10 p.m. `ringback check` shows it.

3 people are waiting for a call, 1 promise is broken, 1 late:
id  who                   waits   due             about                    owner
14  +1 212-555-0142 Pat…  5 h     broken 2 h ago  rang out, repairs        ana
15  number withheld       1 h     40 min late     left a message, repairs  ana
16  +1 212-555-0143       25 min  in 35 min       left in menu, repairs    ana

Today 12 calls: 8 answered, 4 missed. The last one came 25 min ago.
";
        assert_eq!(plain(&screen(&today, &sample().business, &look())), expected);
    }

    #[test]
    fn a_quiet_day_is_said_to_be_one() {
        let quiet = Today { last_call_at: Some(ago(1_500)), ..Today::default() };
        let expected = "\
Ridge Plumbing  Sat 3 p.m.
Open.

Nobody is waiting for a call.

No calls today. The last one came Fri 2 p.m.
";
        assert_eq!(plain(&screen(&quiet, &sample().business, &look())), expected);
        let away = Away { until: ago(-120), reason: Some("at the dentist".to_owned()) };
        let away = Absences { business: Some(away), ..Absences::default() };
        let fresh = Today { away, ..Today::default() };
        let expected = "\
Ridge Plumbing  Sat 3 p.m.
Away until 5 p.m. (at the dentist). `ringback away off` ends it sooner.

Nobody is waiting for a call.

No call has ever come in. `ringback doctor` tells which URLs the provider needs.
";
        assert_eq!(plain(&screen(&fresh, &sample().business, &look())), expected);
    }
}
