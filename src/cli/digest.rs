//! `ringback digest`: what a business, or one of its people, should know this morning; for cron and mail.

use anstyle::Style;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use crate::business::Business;
use crate::call::PersonName;
use crate::call_back::{CallBack, Standing};
use crate::report::words::{counted, headline};
use crate::report::{Period, Person, Report};
use crate::settings::{Environment, Home};
use crate::store::{CallBackLine, CallBackShape, rfc3339};
use crate::switchboard::Draft;

use super::call_backs;
use super::failure::Failure;
use super::output::{show, show_json, wrap};
use super::report::NumbersShape;
use super::shop::Shop;
use super::table::{Cell, Column, Table};
use super::today::{alarms, flow_cure, flow_says};
use super::when::Look;
use super::who;

const EXAMPLES: &str = "\
Says in lines of at most 72 letters what is open: every broken promise, who
waits next, what is whose, what wakes up today, yesterday's numbers, and what
keeps the line from answering. With nothing open it is one line.

Examples:
  ringback digest
  ringback digest --person ben
  ringback digest --json | jq .open

Every morning at seven, by cron:
  0 7 * * *  ringback --home /srv/ringback digest | mail -s Calls ana";

/// Entries that are shown beside the broken promises.
const SHOWN: usize = 5;

/// As wide as mails are read.
const WIDTH: usize = 72;

/// Say what is open this morning, for cron or mail
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Only what is this person's
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    /// Print JSON for other programs
    #[arg(long)]
    json: bool,
}

/// What there is to say.
struct Digest {
    /// Whose it is; `None` for everybody's.
    person: Option<PersonName>,
    /// Open entries, as the list orders them.
    open: Vec<CallBackLine>,
    yesterday: Report,
    /// What is wrong with the line or a flow, a sentence each.
    troubles: Vec<String>,
}

/// Shows the digest.
pub(super) fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let (look, business) = (&shop.look, &shop.settings.business);
    let person = args.person.as_deref().map(|name| who::person(business, Some(name))).transpose()?;
    let wrong = Draft::read_or_last_good(home, &Environment::of_process(), false)?.wrong;
    let today = look.zone.to_datetime(look.now).date();
    let period = Period::new(today.saturating_sub(1.day()), today, look.zone.clone());
    let read = shop.read(|tx| Ok((tx.call_back_lines(false, look.now)?, tx.facts(&period)?)))?;
    let (mut open, facts) = read.unwrap_or_default();
    open.retain(|line| call_backs::concerns(&line.stored.entry, person.as_ref(), look));
    let yesterday = Report::of(&facts, period, look.now);
    let settings = shop.settings_wrong.iter().map(|wrong| format!("{}: {}.", wrong.says, wrong.cure));
    let flows = wrong.iter().map(|wrong| format!("{}: {}.", flow_says(wrong), flow_cure(wrong)));
    let notice = shop.notice.iter().map(|notice| notice.headline.clone());
    let troubles = notice.chain(alarms(&shop)).chain(settings).chain(flows).collect();
    let digest = Digest { person, open, yesterday, troubles };
    // Who reads of an entry may act on it, so it is not withdrawn behind their back.
    call_backs::mark_seen(&shop, digest.open.iter().map(|line| &line.stored));
    if args.json {
        return show_json(&digest.shape(business, look));
    }
    show(&digest.text(business, look))
}

/// What is somebody's.
#[derive(Debug, Serialize)]
struct Load {
    person: PersonName,
    open: u32,
    broken: u32,
    late: u32,
}

impl Digest {
    fn text(&self, business: &Business, look: &Look) -> String {
        if self.open.is_empty() {
            return self.one_line(business);
        }
        let broken = self.broken(look.now);
        let day = look.zone.to_datetime(look.now).strftime("%a %b %-d");
        let whose = self.whose(business);
        let told = match broken.len() {
            0 => String::new(),
            1 => ", 1 promise is broken".to_owned(),
            many => format!(", {many} promises are broken"),
        };
        let open = counted(u32::try_from(self.open.len()).unwrap_or(u32::MAX), "call-back");
        let mut text = wrap(&format!("{}, {day}: {open} open{whose}{told}.", business.name), WIDTH, 2);
        let next = self.next(look.now);
        let asleep = self.asleep(look.now);
        let today = date(look, look.now);
        let is_today = |wakes: &Timestamp| date(look, *wakes) == today;
        let longer = asleep.iter().filter(|(_, wakes)| !is_today(wakes)).count();
        let awake_today: Vec<&CallBackLine> =
            asleep.iter().filter(|(_, wakes)| is_today(wakes)).map(|(line, _)| *line).collect();
        section(&mut text, "Broken promises, to be made right", &broken, look);
        section(&mut text, "Next", &next[..next.len().min(SHOWN)], look);
        if next.len() > SHOWN {
            text.push_str(&format!("and {} more: `ringback call-backs`\n", next.len() - SHOWN));
        }
        section(&mut text, "Asleep, and awake today", &awake_today, look);
        if longer > 0 {
            text.push_str(&format!("\nAsleep for longer: {longer}.\n"));
        }
        text.push('\n');
        let loads = self.loads(business, look.now);
        if self.person.is_none() {
            let loads: Vec<String> = loads.iter().map(|load| load.told(business)).collect();
            text.push_str(&wrap(&format!("Whose: {}.", loads.join("; ")), WIDTH, 2));
        }
        text.push_str(&wrap(&self.yesterday_told(business), WIDTH, 2));
        if !self.troubles.is_empty() {
            text.push('\n');
        }
        self.troubles.iter().for_each(|trouble| text.push_str(&wrap(trouble, WIDTH, 2)));
        text
    }

    fn whose(&self, business: &Business) -> String {
        let person = self.person.as_ref().map(|person| who::spoken(business, person));
        person.map_or_else(String::new, |person| format!(" for {person}"))
    }

    /// One line, whatever else there is: it may be the subject of a mail.
    fn one_line(&self, business: &Business) -> String {
        let whose = self.whose(business);
        if !self.troubles.is_empty() {
            return format!("Nothing is open{whose}. {}\n", self.troubles.join(" "));
        }
        let calls = &self.yesterday.total.calls;
        match calls.all() {
            0 => format!("Nothing is open{whose}. No calls yesterday.\n"),
            all => format!(
                "Nothing is open{whose}. Yesterday {}, {} answered.\n",
                counted(all, "call"),
                calls.answered
            ),
        }
    }

    fn yesterday_told(&self, business: &Business) -> String {
        let Some(person) = &self.person else {
            return format!("Yesterday: {}", headline(&self.yesterday.total));
        };
        let did = self.did(person);
        let calls = counted(did.answered, "call");
        let attempts = counted(did.attempts, "attempt");
        format!("Yesterday {} answered {calls} and made {attempts}.", who::spoken(business, person))
    }

    fn did(&self, person: &PersonName) -> Person {
        let mut people = self.yesterday.people.iter();
        people.find(|(name, _)| name == person).map(|(_, did)| *did).unwrap_or_default()
    }

    fn broken(&self, now: Timestamp) -> Vec<&CallBackLine> {
        self.open.iter().filter(|line| line.stored.entry.is_broken(now)).collect()
    }

    /// Who waits, but for those whose promise is broken.
    fn next(&self, now: Timestamp) -> Vec<&CallBackLine> {
        let is_next = |entry: &CallBack| !entry.is_broken(now) && entry.wakes_at(now).is_none();
        self.open.iter().filter(|line| is_next(&line.stored.entry)).collect()
    }

    /// What sleeps, with when it wakes.
    fn asleep(&self, now: Timestamp) -> Vec<(&CallBackLine, Timestamp)> {
        let mut asleep: Vec<_> = self
            .open
            .iter()
            .filter(|line| !line.stored.entry.is_broken(now))
            .filter_map(|line| Some((line, line.stored.entry.wakes_at(now)?)))
            .collect();
        asleep.sort_by_key(|(line, wakes)| (*wakes, line.stored.entry.id));
        asleep
    }

    /// What is whose, in the order of the settings; who is in them no more comes last.
    fn loads(&self, business: &Business, now: Timestamp) -> Vec<Load> {
        let known = business.people.iter().map(|person| person.name.clone());
        let mut people: Vec<PersonName> = known.collect();
        let mut gone: Vec<_> = self.open.iter().map(|line| line.stored.entry.owner.clone()).collect();
        gone.retain(|owner| !people.contains(owner));
        gone.sort();
        gone.dedup();
        people.extend(gone);
        let loads = people.into_iter().map(|person| {
            let theirs =
                self.open.iter().map(|line| &line.stored.entry).filter(|entry| entry.owner == person);
            let theirs: Vec<_> = theirs.collect();
            let count = |is: &dyn Fn(&CallBack) -> bool| {
                u32::try_from(theirs.iter().filter(|entry| is(entry)).count()).unwrap_or(u32::MAX)
            };
            Load {
                open: count(&|_| true),
                broken: count(&|entry| entry.is_broken(now)),
                late: count(&|entry| entry.is_late(now)),
                person,
            }
        });
        loads.filter(|load| load.open > 0).collect()
    }

    fn shape(&self, business: &Business, look: &Look) -> Shape {
        let entry = |line: &&CallBackLine| CallBackShape::of(line, look.now, &look.zone);
        let today = date(look, look.now);
        let asleep = self.asleep(look.now);
        let day = self.yesterday.period.from;
        Shape {
            business: business.name.clone(),
            at: rfc3339(look.now, &look.zone),
            person: self.person.clone(),
            open: self.open.len(),
            broken: self.broken(look.now).iter().map(entry).collect(),
            next: self.next(look.now).iter().take(SHOWN).map(entry).collect(),
            asleep: asleep.len(),
            wakes_today: asleep
                .iter()
                .filter(|(_, wakes)| date(look, *wakes) == today)
                .map(|(line, wakes)| Waking { wakes_at: rfc3339(*wakes, &look.zone), entry: entry(line) })
                .collect(),
            people: self.loads(business, look.now),
            yesterday: Yesterday { date: day.to_string(), numbers: NumbersShape::of(&self.yesterday.total) },
            troubles: self.troubles.clone(),
        }
    }
}

/// What `digest --json` prints. Fields are only ever added; the numbers are those of `report --json`.
#[derive(Serialize)]
struct Shape {
    business: String,
    at: String,
    person: Option<PersonName>,
    open: usize,
    broken: Vec<CallBackShape>,
    next: Vec<CallBackShape>,
    asleep: usize,
    wakes_today: Vec<Waking>,
    people: Vec<Load>,
    yesterday: Yesterday,
    troubles: Vec<String>,
}

#[derive(Serialize)]
struct Waking {
    wakes_at: String,
    #[serde(flatten)]
    entry: CallBackShape,
}

#[derive(Serialize)]
struct Yesterday {
    date: String,
    #[serde(flatten)]
    numbers: NumbersShape,
}

impl Load {
    fn told(&self, business: &Business) -> String {
        let more = [(self.broken, "broken"), (self.late, "late")];
        let more: Vec<String> = more
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
        format!("{} {}{more}", who::spoken(business, &self.person), self.open)
    }
}

fn section(text: &mut String, title: &str, lines: &[&CallBackLine], look: &Look) {
    if lines.is_empty() {
        return;
    }
    let mut table = Table::new([
        Column::number("id"),
        Column::giving_way("who", 16),
        Column::whole("due"),
        Column::giving_way("owner", 8),
    ]);
    for line in lines {
        let entry = &line.stored.entry;
        table.push([
            Cell::of(entry.id.to_string()),
            who::entry_cell(entry, (line.vip, line.name.as_deref()), line.caller_name.as_deref()),
            call_backs::due(entry, look).styled(Style::new()),
            Cell::of(owner(entry, look.now)),
        ]);
    }
    text.push_str(&format!("\n{title}:\n{}", table.render(WIDTH)));
}

fn owner(entry: &CallBack, now: Timestamp) -> String {
    match (&entry.standing, entry.offer_at(now)) {
        (Standing::Taken { by, .. }, _) => format!("{by}, on it"),
        (Standing::Waiting | Standing::Closed { .. }, Some(offer)) => {
            format!("{}, asks {}", entry.owner, offer.to)
        }
        (Standing::Waiting | Standing::Closed { .. }, None) => entry.owner.to_string(),
    }
}

fn date(look: &Look, at: Timestamp) -> Date {
    look.zone.to_datetime(at).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Accept, MissedReason, Outcome};
    use crate::call_back::Offer;
    use crate::cli::testing::{ago, ana, entry, look, plain};
    use crate::report::{CallFact, Facts};
    use crate::settings::sample;

    fn ben() -> PersonName {
        PersonName::parse("ben").unwrap()
    }

    fn yesterday() -> Report {
        let call = |outcome| CallFact { at: ago(1_440), outcome, area: None, flow: None, line: None };
        let answered = || call(Outcome::Answered(Accept { by: ana(), at: ago(1_439) }));
        let calls = vec![answered(), answered(), call(Outcome::Missed(MissedReason::RangOut))];
        let facts = Facts { calls, ..Facts::default() };
        let today = date(&look(), look().now);
        Report::of(&facts, Period::new(today.yesterday().unwrap(), today, look().zone), look().now)
    }

    fn digest() -> Digest {
        let pat = ("+12125550142", "Pat Doe");
        let mut broken = entry(14, pat, ago(300), MissedReason::RangOut);
        broken.stored.entry.promised_at = Some(ago(120));
        let mut late = entry(15, ("anonymous", ""), ago(100), MissedReason::VoicemailLeft);
        late.stored.entry.typed_number = Some("+15550148".to_owned().try_into().unwrap());
        let mut offered =
            entry(16, ("+12125550143", "\u{1b}[2JJo\u{202e}"), ago(25), MissedReason::LeftInMenu);
        offered.stored.entry.offer = Some(Offer { to: ben(), by: ana(), until: ago(-20) });
        let mut promised = entry(17, pat, ago(5), MissedReason::AskedCallBack);
        promised.stored.entry.promised_at = Some(ago(-60));
        promised.stored.entry.take(ben(), ago(1)).unwrap();
        let mut asleep = entry(18, pat, ago(500), MissedReason::RangOut);
        asleep.stored.entry.asleep_until = Some(ago(-150));
        let mut for_long = entry(19, pat, ago(500), MissedReason::RangOut);
        for_long.stored.entry.asleep_until = Some(ago(-3_000));
        let open = vec![broken, late, offered, promised, for_long, asleep];
        let troubles = vec!["Calls are not answered: `ringback serve` does not run here.".to_owned()];
        Digest { person: None, open, yesterday: yesterday(), troubles }
    }

    #[test]
    fn the_digest_says_what_is_open_and_whose() {
        let expected = "\
Ridge Plumbing, Sat Nov 21: 6 call-backs open, 1 promise is broken.

Broken promises, to be made right:
id  who                        due             owner
14  \"Pat Doe\" +1 212-555-0142  broken 2 h ago  ana

Next:
id  who                        due          owner
15  +1 555-0148 (typed)        40 min late  ana
16  \"[2JJo\" +1 212-555-0143    in 35 min    ana, asks ben
17  \"Pat Doe\" +1 212-555-0142  by 4 p.m.    ben, on it

Asleep, and awake today:
id  who                        due              owner
18  \"Pat Doe\" +1 212-555-0142  wakes 5:30 p.m.  ana

Asleep for longer: 1.

Whose: Ana 5 (1 broken, 1 late); Ben 1.
Yesterday: 3 calls, 2 answered (67%), 1 missed.

Calls are not answered: `ringback serve` does not run here.
";
        assert_eq!(plain(&digest().text(&sample().business, &look())), expected);
    }

    #[test]
    fn more_than_a_few_are_counted() {
        let line = |id| entry(id, ("anonymous", ""), ago(25), MissedReason::RangOut);
        let digest = Digest { open: (1..=7).map(line).collect(), troubles: Vec::new(), ..digest() };
        let text = plain(&digest.text(&sample().business, &look()));
        assert!(text.contains("\nand 2 more: `ringback call-backs`\n"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    #[test]
    fn ones_own_digest_tells_what_is_ones_own() {
        let mut digest = digest();
        digest.open.retain(|line| call_backs::concerns(&line.stored.entry, Some(&ben()), &look()));
        digest.person = Some(ben());
        digest.troubles.clear();
        let expected = "\
Ridge Plumbing, Sat Nov 21: 2 call-backs open for Ben.

Next:
id  who                        due        owner
16  \"[2JJo\" +1 212-555-0143    in 35 min  ana, asks ben
17  \"Pat Doe\" +1 212-555-0142  by 4 p.m.  ben, on it

Yesterday Ben answered 0 calls and made 0 attempts.
";
        assert_eq!(plain(&digest.text(&sample().business, &look())), expected);
    }

    #[test]
    fn with_nothing_open_it_is_one_line() {
        let says = |digest: Digest| digest.text(&sample().business, &look());
        let quiet = Digest { open: Vec::new(), troubles: Vec::new(), ..digest() };
        assert_eq!(says(quiet), "Nothing is open. Yesterday 3 calls, 2 answered.\n");
        let down = Digest { open: Vec::new(), person: Some(ana()), ..digest() };
        let cause = "Calls are not answered: `ringback serve` does not run here.";
        assert_eq!(says(down), format!("Nothing is open for Ana. {cause}\n"));
    }
}
