//! The steps that need few words: `message`, `call-back`, `goodbye`.

use crate::notation::{Placed, Problem, Value};

use super::super::vocabulary::MESSAGE;
use super::super::{ByLanguage, Prompt, Text};
use super::step::Step;
use super::{RawThen, Reading};

impl Reading {
    pub(super) fn read_message(&mut self, step: &mut Step) -> Option<RawThen> {
        let entry = step.table.take("message")?;
        let wanted = "the words that invite the caller to speak, or `true`";
        let invitation = self.text_or_true(entry, wanted);
        let longest = self.duration("longest", MESSAGE, &mut step.table);
        let transcribe = self.switch("transcribe", &mut step.table);
        let go = self.name("go", &mut step.table);
        let invitation = invitation?.map(|text| Placed { value: Prompt::Say(text.value), span: text.span });
        Some(RawThen::Message { invitation, longest, transcribe, go })
    }

    pub(super) fn read_call_back(&mut self, step: &mut Step) -> Option<RawThen> {
        let two_times = self.switch("two-times", &mut step.table);
        let go = self.name("go", &mut step.table);
        self.read_true("call-back", step).map(|()| RawThen::CallBack { two_times, go })
    }

    pub(super) fn read_goodbye(&mut self, step: &mut Step) -> Option<RawThen> {
        let entry = step.table.take("goodbye")?;
        let words = self.text_or_true(entry, "the last words, or `true` for \"Goodbye.\"")?;
        let words = words.map_or_else(|| ByLanguage::one(Text::default()), |words| words.value);
        Some(RawThen::Goodbye(words))
    }

    pub(super) fn read_true(&mut self, word: &'static str, step: &mut Step) -> Option<()> {
        let entry = step.table.take(word)?;
        if matches!(&entry.value.value, Value::Text(text) if text.contains(' ')) {
            let message = format!("`{word}` is `true`, without words of its own");
            self.error(entry.value.span, message, "words go into `say` beside it");
            return None;
        }
        let switch = entry.switch(&mut self.problems)?;
        if !switch.value {
            let message = format!("`{word}` is `true`, or it is left out");
            self.problems.push(Problem::error(switch.span, message));
        }
        switch.value.then_some(())
    }
}
