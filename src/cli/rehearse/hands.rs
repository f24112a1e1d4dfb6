//! Who acts in a rehearsal: somebody at the keyboard, or `--keys` and `--answers`.

use std::collections::VecDeque;
use std::io::{self, BufRead, Write};
use std::time::Duration;

use crate::business::{Business, Person};
use crate::call::{Key, PersonName};
use crate::cli::failure::Failure;
use crate::cli::output::remark;
use crate::cli::who;

/// Who acts. Every question is answered with `None` by somebody who hangs up.
pub(super) enum Hands<'a> {
    AtTheKeyboard(&'a mut dyn BufRead),
    Scripted(Keys, Answers),
}

/// What a caller does at a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Nothing,
    Pressed(String),
    /// The key that the test for strangers asks for.
    PassesTest,
    Said(String),
}

/// What is waited for at a prompt.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// A number that `#` ends, instead of one key.
    pub(super) number: bool,
    /// Whether somebody listens.
    pub(super) listens: bool,
}

/// What `--keys` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// With commas or blanks: what stands between them is for one prompt each.
    ByPrompt(VecDeque<String>),
    /// Without: one for each prompt, but a number takes all up to `#`.
    OneByOne(VecDeque<char>),
}

/// What presses nothing in `--keys`.
const NOTHING: &str = "-";

/// What hangs up, everywhere.
const HANG_UP: &str = "h";

/// What passes the test for strangers in `--keys`.
const TEST: &str = "t";

/// What speaks in `--keys`.
const SAY: &str = "say:";

impl Keys {
    /// Reads `--keys`.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let separates = |c: char| c == ',' || c.is_whitespace();
        if !text.contains(separates) && !text.contains(SAY) {
            let one_by_one: VecDeque<char> = text.chars().collect();
            return match one_by_one.iter().find(|c| !matches!(c, '-' | 'h' | 't') && Key::new(**c).is_none())
            {
                Some(stray) => Err(no_key(*stray)),
                None => Ok(Self::OneByOne(one_by_one)),
            };
        }
        let mut parts = VecDeque::new();
        for part in text.split(',').map(str::trim) {
            // Blanks stand between words as well.
            if part.starts_with(SAY) {
                parts.push_back(part.to_owned());
            } else {
                parts.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        parts.iter().try_for_each(|part| fits_one_prompt(part))?;
        Ok(Self::ByPrompt(parts))
    }

    /// What the simulated provider's caller does, prompt by prompt.
    pub(super) fn acts(&self) -> Result<String, Failure> {
        let parts: Vec<String> = match self {
            Self::ByPrompt(parts) => parts.iter().cloned().collect(),
            Self::OneByOne(keys) if keys.contains(&'#') => {
                return Err(Failure::wrong_usage("with `--http` it is not known where a number begins")
                    .hint("put commas between the prompts, as in `--keys 1,5550142#,1`"));
            }
            Self::OneByOne(keys) => keys.iter().map(char::to_string).collect(),
        };
        if parts.iter().any(|part| part == TEST) {
            return Err(Failure::wrong_usage("with `--http` it is not known which key the test asks for")
                .hint("call as somebody who is not tested: `--as known`"));
        }
        let act = |part: &String| match part.as_str() {
            NOTHING => "silence".to_owned(),
            HANG_UP => "hang up after 1s".to_owned(),
            part => match part.strip_prefix(SAY) {
                Some(words) => format!("says {}", words.trim()),
                None => part.to_owned(),
            },
        };
        Ok(parts.iter().map(act).collect::<Vec<_>>().join(","))
    }

    fn next(&mut self, is_number: bool) -> Option<String> {
        match self {
            Self::ByPrompt(parts) => parts.pop_front(),
            Self::OneByOne(keys) if is_number && !matches!(keys.front(), Some('-' | 'h' | 't')) => {
                let end = keys.iter().position(|key| *key == '#').map_or(keys.len(), |at| at + 1);
                Some(keys.drain(..end).filter(|key| Key::new(*key).is_some()).collect())
            }
            Self::OneByOne(keys) => keys.pop_front().map(String::from),
        }
    }
}

fn fits_one_prompt(part: &str) -> Result<(), Failure> {
    if let Some(words) = part.strip_prefix(SAY) {
        return match words.trim().is_empty() {
            true => {
                Err(Failure::wrong_usage("`say:` says nothing").hint("write as in `say:a table for two`"))
            }
            false => Ok(()),
        };
    }
    if [NOTHING, HANG_UP, TEST].contains(&part) {
        return Ok(());
    }
    match part.chars().find(|c| Key::new(*c).is_none()) {
        Some('-' | 'h' | 't') => {
            Err(Failure::wrong_usage(format!("`{part}` cannot be pressed at one prompt"))
                .hint("`-`, `t` and `h` stand alone, as in `1,-,h`"))
        }
        Some(stray) => Err(no_key(stray)),
        None => Ok(()),
    }
}

fn no_key(stray: char) -> Failure {
    Failure::wrong_usage(format!("`{stray}` is no key of a telephone")).hint(
        "keys are 0 to 9, `*` and `#`; `-` presses none, `t` passes the test, `h` hangs up, `say:WORDS` speaks",
    )
}

/// What `--answers` says: who takes a call, and after how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answers(Vec<(PersonName, Duration)>);

/// How long it rings before somebody takes it.
const USUAL: Duration = Duration::from_secs(6);

impl Answers {
    /// Reads `--answers`.
    pub(super) fn parse(written: &[String], business: &Business) -> Result<Self, Failure> {
        let answer = |text: &String| {
            let (name, after) = text.split_once('@').unwrap_or((text, ""));
            let after = match after.trim_end_matches('s') {
                "" => Some(USUAL),
                seconds => seconds.parse().ok().map(Duration::from_secs),
            };
            let Some(after) = after else {
                let failure = Failure::wrong_usage(format!("`{text}` does not say after how many seconds"));
                return Err(failure.hint(format!("write as in `{name}@8s`")));
            };
            Ok((who::person(business, Some(name))?, after))
        };
        written.iter().map(answer).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Who takes calls, and after how long.
    pub(super) fn all(&self) -> impl Iterator<Item = (&PersonName, Duration)> {
        self.0.iter().map(|(name, after)| (name, *after))
    }

    /// Who of those whose phones ring for so long is first.
    fn first_of<'p>(&self, people: &[&'p Person], for_: Duration) -> Option<(&'p Person, Duration)> {
        let in_time = self.all().filter(|(_, after)| *after < for_);
        let there = in_time
            .filter_map(|(name, after)| Some((*people.iter().find(|person| person.name == *name)?, after)));
        there.min_by_key(|(_, after)| *after)
    }
}

impl Hands<'_> {
    /// What is done at a prompt.
    pub(super) fn act(&mut self, wanted: Wanted) -> Result<Option<Input>, Failure> {
        if let Self::Scripted(keys, _) = self {
            let part = keys.next(wanted.number).unwrap_or_default();
            return Ok(match part.as_str() {
                HANG_UP => None,
                NOTHING | "" => Some(Input::Nothing),
                TEST => Some(Input::PassesTest),
                part => Some(match part.strip_prefix(SAY) {
                    Some(words) => Input::Said(words.trim().to_owned()),
                    None => Input::Pressed(part.to_owned()),
                }),
            });
        }
        let keys = if wanted.number { "number, digit by digit" } else { "key" };
        let words = if wanted.listens { ", or words" } else { "" };
        self.ask(&format!("{keys}{words} (return for none)"), |typed| {
            match typed.chars().all(|c| Key::new(c).is_some()) {
                true if typed.is_empty() => Ok(Input::Nothing),
                true => Ok(Input::Pressed(typed.to_owned())),
                false if wanted.listens => Ok(Input::Said(typed.to_owned())),
                false => {
                    Err("keys are 1, 2 … `*` or `#`, and nobody listens to words here; return presses none, \
                              `h` hangs up"
                        .to_owned())
                }
            }
        })
    }

    /// Who of those whose phones ring takes the call, and after how long.
    pub(super) fn take<'p>(
        &mut self,
        people: &[&'p Person],
        for_: Duration,
    ) -> Result<Option<Option<(&'p Person, Duration)>>, Failure> {
        if let Self::Scripted(_, answers) = self {
            return Ok(Some(answers.first_of(people, for_)));
        }
        let names = people.iter().map(|person| person.spoken.as_str()).collect::<Vec<_>>().join(", ");
        self.ask(&format!("who takes it? ({names}; return for nobody)"), |typed| {
            let is_named = |person: &&&Person| {
                person.name.as_str().eq_ignore_ascii_case(typed)
                    || person.spoken.to_lowercase() == typed.to_lowercase()
            };
            match people.iter().find(is_named) {
                Some(person) => Ok(Some((*person, USUAL.min(for_)))),
                None if typed.is_empty() => Ok(None),
                None => Err(format!("it rings at {names}; return lets it ring out, `h` hangs up")),
            }
        })
    }

    /// The seconds of a message, 0 for none; ten by script.
    pub(super) fn speak(&mut self) -> Result<Option<u32>, Failure> {
        if matches!(self, Self::Scripted(..)) {
            return Ok(Some(10));
        }
        self.ask("seconds of the message (return for none)", |typed| {
            if typed.is_empty() {
                return Ok(0);
            }
            let seconds = typed.trim_end_matches('s').trim_end().parse();
            seconds.map_err(|_| "write a number of seconds; return says nothing, `h` hangs up".to_owned())
        })
    }

    /// Asks until the answer is understood. Whoever closes the input hangs up.
    fn ask<T>(
        &mut self,
        question: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        let Self::AtTheKeyboard(input) = self else { return Ok(None) };
        let gone = |error: io::Error| Failure::could_not("nobody answers").because(&error);
        loop {
            anstream::eprint!("       {question} > ");
            io::stderr().flush().map_err(gone)?;
            let mut line = String::new();
            if input.read_line(&mut line).map_err(gone)? == 0 {
                // The question's line is still open.
                anstream::eprintln!();
                return Ok(None);
            }
            match line.trim() {
                HANG_UP => return Ok(None),
                typed => match read(typed) {
                    Ok(answer) => return Ok(Some(answer)),
                    Err(why) => remark(&why),
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::sample;

    const MENU: Wanted = Wanted { number: false, listens: true };
    const NUMBER: Wanted = Wanted { number: true, listens: false };
    const RING: Duration = Duration::from_secs(20);

    fn acted(keys: &str, prompts: &[Wanted]) -> Vec<Option<Input>> {
        let mut hands = Hands::Scripted(Keys::parse(keys).unwrap(), Answers::default());
        prompts.iter().map(|wanted| hands.act(*wanted).unwrap()).collect()
    }

    fn pressed(keys: &str) -> Option<Input> {
        Some(Input::Pressed(keys.to_owned()))
    }

    #[test]
    fn keys_are_pressed_prompt_by_prompt() {
        let typed = [pressed("1"), pressed("5550142#"), pressed("1")];
        for keys in ["1,5550142#,1", "1 5550142# 1", "1, 5550142# ,1", "15550142#1"] {
            assert_eq!(acted(keys, &[MENU, NUMBER, MENU]), typed, "{keys}");
        }
        assert_eq!(acted("12", &[MENU, MENU, MENU]), [pressed("1"), pressed("2"), Some(Input::Nothing)]);
        assert_eq!(acted("1-2", &[MENU, NUMBER, MENU]), [pressed("1"), Some(Input::Nothing), pressed("2")]);
        assert_eq!(acted("t1h", &[MENU, MENU, MENU]), [Some(Input::PassesTest), pressed("1"), None]);
    }

    #[test]
    fn words_are_said_with_the_blanks_between_them() {
        let said = |words: &str| Some(Input::Said(words.to_owned()));
        assert_eq!(acted("say: a table for two,4", &[MENU, MENU]), [said("a table for two"), pressed("4")]);
        assert_eq!(acted("say:billing", &[MENU]), [said("billing")]);
        assert_eq!(acted("- say:billing", &[MENU, MENU]), [Some(Input::Nothing), said("billing")]);
    }

    #[test]
    fn what_no_telephone_has_is_refused() {
        for keys in ["x", "1,two", "1;2", "1,-2", "é", "1 say:a table", "say:", "1,1t"] {
            assert!(Keys::parse(keys).is_err(), "{keys}");
        }
        assert!(Keys::parse("15550142#").unwrap().acts().is_err());
        assert!(Keys::parse("t,1").unwrap().acts().is_err());
        assert_eq!(Keys::parse("1,-,say:a bill,5#").unwrap().acts().unwrap(), "1,silence,says a bill,5#");
    }

    #[test]
    fn the_first_of_those_who_answer_takes_the_call_while_it_rings() {
        let business = sample().business;
        let people: Vec<&Person> = business.people.iter().collect();
        let taken = |answers: &[&str], people: &[&Person]| {
            let written: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
            let answers = Answers::parse(&written, &business).unwrap();
            let taken =
                Hands::Scripted(Keys::parse("").unwrap(), answers).take(people, RING).unwrap().unwrap();
            taken.map(|(person, after)| (person.name.to_string(), after.as_secs()))
        };
        assert_eq!(taken(&["Ana@9", "ben@8s"], &people), Some(("ben".to_owned(), 8)));
        assert_eq!(taken(&["ana@9", "ben@8s"], &people[..1]), Some(("ana".to_owned(), 9)));
        assert_eq!(taken(&["ben"], &people), Some(("ben".to_owned(), 6)));
        assert_eq!(taken(&["ben@20s"], &people), None, "it has stopped ringing");
        assert!(Answers::parse(&["ben@soon".to_owned()], &business).is_err());
        assert!(Answers::parse(&["zoe".to_owned()], &business).is_err());
    }

    #[test]
    fn what_is_not_understood_at_the_keyboard_is_asked_again() {
        let business = sample().business;
        let people: Vec<&Person> = business.people.iter().collect();
        let mut typed = "a bill\none\n1\nzoe\nBEN\nlong\n12 s\n\nh\n".as_bytes();
        let mut hands = Hands::AtTheKeyboard(&mut typed);
        assert_eq!(hands.act(MENU).unwrap(), Some(Input::Said("a bill".to_owned())));
        assert_eq!(hands.act(Wanted { listens: false, ..MENU }).unwrap(), pressed("1"));
        assert_eq!(hands.take(&people, RING).unwrap().unwrap().unwrap().0.spoken, "Ben");
        assert_eq!(hands.speak().unwrap(), Some(12));
        assert_eq!(hands.take(&people, RING).unwrap(), Some(None));
        assert_eq!(hands.speak().unwrap(), None, "hung up");
        assert_eq!(hands.act(NUMBER).unwrap(), None, "and the end of the input hangs up too");
    }
}
