//! `ringback` alone: what needs doing today, on one screen.

use anstyle::Style;
use jiff::Timestamp;

use crate::business::{Absences, Business};
use crate::call::{FlowName, PersonName};
use crate::causes::with_causes;
use crate::language::Language;
use crate::notation::Level;
use crate::server::{self, Running};
use crate::settings::{Environment, Home};
use crate::store::{self, Journal, LONG, StoreError, Tx, WaitingLine};
use crate::switchboard::{FlowTrouble, Verdict};

use super::away::{stands, who_of_us_is_away};
use super::call_backs;
use super::clean::Clean;
use super::cure::refusal;
use super::failure::Failure;
use super::kept;
use super::lost;
use super::output::{remark, show, wrap};
use super::shop::Shop;
use super::when::Look;
use super::who;

/// Lines of the screen: those of a small terminal, without the one of the prompt.
const LINES: usize = 23;

/// Entries are shown at least so many, whatever else there is to say.
const FEWEST: usize = 3;

/// Flows in trouble that are named; more are a matter for `ringback check`.
const FLOWS_SHOWN: usize = 2;

/// What the store knows of today.
#[derive(Default)]
struct Today {
    waiting: Vec<WaitingLine>,
    numbers: store::Today,
    away: Absences,
    last_call_at: Option<Timestamp>,
    sound: Vec<FlowName>,
    flows: Vec<Trouble>,
    /// What keeps the line from answering, one sentence each.
    alarms: Vec<String>,
    /// Who looks, where they said so.
    me: Option<PersonName>,
}

/// A flow whose file cannot go live.
struct Trouble {
    /// What is wrong with it.
    says: String,
    /// What to do about it, in a clause.
    cure: &'static str,
    /// Since when callers hear the version that they hear.
    last_good: Option<Timestamp>,
}

/// Shows what needs doing.
pub(super) fn run(home: &Home) -> Result<(), Failure> {
    let screen = screen_of(home, LINES)?;
    if let Some(notice) = &screen.kept {
        anstream::eprintln!("{}\n", notice.text);
    }
    show(&screen.shown)?;
    screen.stranger.iter().for_each(|told| remark(told));
    Ok(())
}

/// The screen, and when that was, by the business's clock.
pub(super) struct Screen {
    pub(super) shown: String,
    pub(super) looked_at: String,
    /// That whoever looks is called like nobody here.
    pub(super) stranger: Option<String>,
    /// Who waits beside a database that is not in use.
    pub(super) kept: Option<kept::Notice>,
}

/// What needs doing, in at most so many lines.
pub(super) fn screen_of(home: &Home, lines: usize) -> Result<Screen, Failure> {
    let shop = Shop::open_quietly(home)?;
    let verdict = Verdict::of(home, &shop.settings, &Environment::of_process())?;
    let today = shop.read(|tx| read(tx, &shop.look, &verdict.wrong))?;
    let mut today =
        today.unwrap_or_else(|| Today { flows: troubles(&verdict.wrong, |_| None), ..Today::default() });
    today.alarms = alarms(&shop);
    today.alarms.extend(shop.settings_wrong.as_ref().map(|wrong| format!("{}: {}.", wrong.says, wrong.cure)));
    today.sound = verdict.sound;
    let named = std::env::var("RINGBACK_AS").ok();
    let (me, stranger) = match who::looks(&shop.settings.business, named.as_deref()) {
        Ok(me) => (me, None),
        Err(told) => (None, Some(told)),
    };
    today.me = me;
    let (shown, entries) = screen(&today, &shop.settings.business, (&shop.look, lines));
    call_backs::mark_seen(&shop, today.waiting[..entries].iter().map(|line| &line.stored));
    let looked_at = shop.look.zone.to_datetime(shop.look.now).strftime("%H:%M:%S").to_string();
    Ok(Screen { shown, looked_at, stranger, kept: kept::beside(&shop) })
}

fn read(tx: &Tx<'_>, look: &Look, wrong: &[FlowTrouble]) -> Result<Today, StoreError> {
    let mut good = std::collections::HashMap::new();
    for name in wrong.iter().filter_map(FlowTrouble::name) {
        good.insert(name.clone(), tx.last_live(name)?.map(|version| version.live_at));
    }
    Ok(Today {
        waiting: tx.waiting(look.now)?,
        numbers: tx.numbers_since(look.midnight())?,
        away: tx.absences(look.now)?,
        last_call_at: tx.last_call_at()?,
        flows: troubles(wrong, |name| good.get(name).copied().flatten()),
        ..Today::default()
    })
}

fn troubles(wrong: &[FlowTrouble], last_good: impl Fn(&FlowName) -> Option<Timestamp>) -> Vec<Trouble> {
    let trouble = |trouble: &FlowTrouble| Trouble {
        says: flow_says(trouble),
        cure: flow_cure(trouble),
        last_good: trouble.name().and_then(&last_good),
    };
    wrong.iter().map(trouble).collect()
}

/// What to do about a flow, in a clause.
pub(super) fn flow_cure(trouble: &FlowTrouble) -> &'static str {
    trouble.hint().unwrap_or("`ringback check` shows it")
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
            with_causes(trouble)
        }
    }
}

/// The screen, and how many entries are on it.
fn screen(today: &Today, business: &Business, (look, lines): (&Look, usize)) -> (String, usize) {
    let mut above = head(today, business, look);
    above.push('\n');
    above.push_str(&wrap(&waiting(&today.waiting, look), look.width, 2));
    let mut below = mine(today, look).map_or_else(String::new, |mine| wrap(&mine, look.width, 2));
    below.push('\n');
    below.push_str(&wrap(&numbers(today.numbers, today.last_call_at, look), look.width, 2));
    below.push_str(&sound(today).map_or_else(String::new, |sound| wrap(&sound, look.width, 2)));
    let room = lines.saturating_sub(above.lines().count() + below.lines().count());
    let all = today.waiting.len();
    // One line is that of the headings, and what is left out takes two.
    let shown = if all < room { all } else { all.min(room.saturating_sub(3).max(FEWEST)) };
    if shown > 0 {
        above.push_str(&call_backs::table(&today.waiting[..shown], look).render(look.width));
    }
    if shown < all {
        let hidden = call_backs::hidden((&today.waiting[shown..], all > LONG), look);
        let hidden = hidden.split_once(':').map_or(hidden.as_str(), |(told, _why)| told);
        above.push_str(&wrap(&format!("and {hidden}: `ringback call-backs`"), look.width, 2));
    }
    (above + &below, shown)
}

fn head(today: &Today, business: &Business, look: &Look) -> String {
    let bold = Style::new().bold();
    let title = Clean::of(&business.name).cut(look.width.saturating_sub(24));
    let shown_at = look.zone.to_datetime(look.now).strftime("%a");
    let mut head = format!("{bold}{title}{bold:#}  {shown_at} {}\n", look.at(look.now));
    let mut says = vec![line_state(today, business, look)];
    says.extend(who_of_us_is_away(&today.away, business, look));
    says.extend(today.alarms.iter().cloned());
    says.extend(today.flows.iter().take(FLOWS_SHOWN).map(|trouble| told(trouble, look)));
    if today.flows.len() > FLOWS_SHOWN {
        says.push("More flows have mistakes: `ringback check`.".to_owned());
    }
    says.iter().for_each(|says| head.push_str(&wrap(says, look.width, 2)));
    head
}

/// `The flow front-desk is fine.`
fn sound(today: &Today) -> Option<String> {
    match today.sound.as_slice() {
        [] => None,
        [only] => Some(format!("The flow `{only}` is fine.")),
        [first, rest @ ..] if rest.len() < 3 => {
            let others: String = rest.iter().map(|name| format!(", `{name}`")).collect();
            Some(format!("The flows `{first}`{others} are fine."))
        }
        many => Some(format!("{} flows are fine.", many.len())),
    }
}

pub(super) fn alarms(shop: &Shop<'_>) -> Vec<String> {
    let (home, look) = (shop.home, &shop.look);
    let mut alarms = Vec::new();
    match server::running(home) {
        None => alarms.push("Calls are not answered: `ringback serve` does not run here.".to_owned()),
        Some(Running { store_fault: Some(_), .. }) => alarms.push(
            "The database is not in use: callers hear the safe reply and wait beside it (see above)."
                .to_owned(),
        ),
        Some(Running { last_turned_away_at: Some(at), turned_away, .. }) => alarms.push(format!(
            "{turned_away} requests were turned away for a wrong signature, the last {}: `ringback doctor`.",
            look.ago(at).trim_end_matches('.'),
        )),
        Some(_) => {}
    }
    if refusal(home.folder()).is_some() {
        alarms.push("This folder cannot be written, and calls may be lost: `ringback doctor`.".to_owned());
    }
    if let Some(at) = lost::begun_anew(shop) {
        let since = look.at_or_on(at);
        alarms.push(format!("The database was gone, and an empty one was begun {since}: `ringback doctor`."));
    }
    let waits = Journal::pending(&shop.settings.journal_of(home)).is_ok_and(|records| records > 0);
    if waits && kept::beside(shop).is_none() {
        alarms.push(
            "Something is kept beside the database, which did not take it: `ringback doctor`.".to_owned(),
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
            "{}, and callers still hear the version of {}: {}.",
            trouble.says,
            look.at(at),
            trouble.cure
        ),
        None => format!("{}, and it has never been live: {}.", trouble.says, trouble.cure),
    }
}

/// `3 people are waiting for a call, 1 promise is broken, 1 late, 2 asleep:`.
fn waiting(lines: &[WaitingLine], look: &Look) -> String {
    let count = |of: &dyn Fn(&WaitingLine) -> bool| lines.iter().filter(|line| of(line)).count();
    let asleep = count(&|line| line.stored.entry.wakes_at(look.now).is_some());
    let broken = count(&|line| line.stored.entry.is_broken(look.now));
    let late = count(&|line| line.stored.entry.is_late(look.now));
    let people = match lines.len() - asleep {
        0 if asleep == 0 => return "Nobody is waiting for a call.".to_owned(),
        0 => "Nobody is waiting for a call".to_owned(),
        1 => "1 person is waiting for a call".to_owned(),
        many => format!("{} people are waiting for a call", call_backs::thousands(many)),
    };
    let mut parts = vec![people];
    match broken {
        0 => {}
        1 => parts.push("1 promise is broken".to_owned()),
        many => parts.push(format!("{} promises are broken", call_backs::thousands(many))),
    }
    if late > 0 {
        parts.push(format!("{} late", call_backs::thousands(late)));
    }
    if asleep > 0 {
        parts.push(format!("{} asleep", call_backs::thousands(asleep)));
    }
    format!("{}:", parts.join(", "))
}

/// `2 are yours, 1 is offered to you: …`, for somebody who said who they are.
fn mine(today: &Today, look: &Look) -> Option<String> {
    let me = today.me.as_ref()?;
    let yours = today.waiting.iter().filter(|line| line.stored.entry.owner == *me).count();
    let is_asked =
        |line: &&WaitingLine| line.stored.entry.offer_at(look.now).is_some_and(|offer| offer.to == *me);
    let asked: Vec<&WaitingLine> = today.waiting.iter().filter(is_asked).collect();
    if today.waiting.is_empty() {
        return None;
    }
    let are_yours = match yours {
        0 => "None is yours".to_owned(),
        1 => "1 is yours".to_owned(),
        many => format!("{many} are yours"),
    };
    Some(match asked.as_slice() {
        [] if yours == 0 => format!("{are_yours}."),
        [] => format!("{are_yours}: `ringback call-backs --mine`"),
        [one] => {
            format!("{are_yours}, 1 is offered to you: `ringback call-backs accept {}`", one.stored.entry.id)
        }
        many => format!("{are_yours}, {} are offered to you: `ringback call-backs --mine`", many.len()),
    })
}

fn numbers(today: store::Today, last_call_at: Option<Timestamp>, look: &Look) -> String {
    let Some(last) = last_call_at else {
        return "No call has ever come in. `ringback doctor` tells which URLs the provider needs.".to_owned();
    };
    let calls = match today.calls {
        0 => return format!("No calls today. The last one came {}.", look.ago(last).trim_end_matches('.')),
        1 => "1 call".to_owned(),
        many => format!("{} calls", call_backs::thousands(many as usize)),
    };
    let counted = [
        (today.answered, "answered"),
        (today.missed, "missed"),
        (today.blocked, "blocked"),
        (today.in_progress, "going on"),
    ];
    let counted: Vec<String> =
        counted.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let decided = today.answered + today.missed;
    let rate = match decided {
        0 => String::new(),
        _ => format!(" {}% were answered.", (today.answered * 100 + decided / 2) / decided),
    };
    let last = look.ago(last);
    let last = last.trim_end_matches('.');
    format!("Today {calls}: {}.{rate} The last one came {last}.", counted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business::Away;
    use crate::call::MissedReason;
    use crate::call_back::Offer;
    use crate::cli::testing::{ago, ana, ben, look, plain, waits};
    use crate::settings::sample;

    fn busy() -> Today {
        let mut broken = waits(14, ("+12125550142", "PAT DOE"), ago(300), MissedReason::RangOut);
        broken.stored.entry.promised_at = Some(ago(120));
        let late = waits(15, ("anonymous", ""), ago(100), MissedReason::VoicemailLeft);
        let mut next = waits(16, ("+12125550143", ""), ago(25), MissedReason::LeftInMenu);
        next.stored.entry.offer = Some(Offer { to: ben(), by: ana(), until: ago(-20) });
        let mut asleep = waits(17, ("+12125550144", ""), ago(400), MissedReason::RangOut);
        asleep.name = Some("Noor Vale".to_owned());
        asleep.stored.entry.asleep_until = Some(ago(-90));
        let says = "front-desk.toml has a mistake on line 7".to_owned();
        Today {
            waiting: vec![broken, late, next, asleep],
            numbers: store::Today { calls: 12, answered: 8, missed: 4, blocked: 0, in_progress: 0 },
            last_call_at: Some(ago(25)),
            flows: vec![Trouble { says, cure: "`ringback check` shows it", last_good: Some(ago(110)) }],
            me: Some(ben()),
            ..Today::default()
        }
    }

    fn shown(today: &Today, width: usize) -> String {
        let look = Look { width, ..look() };
        plain(&screen(today, &sample().business, (&look, LINES)).0)
    }

    #[test]
    fn the_first_screen_says_what_needs_doing() {
        let expected = "\
Ridge Plumbing  Sat 3 p.m.
Open.
front-desk.toml has a mistake on line 7, and callers still hear the version of
  1:10 p.m.: `ringback check` shows it.

3 people are waiting for a call, 1 promise is broken, 1 late, 1 asleep:
id  who              waits   due              about                   owner
14  \"PAT DOE\" …0142  5 h     broken 2 h ago   rang out, repairs       ana
15  number withheld  1 h     40 min late      left a message          ana
16  +1 212-555-0143  25 min  in 35 min        left in menu, repairs   ana → ben?
17  Noor Vale        6 h     wakes 4:30 p.m.  rang out, repairs       ana
None is yours, 1 is offered to you: `ringback call-backs accept 16`

Today 12 calls: 8 answered, 4 missed. 67% were answered. The last one came 25
  min ago.
";
        assert_eq!(shown(&busy(), 80), expected);
    }

    #[test]
    fn a_wide_terminal_has_room_for_the_numbers() {
        let expected = "\
Ridge Plumbing  Sat 3 p.m.
Open.
front-desk.toml has a mistake on line 7, and callers still hear the version of
  1:10 p.m.: `ringback check` shows it.

3 people are waiting for a call, 1 promise is broken, 1 late, 1 asleep:
id  who                        waits   due              about                    owner
14  \"PAT DOE\" +1 212-555-0142  5 h     broken 2 h ago   rang out, repairs        ana
15  number withheld            1 h     40 min late      left a message, repairs  ana
16  +1 212-555-0143            25 min  in 35 min        left in menu, repairs    ana → ben?
17  Noor Vale +1 212-555-0144  6 h     wakes 4:30 p.m.  rang out, repairs        ana
None is yours, 1 is offered to you: `ringback call-backs accept 16`

Today 12 calls: 8 answered, 4 missed. 67% were answered. The last one came 25
  min ago.
";
        assert_eq!(shown(&busy(), 120), expected);
    }

    #[test]
    fn a_storm_keeps_to_the_screen() {
        let mut today = busy();
        let spam = waits(18, ("+12125550199", ""), ago(9), MissedReason::HungUpEarly);
        let spam = WaitingLine { shows_a_person: false, ..spam };
        today.waiting.extend(std::iter::repeat_n(spam, 9_000));
        for width in [80, 120] {
            let shown = shown(&today, width);
            assert!(shown.lines().count() <= LINES, "{shown}");
            let told = "and 8,994 more, without a sign of a person: `ringback call-backs`\n";
            assert!(shown.contains(told), "{shown}");
        }
    }

    #[test]
    fn a_quiet_day_is_said_to_be_one() {
        let sound = vec![FlowName::parse("front-desk").unwrap()];
        let quiet = Today { last_call_at: Some(ago(1_500)), sound, ..Today::default() };
        let expected = "\
Ridge Plumbing  Sat 3 p.m.
Open.

Nobody is waiting for a call.

No calls today. The last one came Fri 2 p.m.
The flow `front-desk` is fine.
";
        assert_eq!(shown(&quiet, 80), expected);
        let away = Away { until: ago(-120), reason: Some("at the dentist".to_owned()) };
        let away = Absences { business: Some(away), ..Absences::default() };
        let fresh = Today { away, ..Today::default() };
        let expected = "\
Ridge Plumbing  Sat 3 p.m.
Away until 5 p.m. (at the dentist). `ringback away off` ends it sooner.

Nobody is waiting for a call.

No call has ever come in. `ringback doctor` tells which URLs the provider needs.
";
        assert_eq!(shown(&fresh, 80), expected);
    }
}
