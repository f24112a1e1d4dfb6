//! What stands on that screen.

use anstyle::Style;

use crate::business::Business;
use crate::call::{MissedReason, Outcome, PersonName};
use crate::call_back::{CallBack, Deed, Standing};
use crate::cli::clean::Clean;
use crate::cli::output::wrap;
use crate::cli::when::{Look, length};
use crate::cli::who;
use crate::store::{CallBackEvent, CallLine, Promise};

use super::super::by_when;
use super::Waiting;

/// Messages, notes and the like that are shown, the newest ones; the history has all.
const SHOWN: usize = 2;

/// What somebody said or wrote is cut after so many columns; the history has it whole.
const LONGEST: usize = 100;

/// The columns of what a line is about.
const LABEL: usize = 10;

/// The screen, for somebody who may have said who they are.
pub(super) fn screen(
    waiting: &Waiting,
    (business, me): (&Business, Option<&PersonName>),
    look: &Look,
) -> String {
    let entry = &waiting.line.stored.entry;
    let mut page = Page { shown: String::new(), width: look.width };
    page.heading(&format!("Call-back {}", entry.id), &name(waiting));
    page.fact("number", &number(waiting));
    page.fact("known", &known(waiting, business, look));
    page.fact("", "");
    let history = format!("ringback cb history {}", entry.id);
    page.fact("stands", &stands(entry, business, look));
    if let Some(offer) = entry.offer_at(look.now) {
        let (to, until) = (who::spoken(business, &offer.to), look.at(offer.until));
        page.fact("offered", &format!("to {to}, who may say yes until {until}"));
    }
    if let Some(wakes_at) = entry.wakes_at(look.now) {
        page.fact("asleep", &format!("wakes {}", look.until(wakes_at)));
    }
    page.latest(("promised", &waiting.promises), "--json", |promise| promised(promise, look));
    page.fact("tried", &tried(waiting, business, look));
    page.fact("about", &about(waiting, look));
    let answers: Vec<_> = waiting.line.answers.iter().map(|(name, said)| format!("{name}: {said}")).collect();
    page.fact("answers", &answers.join(", "));
    let messages: Vec<_> = waiting.calls.iter().filter(|call| call.recording.is_some()).collect();
    page.latest(("message", &messages), &history, |call| message(call, look));
    let is_note = |event: &&CallBackEvent| event.what == Deed::Note && event.undone_at.is_none();
    let notes: Vec<_> = waiting.line.events.iter().filter(is_note).collect();
    page.latest(("note", &notes), &history, |note| {
        let text = cut(note.detail.as_deref().unwrap_or_default());
        format!("{text} ({}, {})", spoken(business, &note.by), look.ago(note.at))
    });
    let of_them = format!("ringback callers show {}", entry.caller.identity().unwrap_or_default());
    page.latest(("of them", &waiting.notes), &of_them, |note| {
        format!("{} ({}, {})", cut(&note.text), who::spoken(business, &note.by), look.ago(note.at))
    });
    page.fact("", "");
    earlier(&mut page, waiting, (business, look));
    for (index, command) in next(entry, me, look).iter().enumerate() {
        page.fact(if index == 0 { "next" } else { " " }, command);
    }
    page.shown
}

/// Lines under what they are about.
struct Page {
    shown: String,
    width: usize,
}

impl Page {
    fn heading(&mut self, what: &str, name: &str) {
        let bold = Style::new().bold();
        let name = Clean::of(name).cut(self.width.saturating_sub(what.len() + 2));
        self.shown.push_str(&format!("{what}  {bold}{name}{bold:#}\n"));
    }

    /// The newest of several things, and how many there are besides, with the command that shows them.
    fn latest<T>(&mut self, (label, all): (&str, &[T]), elsewhere: &str, told: impl Fn(&T) -> String) {
        let older = all.len().saturating_sub(SHOWN);
        for (index, one) in all[older..].iter().enumerate() {
            let and_more = if index == 0 && older > 0 {
                format!(" (and {older} older: `{elsewhere}`)")
            } else {
                String::new()
            };
            self.fact(label, &format!("{}{and_more}", told(one)));
        }
    }

    /// One fact, in as many lines as it takes; without words nothing is shown, and without a label a blank line.
    fn fact(&mut self, label: &str, text: &str) {
        if label.is_empty() {
            self.shown.push('\n');
        }
        if Clean::of(text).as_str().trim().is_empty() {
            return;
        }
        let room = self.width.min(80).saturating_sub(LABEL);
        for (index, line) in wrap(text, room, 0).lines().enumerate() {
            let label = if index == 0 { label } else { "" };
            self.shown.push_str(&format!("{label:LABEL$}{line}\n"));
        }
    }
}

/// A person, or `ringback`, as the history names them.
fn spoken(business: &Business, by: &str) -> String {
    let person = business.people.iter().find(|person| person.name.as_str() == by);
    person.map_or_else(|| by.to_owned(), |person| person.spoken.clone())
}

fn cut(text: &str) -> String {
    Clean::of(text).cut(LONGEST).to_string()
}

fn name(waiting: &Waiting) -> String {
    let line = &waiting.line;
    let found = line.caller_name.as_deref().map(|name| Clean::of(name).as_str().trim().to_owned());
    let name = match (&line.name, found.filter(|name| !name.is_empty())) {
        (Some(name), _) => name.clone(),
        (None, Some(found)) => format!("\"{found}\""),
        (None, None) => who::caller(&line.stored.entry.caller, None),
    };
    if line.vip { format!("VIP {name}") } else { name }
}

fn number(waiting: &Waiting) -> String {
    let entry = &waiting.line.stored.entry;
    let number = match &entry.typed_number {
        Some(typed) => format!("{} (typed; {})", who::number(typed), who::caller(&entry.caller, None)),
        None => who::caller(&entry.caller, None),
    };
    match &entry.line {
        Some(line) => format!("{number}, rang {}", who::number(line)),
        None => number,
    }
}

fn known(waiting: &Waiting, business: &Business, look: &Look) -> String {
    let mut known = Vec::new();
    if let Some(talk) = &waiting.about.answered {
        let by = who::spoken(business, &talk.by);
        known.push(format!("returning: {by} talked with them {}", look.ago(talk.at)));
    }
    let language = waiting.line.language.or(waiting.about.language);
    known.extend(language.map(|language| format!("speaks {}", who::language(language))));
    if !waiting.about.tags.is_empty() {
        known.push(format!("tags: {}", waiting.about.tags.join(", ")));
    }
    known.extend(waiting.about.blocked.is_some().then(|| "blocked".to_owned()));
    known.join("; ")
}

fn stands(entry: &CallBack, business: &Business, look: &Look) -> String {
    let owner = who::spoken(business, &entry.owner);
    let make_it_right =
        if entry.is_broken(look.now) { "; make it right, it closes with a note only" } else { "" };
    match &entry.standing {
        Standing::Waiting => format!("waits for {owner}, {}{make_it_right}", by_when(entry, look)),
        Standing::Taken { at, .. } => {
            let since = look.at(*at);
            format!("{owner} is on it, since {since}; {}{make_it_right}", by_when(entry, look))
        }
        Standing::Closed { by, at, outcome } => {
            let by = who::spoken(business, by);
            format!("closed by {by} {}: {}", look.ago(*at), outcome.word().replace('-', " "))
        }
    }
}

/// `2:07 p.m. in call 101: broken`.
fn promised(promise: &Promise, look: &Look) -> String {
    let how = match promise.call {
        Some(call) => format!("in call {call}"),
        None => "agreed with them".to_owned(),
    };
    format!("{}, {how}: {}", look.at(promise.promised_at), promise.word(look.now))
}

fn tried(waiting: &Waiting, business: &Business, look: &Look) -> String {
    let entry = &waiting.line.stored.entry;
    let is_attempt = |event: &&CallBackEvent| event.what == Deed::Tried && event.undone_at.is_none();
    let attempts: Vec<_> = waiting.line.events.iter().filter(is_attempt).collect();
    if attempts.is_empty() {
        return String::new();
    }
    let earlier = attempts.len().saturating_sub(SHOWN);
    let told = attempts[earlier..].iter().map(|event| {
        let outcome = event.detail.as_deref().unwrap_or_default().replace('-', " ");
        format!("{outcome} ({}, {})", spoken(business, &event.by), look.ago(event.at))
    });
    let told = told.collect::<Vec<_>>().join(", ");
    let earlier = match earlier {
        0 => String::new(),
        1 => "once before; ".to_owned(),
        many => format!("{many} times before; "),
    };
    let next = match (entry.closed_at(), entry.attempts) {
        (None, _) if entry.is_used_up() => format!("; {} tries, decide", entry.attempts),
        (None, 1..) => format!("; next try {}", look.at(entry.due_at)),
        (Some(_), _) | (None, 0) => String::new(),
    };
    format!("{earlier}{told}{next}")
}

/// `repairs; rang out; 3 calls, first 9:02 a.m., last 9:40 a.m.`
fn about(waiting: &Waiting, look: &Look) -> String {
    let line = &waiting.line;
    let mut about = Vec::new();
    about.extend(line.stored.entry.area.as_ref().map(ToString::to_string));
    let why = line.reason.as_deref().and_then(MissedReason::from_word);
    about.extend(why.map(|reason| reason.to_string()));
    let (first, last) = (look.ago(line.first_call_at), look.ago(line.last_call_at));
    about.push(match line.stored.calls {
        0 | 1 => format!("1 call, {first}"),
        many => format!("{many} calls, first {first}, last {last}"),
    });
    about.join("; ")
}

/// `0:12, 1:25 p.m., ringback play 107: "the boiler leaks"`.
fn message(call: &CallLine, look: &Look) -> String {
    let seconds = call.recording.as_ref().map_or(0, |recording| recording.seconds);
    let heard = format!("{}, {}, `ringback play {}`", length(i64::from(seconds)), look.ago(call.at), call.id);
    match &call.transcript {
        Some(said) => format!("{heard}: \"{}\"", cut(said)),
        None => heard,
    }
}

/// What was before this entry: calls, and how other entries ended.
fn earlier(page: &mut Page, waiting: &Waiting, (business, look): (&Business, &Look)) {
    for call in &waiting.earlier_calls {
        let came_to = match &call.outcome {
            Outcome::InProgress => "going on".to_owned(),
            Outcome::Answered(accept) => format!("answered by {}", who::spoken(business, &accept.by)),
            Outcome::Missed(reason) => format!("missed, {reason}"),
            Outcome::Blocked => "blocked".to_owned(),
        };
        let lasted = call.ended_at.map(|ended| length(ended.duration_since(call.at).as_secs()));
        let lasted = lasted.map_or_else(String::new, |lasted| format!(", {lasted}"));
        page.fact("before", &format!("{}: {came_to}{lasted} (call {})", look.ago(call.at), call.id));
    }
    for line in &waiting.earlier_entries {
        let entry = &line.stored.entry;
        let ended = match &entry.standing {
            Standing::Closed { by, at, outcome } => {
                let (by, outcome) = (who::spoken(business, by), outcome.word().replace('-', " "));
                format!("{outcome} ({by}, {})", look.ago(*at))
            }
            Standing::Waiting | Standing::Taken { .. } => {
                format!("open, {}'s", who::spoken(business, &entry.owner))
            }
        };
        page.fact("before", &format!("{}: call-back {}, {ended}", look.ago(line.first_call_at), entry.id));
    }
    if !waiting.earlier_calls.is_empty() || !waiting.earlier_entries.is_empty() {
        page.shown.push('\n');
    }
}

/// What to type next.
fn next(entry: &CallBack, me: Option<&PersonName>, look: &Look) -> Vec<String> {
    let id = entry.id;
    let verbs = match &entry.standing {
        Standing::Closed { .. } => vec![format!("reopen {id}"), format!("history {id}")],
        Standing::Waiting | Standing::Taken { .. } => {
            let note = if entry.is_broken(look.now) { " --note \"…\"" } else { "" };
            let offer = entry.offer_at(look.now);
            let first = match (&entry.standing, offer) {
                (_, Some(offer)) if me == Some(&offer.to) => {
                    vec![format!("accept {id}"), format!("decline {id}")]
                }
                (_, Some(offer)) if me == Some(&offer.by) => vec![format!("undo {id}")],
                (Standing::Waiting, _) => vec![format!("take {id}")],
                (Standing::Taken { .. } | Standing::Closed { .. }, _) => Vec::new(),
            };
            let tried = entry.can_be_rung().then(|| format!("tried {id} no-answer"));
            let rest = [format!("done {id} reached{note}"), format!("history {id}")];
            first.into_iter().chain(tried).chain(rest).collect()
        }
    };
    let withdraws = format!("undo {id}");
    let told = |verb: String| {
        let why = if verb == withdraws { "  withdraws the offer" } else { "" };
        format!("ringback cb {verb}{why}")
    };
    verbs.into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{EARLIER, ENTRIES};
    use super::*;
    use crate::call::{Accept, AnswerName, CallId, Caller, Recording};
    use crate::call_back::{CloseOutcome, Offer};
    use crate::cli::testing::{ago, ana, ben, call, entry, look, plain, waits};
    use crate::language::Language;
    use crate::settings::sample;
    use crate::store::{CallerLine, CallerNote};

    const PAT: (&str, &str) = ("+12125550142", "PAT DOE");

    fn pat() -> Waiting {
        let event = |minutes, by: &str, what, detail: &str| CallBackEvent {
            at: ago(minutes),
            by: by.to_owned(),
            what,
            detail: Some(detail.to_owned()),
            undone_at: None,
        };
        let mut line = entry(14, PAT, ago(1_700), MissedReason::VoicemailLeft);
        line.stored.entry.promised_at = Some(ago(53));
        line.stored.entry.take(ana(), ago(40)).unwrap();
        line.stored.entry.offer = Some(Offer { to: ben(), by: ana(), until: ago(-20) });
        (line.stored.entry.attempts, line.stored.entry.due_at) = (2, ago(-30));
        (line.stored.calls, line.last_call_at) = (2, ago(95));
        (line.name, line.vip, line.returning) = (Some("Pat Doe".to_owned()), true, true);
        line.answers = vec![(AnswerName::parse("job").unwrap(), "4711".to_owned())];
        line.events = vec![
            event(45, "ben", Deed::Tried, "no-answer"),
            event(30, "ana", Deed::Tried, "busy"),
            event(
                20,
                "ana",
                Deed::Note,
                "wants a quote for a boiler, and asks whether we could come on Monday before ten",
            ),
        ];
        let mut about = CallerLine::stranger(Caller::read(PAT.0));
        about.answered = Some(Accept { by: ben(), at: ago(30_000) });
        about.language = Some(Language::Spanish);
        about.tags = vec!["boiler".to_owned(), "landlord".to_owned()];
        let mut message = call(107, PAT, ago(95), Outcome::Missed(MissedReason::VoicemailLeft));
        message.recording = Some(Recording { seconds: 12, url: None, at: ago(94) });
        message.transcript =
            Some("the boiler leaks again, and it is the third time this week\u{7}".to_owned());
        let promise = |call, made, told, met: Option<i64>| Promise {
            call: Some(CallId(call)),
            made_at: ago(made),
            promised_at: ago(told),
            met_at: met.map(ago),
        };
        let mut earlier = waits(3, PAT, ago(43_000), MissedReason::Closed);
        earlier.stored.entry.close(ben(), ago(42_900), CloseOutcome::Reached).unwrap();
        Waiting {
            line,
            promises: vec![promise(101, 1_700, 1_640, Some(1_650)), promise(107, 95, 53, Some(45))],
            about,
            notes: vec![CallerNote { at: ago(60_000), by: ana(), text: "pays late".to_owned() }],
            calls: vec![call(101, PAT, ago(1_700), Outcome::Missed(MissedReason::RangOut)), message],
            earlier_calls: vec![
                call(88, PAT, ago(30_000), Outcome::Answered(Accept { by: ben(), at: ago(30_000) })),
                call(61, PAT, ago(43_000), Outcome::Missed(MissedReason::Closed)),
            ],
            earlier_entries: vec![earlier],
        }
    }

    fn shown(waiting: &Waiting, width: usize) -> String {
        shown_to(Some(&ben()), waiting, width)
    }

    fn shown_to(me: Option<&PersonName>, waiting: &Waiting, width: usize) -> String {
        plain(&screen(waiting, (&sample().business, me), &Look { width, ..look() }))
    }

    #[test]
    fn only_who_is_asked_is_told_to_answer_and_only_who_asked_to_withdraw_it() {
        let next = |me: Option<&PersonName>| {
            let shown = shown_to(me, &pat(), 80);
            shown.lines().find(|line| line.starts_with("next ")).unwrap().to_owned()
        };
        assert_eq!(next(Some(&ben())), "next      ringback cb accept 14");
        assert!(next(Some(&ana())).starts_with("next      ringback cb undo 14"), "{}", next(Some(&ana())));
        assert!(next(Some(&ana())).ends_with("withdraws the offer"));
        assert_eq!(next(None), "next      ringback cb tried 14 no-answer", "Ana is on it");
    }

    #[test]
    fn everything_about_a_caller_is_on_one_screen() {
        let expected = "\
Call-back 14  VIP Pat Doe
number    +1 212-555-0142, rang +1 555-0100
known     returning: Ben talked with them Oct 31; speaks Spanish; tags: boiler,
          landlord

stands    Ana is on it, since 2:20 p.m.; promised 2:07 p.m., broken; make it
          right, it closes with a note only
offered   to Ben, who may say yes until 3:20 p.m.
promised  Fri 11:40 a.m., in call 101: kept
promised  2:07 p.m., in call 107: broken
tried     no answer (Ben, 45 min ago), busy (Ana, 30 min ago); next try 3:30
          p.m.
about     repairs; left a message; 2 calls, first Fri 10:40 a.m., last 1 h ago
answers   job: 4711
message   0:12, 1 h ago, `ringback play 107`: \"the boiler leaks again, and it is
          the third time this week\"
note      wants a quote for a boiler, and asks whether we could come on Monday
          before ten (Ana, 20 min ago)
of them   pays late (Ana, Oct 11)

before    Oct 31: answered by Ben, 1:05 (call 88)
before    Oct 22: missed, closed, 1:05 (call 61)
before    Oct 22: call-back 3, reached (Ben, Oct 22)

next      ringback cb accept 14
          ringback cb decline 14
          ringback cb tried 14 no-answer
          ringback cb done 14 reached --note \"…\"
          ringback cb history 14
";
        assert_eq!(shown(&pat(), 80), expected);
        assert_eq!(shown(&pat(), 120), expected, "prose is not longer on a wide terminal");
    }

    #[test]
    fn a_stranger_without_a_number_takes_few_lines() {
        let mut line = entry(15, ("anonymous", ""), ago(25), MissedReason::HungUpEarly);
        line.stored.entry.asleep_until = Some(ago(-90));
        let stranger = Waiting {
            line,
            promises: Vec::new(),
            about: CallerLine::stranger(Caller::Withheld),
            notes: Vec::new(),
            calls: vec![call(15, ("anonymous", ""), ago(25), Outcome::Missed(MissedReason::HungUpEarly))],
            earlier_calls: Vec::new(),
            earlier_entries: Vec::new(),
        };
        let expected = "\
Call-back 15  number withheld
number    number withheld, rang +1 555-0100

stands    waits for Ana, due in 35 min
asleep    wakes 4:30 p.m.
about     repairs; hung up early; 1 call, 25 min ago

next      ringback cb take 15
          ringback cb done 15 reached
          ringback cb history 15
";
        for width in [80, 120] {
            assert_eq!(shown(&stranger, width), expected);
        }
    }

    #[test]
    fn a_closed_entry_says_how_it_ended_and_how_it_is_opened_again() {
        let mut closed = pat();
        (closed.line.stored.entry.offer, closed.line.stored.entry.promised_at) = (None, None);
        (closed.promises, closed.earlier_calls, closed.earlier_entries) = (vec![], vec![], vec![]);
        closed.line.stored.entry.close(ben(), ago(12), CloseOutcome::NotNeeded).unwrap();
        let expected = "\
Call-back 14  VIP Pat Doe
number    +1 212-555-0142, rang +1 555-0100
known     returning: Ben talked with them Oct 31; speaks Spanish; tags: boiler,
          landlord

stands    closed by Ben 12 min ago: not needed
tried     no answer (Ben, 45 min ago), busy (Ana, 30 min ago)
about     repairs; left a message; 2 calls, first Fri 10:40 a.m., last 1 h ago
answers   job: 4711
message   0:12, 1 h ago, `ringback play 107`: \"the boiler leaks again, and it is
          the third time this week\"
note      wants a quote for a boiler, and asks whether we could come on Monday
          before ten (Ana, 20 min ago)
of them   pays late (Ana, Oct 11)

next      ringback cb reopen 14
          ringback cb history 14
";
        for width in [80, 120] {
            assert_eq!(shown(&closed, width), expected);
        }
    }

    #[test]
    fn however_much_there_is_it_stays_one_screen() {
        let mut pat = pat();
        let long = "x y ".repeat(500);
        let note = pat.line.events.pop().unwrap();
        pat.line.events.extend(std::iter::repeat_n(CallBackEvent { detail: Some(long.clone()), ..note }, 30));
        pat.notes = vec![CallerNote { text: long.clone(), ..pat.notes[0].clone() }; 30];
        pat.calls = vec![CallLine { transcript: Some(long), ..pat.calls[1].clone() }; 30];
        pat.promises = vec![pat.promises[0].clone(); 30];
        pat.earlier_calls = vec![pat.earlier_calls[0].clone(); EARLIER];
        pat.earlier_entries = vec![pat.earlier_entries[0].clone(); ENTRIES];
        let shown = shown(&pat, 80);
        assert!(shown.lines().count() <= 44, "{} lines\n{shown}", shown.lines().count());
    }
}
