//! Who presses the keys in a rehearsal: somebody at the keyboard, or `--keys`.

use std::collections::VecDeque;
use std::io::{self, BufRead, Write};

use crate::business::Person;
use crate::call::Key;

use super::failure::Failure;
use super::output::remark;

/// Who presses the keys. Every question is answered with `None` by somebody who hangs up.
pub(super) enum Hands<'a> {
    AtTheKeyboard(&'a mut dyn BufRead),
    Scripted(Keys),
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

impl Keys {
    /// Reads `--keys`.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let separates = |c: char| c == ',' || c.is_whitespace();
        let is_known = |c: char| Key::new(c).is_some() || separates(c) || c == '-' || c == 'h';
        if let Some(stray) = text.chars().find(|c| !is_known(*c)) {
            return Err(Failure::wrong_usage(format!("`{stray}` is no key of a telephone"))
                .hint("keys are 0 to 9, `*` and `#`; `-` presses none, `h` hangs up"));
        }
        let text = text.trim();
        if !text.contains(separates) {
            return Ok(Self::OneByOne(text.chars().collect()));
        }
        let parts: VecDeque<String> =
            text.split(separates).filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let is_mixed = |part: &&String| part.len() > 1 && part.contains(['-', 'h']);
        match parts.iter().find(is_mixed) {
            Some(part) => Err(Failure::wrong_usage(format!("`{part}` cannot be pressed at one prompt"))
                .hint("`-` and `h` stand alone, as in `1,-,h`")),
            None => Ok(Self::ByPrompt(parts)),
        }
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
        let act = |part: &String| match part.as_str() {
            NOTHING => "silence".to_owned(),
            HANG_UP => "hang up after 1s".to_owned(),
            keys => keys.to_owned(),
        };
        Ok(parts.iter().map(act).collect::<Vec<_>>().join(","))
    }

    fn next(&mut self, is_number: bool) -> Option<String> {
        match self {
            Self::ByPrompt(parts) => parts.pop_front(),
            Self::OneByOne(keys) if is_number && !matches!(keys.front(), Some('-' | 'h')) => {
                let end = keys.iter().position(|key| *key == '#').map_or(keys.len(), |at| at + 1);
                Some(keys.drain(..end).filter(|key| Key::new(*key).is_some()).collect())
            }
            Self::OneByOne(keys) => keys.pop_front().map(String::from),
        }
    }
}

impl Hands<'_> {
    /// Keys at a prompt; empty for none.
    pub(super) fn press(&mut self, is_number: bool) -> Result<Option<String>, Failure> {
        if let Self::Scripted(keys) = self {
            let pressed = keys.next(is_number).unwrap_or_default();
            return Ok(match pressed.as_str() {
                HANG_UP => None,
                NOTHING => Some(String::new()),
                _ => Some(pressed),
            });
        }
        let question =
            if is_number { "number, digit by digit (return for none)" } else { "key (return for none)" };
        self.ask(question, |typed| match typed.chars().all(|c| Key::new(c).is_some()) {
            true => Ok(typed.to_owned()),
            false => Err("keys are 1, 2 … `*` or `#`; return presses none, `h` hangs up".to_owned()),
        })
    }

    /// Who of those whose phones ring takes the call; nobody does by script.
    pub(super) fn take<'p>(&mut self, people: &[&'p Person]) -> Result<Option<Option<&'p Person>>, Failure> {
        if matches!(self, Self::Scripted(_)) {
            return Ok(Some(None));
        }
        let names = people.iter().map(|person| person.spoken.as_str()).collect::<Vec<_>>().join(", ");
        self.ask(&format!("who takes it? ({names}; return for nobody)"), |typed| {
            let is_named = |person: &&&Person| {
                person.name.as_str().eq_ignore_ascii_case(typed)
                    || person.spoken.to_lowercase() == typed.to_lowercase()
            };
            match people.iter().find(is_named) {
                Some(person) => Ok(Some(*person)),
                None if typed.is_empty() => Ok(None),
                None => Err(format!("it rings at {names}; return lets it ring out, `h` hangs up")),
            }
        })
    }

    /// The seconds of a message, 0 for none; ten by script.
    pub(super) fn speak(&mut self) -> Result<Option<u32>, Failure> {
        if matches!(self, Self::Scripted(_)) {
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

    fn pressed(keys: &str, prompts: &[bool]) -> Vec<Option<String>> {
        let mut hands = Hands::Scripted(Keys::parse(keys).unwrap());
        prompts.iter().map(|is_number| hands.press(*is_number).unwrap()).collect()
    }

    fn some(keys: &[&str]) -> Vec<Option<String>> {
        keys.iter().map(|keys| Some((*keys).to_owned())).collect()
    }

    #[test]
    fn keys_are_pressed_prompt_by_prompt() {
        let (menu, number) = (false, true);
        assert_eq!(pressed("12", &[menu, menu, menu]), some(&["1", "2", ""]));
        assert_eq!(pressed("1,5550142#,1", &[menu, number, menu]), some(&["1", "5550142#", "1"]));
        assert_eq!(pressed("1 5550142# 1", &[menu, number, menu]), some(&["1", "5550142#", "1"]));
        assert_eq!(pressed("15550142#1", &[menu, number, menu]), some(&["1", "5550142#", "1"]));
        assert_eq!(pressed("1-2", &[menu, number, menu]), some(&["1", "", "2"]));
        assert_eq!(pressed("1h", &[menu, menu]), [Some("1".to_owned()), None]);
    }

    #[test]
    fn what_no_telephone_has_is_refused() {
        for keys in ["x", "1,two", "1;2", "1,-2", "é"] {
            assert!(Keys::parse(keys).is_err(), "{keys}");
        }
        assert!(Keys::parse("15550142#").unwrap().acts().is_err());
        assert_eq!(Keys::parse("1,-,5#").unwrap().acts().unwrap(), "1,silence,5#");
    }

    #[test]
    fn what_is_not_understood_at_the_keyboard_is_asked_again() {
        let business = sample().business;
        let people: Vec<&Person> = business.people.iter().collect();
        let mut typed = "one\n1\nzoe\nBEN\nlong\n12 s\n\nh\n".as_bytes();
        let mut hands = Hands::AtTheKeyboard(&mut typed);
        assert_eq!(hands.press(false).unwrap().as_deref(), Some("1"));
        assert_eq!(hands.take(&people).unwrap().unwrap().unwrap().spoken, "Ben");
        assert_eq!(hands.speak().unwrap(), Some(12));
        assert_eq!(hands.take(&people).unwrap(), Some(None));
        assert_eq!(hands.speak().unwrap(), None, "hung up");
        assert_eq!(hands.press(true).unwrap(), None, "and the end of the input hangs up too");
    }
}
