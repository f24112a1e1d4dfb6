//! Choices: spoken goal first, asked again with patience, never left by a hang-up.

use crate::call::{Key, StepName};
use crate::flow::{self, Menu};

use super::scene::{Scene, Wait};
use super::{Place, Speech, Then, patience};

/// From this many choices on, a pause between them helps to tell them apart (L10).
const PAUSED_FROM: usize = 4;

/// Why a choice is offered again.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Slip {
    /// Nothing came.
    Silence,
    /// Something came that is not offered.
    NotUnderstood,
}

impl<'a> Scene<'a> {
    /// Comes to a choice; its greeting was spoken before.
    pub(super) fn offer(&mut self, name: &StepName, menu: &Menu) -> Then {
        self.choices(menu);
        self.wait_for_choice(name, menu, 0)
    }

    pub(super) fn chosen(&mut self, name: &StepName, slips: u8, key: Option<Key>) -> Then {
        let Some(menu) = self.menu(name) else { return self.enter(self.flow.last_call_back) };
        let Some(key) = key else { return self.slip(name, slips, Slip::NotUnderstood) };
        if key == Key::ZERO {
            return self.zero(name);
        }
        if let Some(choice) = menu.choices.iter().find(|choice| choice.key == key) {
            if let Some(area) = &choice.area {
                self.state.course.area = Some(area.clone());
            }
            return self.enter(choice.go);
        }
        if self.changes_language(key) {
            if let Some(greeting) = &self.step(name).say {
                self.prompt(greeting);
            }
            self.choices(menu);
            return self.wait_for_choice(name, menu, slips);
        }
        self.slip(name, slips, Slip::NotUnderstood)
    }

    /// Offers the choices again after nothing, or nothing that is offered; at the end of patience goes on.
    pub(super) fn slip(&mut self, name: &StepName, slips: u8, slip: Slip) -> Then {
        let Some(menu) = self.menu(name) else { return self.enter(self.flow.last_call_back) };
        let Some(slips) = patience::once_more(slips) else { return self.enter(menu.silence) };
        if slip == Slip::NotUnderstood {
            self.say(self.phrases().not_understood);
        }
        self.repeat(name, slips)
    }

    /// The choices again, as if nothing had happened.
    pub(super) fn repeat(&mut self, name: &StepName, slips: u8) -> Then {
        let Some(menu) = self.menu(name) else { return self.enter(self.flow.last_call_back) };
        // Without offers the owner explains the keys in the greeting, perhaps in a recording.
        if menu.choices.iter().all(|choice| choice.offer.is_none())
            && let Some(greeting) = &self.step(name).say
        {
            self.prompt(greeting);
        }
        self.choices(menu);
        self.wait_for_choice(name, menu, slips)
    }

    fn choices(&mut self, menu: &Menu) {
        let spoken: Vec<_> =
            menu.choices.iter().filter_map(|choice| Some((choice.key, choice.offer.as_ref()?))).collect();
        let paused = spoken.len() >= PAUSED_FROM;
        for (index, (key, offer)) in spoken.into_iter().enumerate() {
            if paused && index > 0 {
                self.said.push(Speech::Pause(1));
            }
            let offer = self.filled(offer.of(self.state.language));
            self.say(&self.phrases().choice(&offer, key.as_char()));
        }
    }

    fn wait_for_choice(&mut self, name: &StepName, menu: &Menu, slips: u8) -> Then {
        if self.said.is_empty() {
            self.say(self.phrases().press_zero);
        }
        let hear = self.words_of(menu);
        if slips == 0 && hear.is_some() && menu.choices.iter().any(|choice| choice.offer.is_some()) {
            self.say(self.phrases().or_say_it);
        }
        self.hint();
        self.wait(Place::Menu { step: name.clone(), slips }, Wait { keys: Some(1), time: menu.wait, hear })
    }

    pub(super) fn menu(&self, name: &StepName) -> Option<&'a Menu> {
        match &self.step(name).then {
            flow::Then::Press(menu) => Some(menu),
            flow::Then::Go(_)
            | flow::Then::Ring(_)
            | flow::Then::Message { .. }
            | flow::Then::CallBack { .. }
            | flow::Then::Ask(_)
            | flow::Then::Goodbye(_)
            | flow::Then::Refuse => None,
        }
    }
}
