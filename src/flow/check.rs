//! From a raw flow to a [`Flow`]: every name looked up, every step reached, every path ended.

use std::collections::HashMap;
use std::time::Duration;

use crate::call::{AreaName, FlowName, PersonName, StepName, TeamName};
use crate::notation::{Placed, Problem, Problems};

use super::graph::{self, Route};
use super::read::{self, RawFlow, RawStep, RawThen, Reference};
use super::vocabulary::MESSAGE;
use super::{Ask, AudioFile, Choice, Flow, Menu, Prompt, Ring, Start, Step, StepId, Target, Then};

/// A message's length unless the step says another.
pub const LONGEST_MESSAGE: Duration = Duration::from_secs(MESSAGE.usual);

/// The word for everybody on duty.
const ON_DUTY: &str = "on-duty";

/// The word for whoever the caller last talked with.
const LAST_PERSON: &str = "last-person";

/// What exists outside a flow and may be named in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The people of the settings.
    pub people: Vec<PersonName>,
    /// The areas that these people are for.
    pub areas: Vec<AreaName>,
    /// The teams of the settings.
    pub teams: Vec<TeamName>,
    /// The files under `ivr-flows/audio/`.
    pub audio: Vec<AudioFile>,
}

/// Reads and checks a flow. `file` is what the problems call it. Gives the flow with its warnings, or every problem.
///
/// With `names`, each person, area, team and audio file must exist. Without, the text is that of a version that went
/// live before: people, areas and teams may have gone since, and what a ring names is taken for a person; the ring looks
/// the name up among all of them.
pub fn load(
    name: FlowName,
    file: &str,
    source: &str,
    names: Option<&Names>,
) -> Result<(Flow, Problems), Problems> {
    let (raw, problems) = read::read(file, source);
    let ids = raw.steps.iter().zip(0..).map(|(step, id)| (step.name.value.as_str(), StepId(id))).collect();
    let mut checking = Checking { names, raw: &raw, ids, problems };
    let steps: Vec<Option<Step>> = raw.steps.iter().map(|step| checking.step(step)).collect();
    let steps: Option<Vec<Step>> = steps.into_iter().collect();
    let start = checking.start();
    let mut problems = checking.problems;
    let (Some(mut steps), Some((start, entries))) = (steps, start) else {
        return Err(problems);
    };
    if raw.complete && !problems.is_torn() {
        graph::check(&Route { raw: &raw, steps: &steps, entries: &entries }, &mut problems);
    }
    if problems.has_errors() {
        return Err(problems);
    }
    let last_call_back = append(&mut steps, "(call-back)", Then::CallBack { two_times: false, go: None });
    let last_message = append(
        &mut steps,
        "(message)",
        Then::Message { invitation: None, longest: LONGEST_MESSAGE, transcribe: false, go: None },
    );
    let places = raw.places();
    let languages = raw.languages;
    Ok((Flow { name, languages, start, steps, last_call_back, last_message, places }, problems))
}

/// Adds a step that every flow has. Files have at most 500 steps, so the number always fits.
fn append(steps: &mut Vec<Step>, name: &'static str, then: Then) -> StepId {
    let id = StepId(steps.len() as u16);
    steps.push(Step { name: StepName::built_in(name), area: None, say: None, then });
    id
}

struct Checking<'a> {
    names: Option<&'a Names>,
    raw: &'a RawFlow,
    ids: HashMap<&'a str, StepId>,
    problems: Problems,
}

impl Checking<'_> {
    /// Where calls begin, and every step that one may begin at.
    fn start(&mut self) -> Option<(Start, Vec<StepId>)> {
        let raw = &self.raw.start;
        let blocked = self.optional(&raw.blocked, |this, reference| this.step_or_refusal(reference));
        let away = self.optional(&raw.away, Self::step_of);
        let closed = self.optional(&raw.closed, Self::step_of);
        let again = self.optional(&raw.again, Self::step_of);
        let known = self.optional(&raw.known, Self::step_of);
        let open = self.optional(&raw.open, Self::step_of)?;
        let start = Start {
            blocked: blocked?,
            away: away?,
            closed: closed?,
            again: again?,
            known: known?,
            open: open?,
            human_test: raw.human_test,
        };
        let Start { blocked, away, closed, again, known, .. } = start;
        let entries = [blocked, away, closed, again, known, open].into_iter().flatten().collect();
        Some((start, entries))
    }

    fn step(&mut self, raw: &RawStep) -> Option<Step> {
        let area = raw.area.as_ref().and_then(|area| self.area(area));
        let say = raw.say.as_ref().map(|prompt| self.prompt(prompt));
        let then = match raw.then.as_ref()? {
            RawThen::Go(go) => Then::Go(self.step_of(go)?),
            RawThen::Press { choices, silence, wait } => {
                let choices: Vec<Option<Choice>> = choices
                    .iter()
                    .map(|choice| {
                        let area = choice.area.as_ref().and_then(|area| self.area(area));
                        let go = self.step_of(&choice.go)?;
                        Some(Choice {
                            key: choice.key,
                            offer: choice.offer.clone(),
                            words: choice.words.clone(),
                            area,
                            go,
                        })
                    })
                    .collect();
                let silence = self.step_of(silence);
                Then::Press(Menu {
                    choices: choices.into_iter().collect::<Option<_>>()?,
                    silence: silence?,
                    wait: *wait,
                })
            }
            RawThen::Ring { targets, in_turn, for_, go } => {
                let targets = self.targets(targets);
                Then::Ring(Ring { targets, in_turn: *in_turn, for_: *for_, go: self.step_of(go)? })
            }
            RawThen::Message { invitation, longest, transcribe, go } => {
                let invitation = invitation.as_ref().map(|prompt| self.prompt(prompt));
                let go = self.optional(go, Self::step_of)?;
                Then::Message { invitation, longest: *longest, transcribe: *transcribe, go }
            }
            RawThen::CallBack { two_times, go } => {
                Then::CallBack { two_times: *two_times, go: self.optional(go, Self::step_of)? }
            }
            RawThen::Ask(ask) => {
                let question = self.prompt(&ask.question);
                let go = self.step_of(&ask.go);
                let silence = match &ask.silence {
                    Some(silence) => self.step_of(silence),
                    None => go,
                };
                Then::Ask(Ask {
                    question,
                    answer: ask.answer.clone(),
                    digits: ask.digits,
                    hear: ask.hear.clone(),
                    confirm: ask.confirm,
                    go: go?,
                    silence: silence?,
                })
            }
            RawThen::Goodbye(words) => Then::Goodbye(words.clone()),
            RawThen::Refuse => Then::Refuse,
        };
        Some(Step { name: raw.name.value.clone(), area, say, then })
    }

    /// `None` when a reference is there and leads nowhere, `Some(None)` when none is there.
    fn optional(
        &mut self,
        reference: &Option<Reference>,
        find: impl FnOnce(&mut Self, &Reference) -> Option<StepId>,
    ) -> Option<Option<StepId>> {
        match reference {
            Some(reference) => find(self, reference).map(Some),
            None => Some(None),
        }
    }

    /// The step that a call may go on to.
    fn step_of(&mut self, reference: &Reference) -> Option<StepId> {
        let id = self.step_or_refusal(reference)?;
        if matches!(self.raw.steps[usize::from(id.0)].then, Some(RawThen::Refuse)) {
            let message = format!(
                "the step `{}` refuses the call, so only `blocked` in `[start]` may lead to it",
                reference.value
            );
            let problem = Problem::error(reference.span.clone(), message);
            self.problems.push(problem.hint("lead to a `message`, a `call-back` or a `goodbye` instead"));
        }
        Some(id)
    }

    fn step_or_refusal(&mut self, reference: &Reference) -> Option<StepId> {
        if let Some(id) = self.ids.get(plain(&reference.value).as_str()) {
            return Some(*id);
        }
        if self.raw.complete {
            let message = format!("there is no step `{}`", reference.value);
            let names = self.raw.steps.iter().map(|step| step.name.value.as_str());
            let problem = Problem::error(reference.span.clone(), message)
                .hint(format!(
                    "write it as `[step.{}]`, or name a step that is there",
                    plain(&reference.value)
                ))
                .did_you_mean(self.problems.nearest(&reference.value, names));
            self.problems.push(problem);
        }
        None
    }

    fn area(&mut self, reference: &Reference) -> Option<AreaName> {
        let area = AreaName::parse(&reference.value);
        let Some(names) = self.names else { return area.ok() };
        if let Some(area) = area.ok().filter(|area| names.areas.contains(area)) {
            return Some(area);
        }
        let message = format!("nobody is for the area `{}`", reference.value);
        let problem = Problem::error(reference.span.clone(), message)
            .hint(format!("give it to a person in `ringback.toml`: `areas = [\"{}\"]`", reference.value))
            .did_you_mean(self.problems.nearest(&reference.value, names.areas.iter().map(AreaName::as_str)));
        self.problems.push(problem);
        None
    }

    fn targets(&mut self, references: &[Reference]) -> Vec<Target> {
        let mut targets: Vec<Target> = Vec::with_capacity(references.len());
        for reference in references {
            let Some(target) = self.target(reference) else { continue };
            if targets.contains(&target) {
                let message = format!("`{}` is in this list twice", reference.value);
                self.problems
                    .push(Problem::error(reference.span.clone(), message).hint("take one of them out"));
                continue;
            }
            targets.push(target);
        }
        targets
    }

    fn target(&mut self, reference: &Reference) -> Option<Target> {
        let word = plain(&reference.value);
        if word == ON_DUTY {
            return Some(Target::OnDuty);
        }
        if word == LAST_PERSON {
            return Some(Target::LastPerson);
        }
        let (Ok(person), Ok(area), Ok(team)) =
            (PersonName::parse(&word), AreaName::parse(&word), TeamName::parse(&word))
        else {
            let message = format!("`{}` is not a name; a flow names people, not numbers", reference.value);
            let problem = Problem::error(reference.span.clone(), message);
            self.problems.push(problem.hint("write the person into `ringback.toml`, and the name here"));
            return None;
        };
        let Some(names) = self.names else { return Some(Target::Person(person)) };
        let found = [
            names.people.contains(&person).then_some(("a person", Target::Person(person))),
            names.areas.contains(&area).then_some(("an area", Target::Area(area))),
            names.teams.contains(&team).then_some(("a team", Target::Team(team))),
        ];
        let mut found = found.into_iter().flatten();
        match (found.next(), found.next()) {
            (Some((_, target)), None) => Some(target),
            (Some((one, _)), Some((other, _))) => {
                let message = format!("`{word}` is both {one} and {other}");
                let problem = Problem::error(reference.span.clone(), message);
                self.problems.push(problem.hint("give one of them another name in `ringback.toml`"));
                None
            }
            (None, _) => {
                let people = names.people.iter().map(PersonName::as_str);
                let groups =
                    names.areas.iter().map(AreaName::as_str).chain(names.teams.iter().map(TeamName::as_str));
                let all = people.chain(groups).chain([ON_DUTY, LAST_PERSON]);
                let listed: Vec<String> = all.clone().map(|name| format!("`{name}`")).collect();
                let message = format!("there is no person, team or area `{}`", reference.value);
                let problem = Problem::error(reference.span.clone(), message)
                    .hint(format!("there are {}", listed.join(", ")))
                    .did_you_mean(self.problems.nearest(&word, all));
                self.problems.push(problem);
                None
            }
        }
    }

    fn prompt(&mut self, prompt: &Placed<Prompt>) -> Prompt {
        if let (Prompt::Play(files), Some(names)) = (&prompt.value, self.names) {
            for file in files.all() {
                let Some(known) = names.audio.iter().find(|known| known.name == *file) else {
                    let message = format!("there is no file `{file}` in `ivr-flows/audio/`");
                    let all = names.audio.iter().map(|known| known.name.as_str());
                    let nearest = self.problems.nearest(file, all);
                    let problem = Problem::error(prompt.span.clone(), message).hint("put the file there");
                    self.problems.push(problem.did_you_mean(nearest));
                    continue;
                };
                if let Err(bad) = &known.length {
                    let message = format!("`ivr-flows/audio/{file}` cannot be played: {bad}");
                    self.problems.push(Problem::error(prompt.span.clone(), message).hint(bad.hint()));
                }
            }
        }
        prompt.value.clone()
    }
}

/// Names are alike whether they are written with `-` or `_`.
fn plain(name: &str) -> String {
    name.replace('_', "-")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::call::Key;

    use super::*;

    const DESIGN: &str = r#"
# ivr-flows/front-desk.toml
[start]                              # where a call begins
blocked = "no-thanks"
away    = "closed"                   # the owner stepped away
closed  = "closed"                   # outside opening hours, or on a holiday
again   = "hello"                    # the same number a second time within 3 minutes: urgent
open    = "hello"

[step.hello]
say  = "Hi, you've reached {business}."
ring = "on-duty"
for  = "20s"
go   = "busy"

[step.busy]
say     = "Sorry, we're all on a job right now."
press.1 = { offer = "have us call you back {promise}", go = "call-me" }
press.2 = { offer = "leave a message", go = "message" }
silence = "message"

[step.call-me]
call-back = true

[step.message]
message = "Sorry we missed you. Leave a message and we'll call back {promise}."

[step.closed]
say     = "You've reached {business}. We're closed, and open again {opens}."
press.1 = { offer = "have us call you {promise}", go = "call-me" }
silence = "message"

[step.no-thanks]
refuse = true
"#;

    fn names() -> Names {
        Names {
            people: ["ana", "ben", "both"].map(|name| PersonName::parse(name).unwrap()).to_vec(),
            areas: ["repairs", "both"].map(|name| AreaName::parse(name).unwrap()).to_vec(),
            teams: ["office", "repairs-crew"].map(|name| TeamName::parse(name).unwrap()).to_vec(),
            audio: vec![AudioFile { name: "hello.wav".to_owned(), length: Ok(Duration::from_secs(4)) }],
        }
    }

    fn load_named(source: &str, names: Option<&Names>) -> Result<(Flow, Problems), Problems> {
        load(FlowName::parse("test").unwrap(), "t", source, names)
    }

    fn told(source: &str) -> String {
        load_named(source, Some(&names()))
            .map_or_else(|problems| problems.to_string(), |(_, all)| all.to_string())
    }

    /// A flow whose first step is `hello`, given by its lines, beside a message.
    fn hello(lines: &str) -> String {
        format!("[start]\nopen = \"hello\"\n[step.hello]\n{lines}\n[step.end]\nmessage = \"Speak.\"\n")
    }

    #[test]
    fn the_example_of_the_design_loads() {
        let (flow, warnings) = load_named(DESIGN, Some(&names())).unwrap();
        assert_eq!(warnings.to_string(), "");
        assert_eq!(flow.steps.len(), 8);
        let hello = flow.step(flow.start.open);
        assert_eq!(hello.name.as_str(), "hello");
        let Then::Ring(ring) = &hello.then else { panic!("hello rings") };
        assert_eq!(
            (&ring.targets[..], ring.in_turn, ring.for_),
            (&[Target::OnDuty][..], false, Duration::from_secs(20))
        );
        let Then::Press(menu) = &flow.step(ring.go).then else { panic!("busy offers a choice") };
        assert_eq!(
            menu.choices.iter().map(|choice| choice.key).collect::<Vec<_>>(),
            [Key::new('1').unwrap(), Key::new('2').unwrap()]
        );
        assert_eq!(menu.wait, Duration::from_secs(5));
        assert!(matches!(flow.step(flow.start.blocked.unwrap()).then, Then::Refuse));
        assert!(matches!(flow.step(flow.last_call_back).then, Then::CallBack { go: None, .. }));
        assert!(matches!(flow.step(flow.last_message).then, Then::Message { go: None, .. }));
        assert_eq!(flow.step_named(&flow.step(flow.last_message).name), Some(flow.last_message));
    }

    #[test]
    fn a_ring_names_people_areas_teams_and_whoever_is_on_duty() {
        let (flow, _) = load_named(
            &hello("ring_in_turn = [\"Ana\", \"repairs\", \"office\", \"on_duty\"]\ngo = \"end\"")
                .replace("Ana", "ana"),
            Some(&names()),
        )
        .unwrap();
        let Then::Ring(ring) = &flow.step(flow.start.open).then else { panic!("hello rings") };
        let expected = [
            Target::Person(PersonName::parse("ana").unwrap()),
            Target::Area(AreaName::parse("repairs").unwrap()),
            Target::Team(TeamName::parse("office").unwrap()),
            Target::OnDuty,
        ];
        assert_eq!((&ring.targets[..], ring.in_turn), (&expected[..], true));
    }

    #[test]
    fn a_version_that_went_live_before_may_name_people_who_are_gone() {
        let source =
            hello("ring = [\"zoe\", \"on-duty\"]\narea = \"gardens\"\nplay = \"old.wav\"\ngo = \"end\"");
        assert!(load_named(&source, Some(&names())).is_err());
        let (flow, _) = load_named(&source, None).unwrap();
        let hello = flow.step(flow.start.open);
        assert_eq!(hello.area, AreaName::parse("gardens").ok());
        let Then::Ring(ring) = &hello.then else { panic!("hello rings") };
        assert_eq!(ring.targets, [Target::Person(PersonName::parse("zoe").unwrap()), Target::OnDuty]);
    }

    #[test]
    fn each_rule_is_told_in_its_words() {
        let cases = [
            ("ring = \"both\"\ngo = \"end\"", "t:4:8: `both` is both a person and an area"),
            ("ring = []\ngo = \"end\"", "t:4:8: `ring` names nobody"),
            ("ring = \"ana\"", "t:3:7: the step `hello` does not say what happens when nobody answers"),
            ("ring = \"ana\"\nfor = \"2s\"\ngo = \"end\"", "t:5:7: `for` must be from 5 to 75 seconds"),
            ("play = \"../x.wav\"\ngo = \"end\"", "t:4:8: `play` wants the name of a file, without a folder"),
            (
                "say = \"a\"\nplay = \"hello.wav\"\ngo = \"end\"",
                "t:5:8: a step has `say` or `play`, not both",
            ),
            ("press.1 = \"end\"\nsilence = \"end\"", "t:3:7: the caller hears nothing at the step `hello`"),
            (
                "say = \"a\"\npress = 1\nsilence = \"end\"",
                "t:5:9: `press` wants a key, as in `press.1 = \"…\"`",
            ),
            ("say = \"a\"\npress = {}\nsilence = \"end\"", "t:5:1: no key is offered here"),
            ("say = \"a\"\npress.A = \"end\"\nsilence = \"end\"", "t:5:7: `A` is not a key of a telephone"),
            (
                "say = \"a\"\npress.1 = { offer = \"b\" }\nsilence = \"end\"",
                "t:5:7: key 1 does not say where it leads",
            ),
            (
                "say = \"a\"\npress.1 = \"end\"\nsilence = \"hello\"",
                "t:3:7: a caller who does nothing goes round here for ever: hello → hello",
            ),
            ("call-back = false\ngo = \"end\"", "t:4:13: `call-back` is `true`, or it is left out"),
            ("goodbye = 5\n", "t:4:11: `goodbye` wants the last words, or `true` for \"Goodbye.\""),
            ("goodbye = true\ngo = \"end\"", "t:5:1: nothing follows a `goodbye`"),
            (
                "offer = \"a\"\ngo = \"end\"",
                "t:4:1: `offer` belongs to a key, as in `press.1 = { offer = \"…\", go = \"…\" }`",
            ),
            ("message = 5", "t:4:11: `message` wants the words that invite the caller to speak, or `true`"),
            ("say = \"a\"\nwait = 4\ngo = \"end\"", "t:5:1: `wait` belongs to a step with `press`"),
            ("message = true\nlongest = \"1s\"", "t:5:11: `longest` must be from 2 seconds to 10 minutes"),
            (
                "ask = \"Which?\"\ngo = \"end\"",
                "t:3:7: the step `hello` does not say what the answer is called",
            ),
            ("ask = \"Which?\"\nas = \"job\"", "t:3:7: the step `hello` does not say where the answer leads"),
            ("ask = true\nas = \"job\"\ngo = \"end\"", "t:4:7: the step `hello` asks nothing"),
            (
                "ask = \"Which?\"\nas = \"job\"\ndigits = 21\ngo = \"end\"",
                "t:6:10: `digits` must be from 1 to 20",
            ),
            ("", "t:3:7: the step `hello` does not say what comes next"),
        ];
        for (lines, expected) in cases {
            let told = told(&hello(lines));
            assert!(told.contains(expected), "{lines}\n{told}");
        }
    }

    #[test]
    fn a_flow_needs_a_beginning() {
        assert!(told("").contains("the flow does not say where a call begins"));
        assert!(told("[start]\n").contains("where a call begins while you are open"));
        assert!(told("[start]\nopen = \"a b\"\n").contains("there is no step `a b`"));
        assert!(
            told("[start]\nopen = \"a\"\n[step.\"a b\"]\ngoodbye = true\n").contains("`a b` is not a name")
        );
    }

    #[test]
    fn a_round_that_needs_a_key_may_go_on_as_long_as_the_caller_likes() {
        let source = hello(
            "say = \"Our hours are nine to five.\"\npress.1 = { offer = \"hear it again\", go = \"hello\" }\nsilence = \"end\"",
        );
        assert_eq!(told(&source), "");
    }

    #[test]
    fn a_round_through_a_message_is_told_as_well() {
        let source = "[start]\nopen = \"a\"\n[step.a]\nring = \"ana\"\ngo = \"b\"\n[step.b]\nmessage = \"Speak.\"\ngo = \"c\"\n\
                      [step.c]\nsay = \"Again.\"\ngo = \"b\"\n";
        assert_eq!(told(source), "t:6:7: a caller who does nothing goes round here for ever: b → c → b");
    }

    #[test]
    fn a_flow_of_too_many_steps_is_refused() {
        let step = |n: usize| format!("[step.s{n}]\ngo = \"s{}\"\n", n + 1);
        let most = |n: usize| {
            format!(
                "[start]\nopen = \"s0\"\n{}[step.s{n}]\ngoodbye = true\n",
                (0..n).map(step).collect::<String>()
            )
        };
        assert_eq!(told(&most(499)), "");
        assert!(told(&most(500)).contains("a flow has at most 500 steps; this one has 501"));
    }
}
