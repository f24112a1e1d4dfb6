//! Texts with their placeholders filled, in the language of the conversation.

use crate::flow::{Piece, Prompt, Slot, Text};
use crate::language::{capitalised, spoken_digits};

use super::Speech;
use super::scene::Scene;

impl Scene<'_> {
    pub(super) fn prompt(&mut self, prompt: &Prompt) {
        match prompt {
            Prompt::Say(text) => self.speak(text.of(self.state.language)),
            Prompt::Play(file) => self.said.push(Speech::Play(file.of(self.state.language).clone())),
        }
    }

    /// Speaks where a promise binds: in a `message` or `call-back` step.
    pub(super) fn speak_binding(&mut self, prompt: &Prompt) {
        self.prompt(prompt);
        if speaks_promise(Some(prompt)) {
            self.bind_promise();
        }
    }

    pub(super) fn speak(&mut self, text: &Text) {
        let words = self.filled(text);
        self.say(&words);
    }

    /// The text with its placeholders filled. Where a filling ends in a full stop, the owner's own is left out; where
    /// there is nothing to fill in, so are the blank and the comma before it.
    pub(super) fn filled(&mut self, text: &Text) -> String {
        let mut out = String::new();
        let mut before = Before::Words;
        for piece in &text.0 {
            match piece {
                Piece::Words(words) => {
                    match before {
                        Before::Slot if out.ends_with('.') && words.starts_with('.') => {
                            out.push_str(&words[1..])
                        }
                        Before::Gap => follow_gap(&mut out, words),
                        Before::Words | Before::Slot => out.push_str(words),
                    }
                    before = Before::Words;
                }
                Piece::Slot(slot) => {
                    let filling = self.filling(slot);
                    if filling.is_empty() {
                        close_gap(&mut out);
                        before = Before::Gap;
                    } else {
                        // A blank went with the gap before.
                        if matches!(before, Before::Gap) && !out.is_empty() {
                            out.push(' ');
                        }
                        out.push_str(&filling);
                        before = Before::Slot;
                    }
                }
            }
        }
        out
    }

    fn filling(&mut self, slot: &Slot) -> String {
        let facts = self.facts;
        let (language, phrases) = (self.language(), self.phrases());
        match slot {
            Slot::Business => facts.business.name.clone(),
            Slot::Caller => {
                let number = facts.caller.number();
                number.map_or_else(|| phrases.your_number.to_owned(), |own| own.spoken(language))
            }
            Slot::Opens => facts.business.spoken_opening(facts.now, facts.away, language),
            Slot::Promise => self.spoken_promise(),
            Slot::Person => {
                let about = (self.state.course.area.as_ref(), facts.line);
                let owner = facts.business.owner_of(about, facts.now, facts.away);
                let person = facts.business.person(&owner);
                person.map_or_else(|| phrases.someone.to_owned(), |person| person.spoken.clone())
            }
            Slot::Name if !facts.business.greet_by_name || !facts.attested => String::new(),
            Slot::Name => facts.about.name.as_deref().map(str::trim).unwrap_or_default().to_owned(),
            Slot::Answer(name) => {
                let answers = &self.state.course.answers;
                let answer =
                    answers.iter().find(|(known, _)| known == name).map(|(_, answer)| answer.as_str());
                let answer = answer.unwrap_or_default();
                match answer.bytes().all(|byte| byte.is_ascii_digit()) {
                    true => spoken_digits(answer),
                    false => answer.to_owned(),
                }
            }
        }
    }
}

/// Whether the promise is spoken in it.
pub(super) fn speaks_promise(prompt: Option<&Prompt>) -> bool {
    match prompt {
        Some(Prompt::Say(text)) => text.all().any(|text| text.has(&Slot::Promise)),
        Some(Prompt::Play(_)) | None => false,
    }
}

/// What stands before the next piece.
enum Before {
    Words,
    Slot,
    /// A placeholder that nothing filled.
    Gap,
}

/// Takes the blank and the comma away that stood before what is not spoken.
fn close_gap(out: &mut String) {
    out.truncate(out.trim_end_matches([' ', ',']).len());
}

/// Goes on after a gap: with a capital letter where the sentence lost its beginning.
fn follow_gap(out: &mut String, rest: &str) {
    if !out.is_empty() && !out.ends_with(['.', '!', '?']) {
        out.push_str(rest);
        return;
    }
    let rest = rest.trim_start_matches([' ', ',', '.', '!', '?', ';', ':']);
    if !out.is_empty() && !rest.is_empty() {
        out.push(' ');
    }
    out.push_str(&capitalised(rest));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text around a name that is not spoken.
    fn without_name(before: &str, after: &str) -> String {
        let mut out = before.to_owned();
        close_gap(&mut out);
        follow_gap(&mut out, after);
        out
    }

    #[test]
    fn where_nothing_is_filled_in_no_blank_and_no_comma_is_left() {
        for (before, after, spoken) in [
            ("Hi ", ", welcome back.", "Hi, welcome back."),
            ("Welcome back, ", ".", "Welcome back."),
            ("Hola ", " y bienvenido.", "Hola y bienvenido."),
            ("", ", welcome back.", "Welcome back."),
            ("Hi. ", ", it's good to hear you.", "Hi. It's good to hear you."),
            ("", "", ""),
        ] {
            assert_eq!(without_name(before, after), spoken);
        }
    }
}
