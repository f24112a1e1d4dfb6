//! From the text of a file to a [`RawFlow`]: every word read, no name looked up.

use std::time::Duration;

use crate::call::{Key, StepName};
use crate::language::Language;
use crate::notation::{Entry, Placed, Problem, Problems, Table, Value};

use super::check::LONGEST_MESSAGE;
use super::text::Text;
use super::{ByLanguage, Places, Prompt};

/// A flow with more steps is not read.
const MOST_STEPS: usize = 500;

/// How many phones ring at once at most; providers allow no more.
const MOST_TARGETS: usize = 10;

/// What can stand in a step.
const WORDS: [&str; 15] = [
    "say",
    "play",
    "area",
    "press",
    "silence",
    "wait",
    "ring",
    "ring-in-turn",
    "for",
    "message",
    "call-back",
    "goodbye",
    "refuse",
    "go",
    "offer",
];

/// A name as the file has it: nobody has looked yet whether it exists.
pub(super) type Reference = Placed<String>;

/// A flow as it was written.
pub(super) struct RawFlow {
    pub(super) languages: Vec<Language>,
    pub(super) start: RawStart,
    pub(super) steps: Vec<RawStep>,
    /// Whether every step of the file is here. Otherwise a name that is not found may stand in what could not be read.
    pub(super) complete: bool,
}

impl RawFlow {
    /// Where everything stands.
    pub(super) fn places(&self) -> Places {
        Places::default()
    }
}

/// `[start]` as it was written.
#[derive(Default)]
pub(super) struct RawStart {
    pub(super) blocked: Option<Reference>,
    pub(super) away: Option<Reference>,
    pub(super) closed: Option<Reference>,
    pub(super) again: Option<Reference>,
    pub(super) known: Option<Reference>,
    pub(super) open: Option<Reference>,
    pub(super) human_test: bool,
}

/// A step as it was written.
pub(super) struct RawStep {
    pub(super) name: Placed<StepName>,
    pub(super) area: Option<Reference>,
    pub(super) say: Option<Placed<Prompt>>,
    /// `None` when the file does not say it rightly, which has been reported.
    pub(super) then: Option<RawThen>,
}

/// What happens in a step, as it was written.
pub(super) enum RawThen {
    Go(Reference),
    Press { choices: Vec<RawChoice>, silence: Reference, wait: Duration },
    Ring { targets: Vec<Reference>, in_turn: bool, for_: Duration, go: Reference },
    Message { invitation: Option<Placed<Prompt>>, longest: Duration, transcribe: bool, go: Option<Reference> },
    CallBack { two_times: bool, go: Option<Reference> },
    Goodbye(ByLanguage<Text>),
    Refuse,
}

/// A choice as it was written.
pub(super) struct RawChoice {
    pub(super) key: Key,
    pub(super) offer: Option<ByLanguage<Text>>,
    pub(super) words: ByLanguage<Vec<String>>,
    pub(super) area: Option<Reference>,
    pub(super) go: Reference,
}

/// Reads a file. What is wrong with it is in the problems; what could be read is in the flow.
pub(super) fn read(file: &str, source: &str) -> (RawFlow, Problems) {
    let (mut table, mut problems) = Table::parse(file, source);
    let start = match table.take_table("start", &mut problems) {
        Some(start) => read_start(start, &mut problems),
        None => {
            let problem = Problem::error(0..0, "the flow does not say where a call begins");
            problems.push_missing(
                problem.hint("add `[start]` and below it `open = \"…\"`, with the name of a step"),
            );
            RawStart::default()
        }
    };
    let written =
        table.take_table("step", &mut problems).map(|mut steps| steps.take_rest()).unwrap_or_default();
    let mut complete = table.is_empty() && !problems.has_torn_heading();
    table.finish(&mut problems);
    if written.len() > MOST_STEPS {
        let message = format!("a flow has at most {MOST_STEPS} steps; this one has {}", written.len());
        problems.push(Problem::error(written[MOST_STEPS].key.span.clone(), message));
    }
    let mut steps = Vec::new();
    for entry in written.into_iter().take(MOST_STEPS) {
        match read_step(entry, &mut problems) {
            Some(step) => steps.push(step),
            None => complete = false,
        }
    }
    (RawFlow { languages: Vec::new(), start, steps, complete }, problems)
}

fn read_start(mut table: Table, problems: &mut Problems) -> RawStart {
    let span = table.span.clone();
    let has_open = table.has("open");
    let start = RawStart {
        blocked: table.take_str("blocked", problems),
        away: table.take_str("away", problems),
        closed: table.take_str("closed", problems),
        again: table.take_str("again", problems),
        known: table.take_str("known", problems),
        open: table.take_str("open", problems),
        human_test: false,
    };
    if !has_open && table.is_empty() {
        let problem = Problem::error(span, "the flow does not say where a call begins while you are open");
        problems.push_missing(problem.hint("add `open = \"…\"`, with the name of a step"));
    }
    table.finish(problems);
    start
}

/// What a step is about; a step has exactly one of these words, and `go` alone is one, too.
#[derive(Copy, Clone, PartialEq)]
enum Kind {
    Press,
    Ring,
    RingInTurn,
    Message,
    CallBack,
    Goodbye,
    Refuse,
    Go,
}

impl Kind {
    const WITH_A_WORD: [Self; 7] = [
        Self::Press,
        Self::Ring,
        Self::RingInTurn,
        Self::Message,
        Self::CallBack,
        Self::Goodbye,
        Self::Refuse,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Press => "press",
            Self::Ring => "ring",
            Self::RingInTurn => "ring-in-turn",
            Self::Message => "message",
            Self::CallBack => "call-back",
            Self::Goodbye => "goodbye",
            Self::Refuse => "refuse",
            Self::Go => "go",
        }
    }
}

/// The step, or nothing when it has no name that others could use.
fn read_step(entry: Entry, problems: &mut Problems) -> Option<RawStep> {
    let name = match StepName::parse(&entry.key.value) {
        Ok(name) => Placed { value: name, span: entry.key.span.clone() },
        Err(error) => {
            problems.push(Problem::error(entry.key.span, error.to_string()));
            return None;
        }
    };
    let mut table = entry.table(problems)?;
    let found: Vec<Kind> = Kind::WITH_A_WORD.into_iter().filter(|kind| table.has(kind.word())).collect();
    if let [first, second, ..] = found[..] {
        let message = format!(
            "the step `{}` has both `{}` and `{}`; a step does one thing",
            name.value,
            first.word(),
            second.word()
        );
        problems.push(
            Problem::error(name.span.clone(), message)
                .hint("make two steps of it, and lead from the first to the second by `go`"),
        );
        return Some(RawStep { name, area: None, say: None, then: None });
    }
    let kind = found.first().copied().unwrap_or(Kind::Go);
    let (say, area) = match kind {
        Kind::Refuse => (None, None),
        Kind::Press
        | Kind::Ring
        | Kind::RingInTurn
        | Kind::Message
        | Kind::CallBack
        | Kind::Goodbye
        | Kind::Go => (read_prompt(&mut table, problems), table.take_str("area", problems)),
    };
    let then = match kind {
        Kind::Press => read_press(&name, say.is_some(), &mut table, problems),
        Kind::Ring | Kind::RingInTurn => read_ring(&name, kind, &mut table, problems),
        Kind::Message => {
            let invitation = table.take_str("message", problems).map(|text| {
                let words = ByLanguage::one(Text::read(&text, problems));
                Placed { value: Prompt::Say(words), span: text.span }
            });
            let go = table.take_str("go", problems);
            invitation.map(|invitation| RawThen::Message {
                invitation: Some(invitation),
                longest: LONGEST_MESSAGE,
                transcribe: false,
                go,
            })
        }
        Kind::CallBack => {
            let go = table.take_str("go", problems);
            read_true("call-back", &mut table, problems).map(|()| RawThen::CallBack { two_times: false, go })
        }
        Kind::Goodbye => {
            read_goodbye(&mut table, problems).map(|words| RawThen::Goodbye(ByLanguage::one(words)))
        }
        Kind::Refuse => read_true("refuse", &mut table, problems).map(|()| RawThen::Refuse),
        Kind::Go if table.has("go") => table.take_str("go", problems).map(RawThen::Go),
        Kind::Go => {
            if table.is_empty() {
                let message = format!("the step `{}` does not say what comes next", name.value);
                problems.push_missing(
                    Problem::error(name.span.clone(), message)
                        .hint("add `go = \"…\"` with the next step, or `goodbye = true` to end the call"),
                );
            }
            None
        }
    };
    refuse_rest(kind, table, problems);
    Some(RawStep { name, area, say, then })
}

fn read_prompt(table: &mut Table, problems: &mut Problems) -> Option<Placed<Prompt>> {
    let say = table.take_str("say", problems);
    let play = table.take_str("play", problems);
    if let (Some(_), Some(play)) = (&say, &play) {
        let problem = Problem::error(play.span.clone(), "a step has `say` or `play`, not both");
        problems.push(problem.hint("make two steps of it, and lead from the first to the second by `go`"));
    }
    if let Some(say) = say {
        let words = ByLanguage::one(Text::read(&say, problems));
        return Some(Placed { value: Prompt::Say(words), span: say.span });
    }
    let play = play?;
    if play.value.is_empty() || play.value.starts_with('.') || play.value.contains(['/', '\\']) {
        let problem = Problem::error(play.span.clone(), "`play` wants the name of a file, without a folder");
        problems.push(problem.hint("put the file into `ivr-flows/audio/`, and write as in `\"hello.wav\"`"));
    }
    Some(Placed { value: Prompt::Play(ByLanguage::one(play.value)), span: play.span })
}

fn read_press(
    step: &Placed<StepName>,
    something_is_said: bool,
    table: &mut Table,
    problems: &mut Problems,
) -> Option<RawThen> {
    let wait = match table.take_duration("wait", problems) {
        Some(wait) if !(3..=10).contains(&wait.value.as_secs()) => {
            let problem = Problem::error(wait.span, "`wait` must be from 3 to 10 seconds");
            problems.push(problem.hint("less hurries people, more feels like a broken line; 5 is good"));
            wait.value
        }
        Some(wait) => wait.value,
        None => Duration::from_secs(5),
    };
    if !table.has("silence") {
        let message =
            format!("the step `{}` does not say what happens when the caller presses nothing", step.value);
        problems.push_missing(
            Problem::error(step.span.clone(), message)
                .hint("add `silence = \"…\"`, with a step that takes a message or a call-back"),
        );
    }
    let silence = table.take_str("silence", problems);
    let entry = table.take("press")?;
    let Value::Table(_) = &entry.value.value else {
        return entry.refuse("a key, as in `press.1 = \"…\"`", problems);
    };
    let span = entry.key.span.clone();
    let keys = entry.table(problems)?.take_rest();
    let mut choices = Vec::with_capacity(keys.len());
    let mut all = !keys.is_empty();
    if keys.is_empty() {
        problems.push(
            Problem::error(span.clone(), "no key is offered here").hint("write as in `press.1 = \"…\"`"),
        );
    }
    for key in keys {
        match read_choice(key, problems) {
            Some(choice) => choices.push(choice),
            None => all = false,
        }
    }
    if all && !something_is_said && choices.iter().all(|choice| choice.offer.is_none()) {
        let message = format!("the caller hears nothing at the step `{}`", step.value);
        problems.push_missing(
            Problem::error(step.span.clone(), message).hint(
                "add `say = \"…\"`, or an `offer` to each key: `press.1 = { offer = \"…\", go = \"…\" }`",
            ),
        );
    }
    silence.filter(|_| all).map(|silence| RawThen::Press { choices, silence, wait })
}

fn read_choice(entry: Entry, problems: &mut Problems) -> Option<RawChoice> {
    let mut characters = entry.key.value.chars();
    let key = match (characters.next(), characters.next()) {
        (Some('0'), None) => {
            let problem = Problem::error(entry.key.span, "0 always reaches a person; ringback sees to it");
            problems.push(problem.hint("take this line out, or use another key"));
            return None;
        }
        (Some(c @ ('1'..='9' | '*' | '#')), None) => Key::new(c)?,
        (Some(_) | None, _) => {
            let message = format!("`{}` is not a key of a telephone", entry.key.value);
            problems
                .push(Problem::error(entry.key.span, message).hint("there are 1 to 9, `\"*\"` and `\"#\"`"));
            return None;
        }
    };
    let place = entry.key.span.clone();
    match &entry.value.value {
        Value::Text(_) => {
            let go = entry.text(problems)?;
            return Some(RawChoice { key, offer: None, words: ByLanguage::one(Vec::new()), area: None, go });
        }
        Value::Table(_) => {}
        Value::Number(_) | Value::Switch(_) | Value::Date(_) | Value::List(_) => {
            return entry.refuse("the name of a step, or `{ offer = \"…\", go = \"…\" }`", problems);
        }
    }
    let mut table = entry.table(problems)?;
    let offer = table.take_str("offer", problems).map(|offer| ByLanguage::one(Text::read(&offer, problems)));
    let area = table.take_str("area", problems);
    let has_go = table.has("go");
    let go = table.take_str("go", problems);
    if !has_go && table.is_empty() {
        let message = format!("key {key} does not say where it leads");
        problems.push_missing(Problem::error(place, message).hint("add `go = \"…\"` between the braces"));
    }
    table.finish(problems);
    Some(RawChoice { key, offer, words: ByLanguage::one(Vec::new()), area, go: go? })
}

fn read_ring(
    step: &Placed<StepName>,
    kind: Kind,
    table: &mut Table,
    problems: &mut Problems,
) -> Option<RawThen> {
    let word = kind.word();
    let entry = table.take(word)?;
    let span = entry.value.span.clone();
    let targets = entry.texts(problems);
    if targets.as_ref().is_some_and(Vec::is_empty) {
        let problem = Problem::error(span.clone(), format!("`{word}` names nobody"));
        problems.push(problem.hint("write a person, an area, or `\"on-duty\"`"));
    }
    if targets.as_ref().is_some_and(|targets| targets.len() > MOST_TARGETS) {
        let message = format!("at most {MOST_TARGETS} phones can be rung by one step");
        problems.push(Problem::error(span, message));
    }
    let for_ = match table.take_duration("for", problems) {
        Some(for_) if !(5..=75).contains(&for_.value.as_secs()) => {
            let problem = Problem::error(for_.span, "`for` must be from 5 to 75 seconds");
            problems
                .push(problem.hint("a phone needs some rings to be heard, and callers give up; 20 is good"));
            for_.value
        }
        Some(for_) => for_.value,
        None => Duration::from_secs(20),
    };
    if !table.has("go") {
        let message = format!("the step `{}` does not say what happens when nobody answers", step.value);
        problems.push_missing(
            Problem::error(step.span.clone(), message).hint("add `go = \"…\"`, with the step that follows"),
        );
    }
    let go = table.take_str("go", problems);
    Some(RawThen::Ring { targets: targets?, in_turn: kind == Kind::RingInTurn, for_, go: go? })
}

fn read_true(word: &'static str, table: &mut Table, problems: &mut Problems) -> Option<()> {
    let switch = table.take_bool(word, problems)?;
    if !switch.value {
        let problem = Problem::error(switch.span, format!("`{word}` is `true`, or it is left out"));
        problems.push(problem);
    }
    switch.value.then_some(())
}

fn read_goodbye(table: &mut Table, problems: &mut Problems) -> Option<Text> {
    let entry = table.take("goodbye")?;
    match &entry.value.value {
        Value::Switch(true) => Some(Text::words("Goodbye.")),
        Value::Text(_) => entry.text(problems).map(|text| Text::read(&text, problems)),
        Value::Switch(false) | Value::Number(_) | Value::Date(_) | Value::List(_) | Value::Table(_) => {
            entry.refuse("the last words, or `true` for \"Goodbye.\"", problems)
        }
    }
}

/// Tells what is left in a step: words of another kind of step, and words that are none.
fn refuse_rest(kind: Kind, mut table: Table, problems: &mut Problems) {
    let (misplaced, unknown): (Vec<Entry>, Vec<Entry>) =
        table.take_rest().into_iter().partition(|entry| WORDS.contains(&entry.key.value.as_str()));
    // Where the word that makes the kind is mistyped, the others are in their place.
    let kind_is_known = kind != Kind::Go || unknown.is_empty();
    for entry in unknown {
        entry.unknown(&WORDS[..WORDS.len() - 1], problems);
    }
    if !kind_is_known {
        return;
    }
    for entry in misplaced {
        let word = entry.key.value.as_str();
        let message = match (word, kind) {
            (_, Kind::Refuse) => {
                format!("`{word}` cannot stand beside `refuse`: a refused caller hears nothing")
            }
            ("for", _) => "`for` belongs to a step with `ring`".to_owned(),
            ("silence" | "wait", _) => format!("`{word}` belongs to a step with `press`"),
            ("offer", _) => {
                "`offer` belongs to a key, as in `press.1 = { offer = \"…\", go = \"…\" }`".to_owned()
            }
            ("go", Kind::Goodbye) => "nothing follows a `goodbye`".to_owned(),
            ("go", _) => {
                "`go` cannot stand beside `press`: each key says where it leads, and `silence` for all else"
                    .to_owned()
            }
            (_, _) => format!("`{word}` does not belong here"),
        };
        problems.push(Problem::error(entry.key.span, message));
    }
}
