//! Every sentence that is ours and not the owner's, and how sentences are put together.
//!
//! Short, in plain words, never about what the caller did wrong (L14, L15). No pause stands before speech that
//! follows a key (L28): the way to us and back takes that half second.

use super::when::When;
use super::{Language, english, french, german, rate, spanish, spoken_digits};

/// What ringback says in one language. A language that lacks a sentence does not compile.
#[derive(Debug)]
pub struct Phrases {
    /// What the caller said or typed was not understood.
    pub not_understood: &'static str,
    /// How to reach a person.
    pub press_zero: &'static str,
    /// Before somebody's phone rings.
    pub one_moment: &'static str,
    /// Phones rang, and nobody took the call.
    pub nobody_came: &'static str,
    /// There is nobody to ring.
    pub nobody_here: &'static str,
    /// What was asked for will be done.
    pub all_right: &'static str,
    /// Thanks for what the caller did.
    pub thank_you: &'static str,
    /// The last word.
    pub goodbye: &'static str,
    /// The beep was followed by silence.
    pub no_message: &'static str,
    /// The call is on the list, though there is nothing to ring back.
    pub we_know: &'static str,
    /// A message was left.
    pub got_message: &'static str,
    /// No number could be typed, so it may be said in a message.
    pub number_in_message: &'static str,
    /// To a person who accepted after somebody else did, or after the caller left.
    pub too_late: &'static str,
    /// A spoken answer will do as well as a key.
    pub or_say_it: &'static str,
    /// Something of ours does not work.
    pub small_problem: &'static str,
    /// Before the owner is rung because of that.
    pub finding_somebody: &'static str,
    /// Asks for a message when no flow says how.
    pub leave_message: &'static str,
    /// The last words after that message.
    pub thanks_for_calling: &'static str,
    /// To a person, when nothing is known of the call.
    pub caller_for_you: &'static str,
    /// To somebody who may be anybody, so that nothing is promised.
    pub try_later: &'static str,

    /// The next opening, when nobody knows it.
    pub soon: &'static str,
    /// The next opening, when it is open.
    pub now: &'static str,
    /// A caller's number, when it is withheld.
    pub your_number: &'static str,
    /// A person without a name.
    pub someone: &'static str,

    /// Asks for a number as it is spelt at home.
    pub(super) number_from_home: &'static str,
    /// Asks for a number with its country code.
    pub(super) number_from_anywhere: &'static str,
    /// Reads a number back.
    pub(super) confirm_number: fn(&str) -> String,
    /// Reads an answer back.
    pub(super) confirm_answer: fn(&str) -> String,
    /// Promises a call, from `by 3 p.m.`.
    pub(super) we_call_back: fn(&str) -> String,
    /// Offers a call by one time or another, from `by 3 p.m.` and its like: keys 1 and 2.
    pub(super) two_slots: fn(&str, &str) -> String,
    /// The offer to be put through.
    pub(super) put_through: &'static str,
    /// The offer of this language.
    pub(super) this_language: &'static str,
    /// One choice, goal first.
    pub(super) choice: fn(&str, char) -> String,
    /// A time until which something is done.
    pub(super) by: fn(&When) -> String,
    /// A time at which something is done.
    pub(super) at: fn(&When) -> String,
    /// Who rings a person.
    pub(super) staff: StaffWords,
}

/// What a person of the business hears on picking up. The language of the business, not of the caller.
#[derive(Debug)]
pub(super) struct StaffWords {
    /// How to accept; three words at most.
    pub(super) any_key: &'static str,
    /// A caller without a name, after something else.
    pub(super) new_caller: &'static str,
    /// The same as a sentence of its own, without its full stop.
    pub(super) a_new_caller: &'static str,
    /// A caller with a name, as a sentence without its full stop.
    pub(super) is_calling: fn(&str) -> String,
    /// In front of a second call within minutes.
    pub(super) urgent: &'static str,
    /// In front of a caller who comes first on every list.
    pub(super) important: &'static str,
}

/// Why a call is announced to a person with a word more.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The second call within minutes.
    Urgent,
    /// A caller who comes first on every list.
    Important,
}

/// More words than this keep a person waiting for four seconds.
const MOST_TO_STAFF: usize = 9;
/// Longer areas and names are not worth a second of the person's time; the number stands on the phone's screen.
const MOST_IN_A_NAME: usize = 3;
const LONGEST_NAME: usize = 30;

impl Language {
    /// What ringback says in this language.
    pub fn phrases(self) -> &'static Phrases {
        match self {
            Self::English => &english::PHRASES,
            Self::Spanish => &spanish::PHRASES,
            Self::French => &french::PHRASES,
            Self::German => &german::PHRASES,
        }
    }
}

impl Phrases {
    /// Asks a caller without a number for one. `with_country` where we cannot know how numbers are spelt at home.
    pub fn ask_number(&self, with_country: bool) -> &'static str {
        if with_country { self.number_from_anywhere } else { self.number_from_home }
    }

    /// Reads a typed number back, from [`Language::spoken_number`]; 1 is yes and 2 is no (L27).
    pub fn confirm_number(&self, spoken_number: &str) -> String {
        (self.confirm_number)(spoken_number)
    }

    /// Reads an answer back, digit by digit if it is digits; 1 is yes and 2 is no.
    pub fn confirm_answer(&self, answer: &str) -> String {
        let answer = answer.trim().trim_end_matches(['.', ',', '!', '?', ';']);
        (self.confirm_answer)(&spoken_answer(answer))
    }

    /// The promise itself, from [`Language::by`].
    pub fn we_call_back(&self, promise: &str) -> String {
        (self.we_call_back)(promise)
    }

    /// One choice, goal first (L6), from `have us call you back` or `for billing`, and the languages' like.
    pub fn choice(&self, offer: &str, key: char) -> String {
        let offer = offer.trim().trim_end_matches(',');
        let offer = offer.strip_suffix('.').filter(|rest| !rest.ends_with(".m")).unwrap_or(offer);
        (self.choice)(offer, key)
    }

    /// Offers two times to be called at, from [`Language::by`]: keys 1 and 2.
    pub fn two_slots(&self, sooner: &str, later: &str) -> String {
        (self.two_slots)(sooner, later)
    }

    /// Offers this language. To be spoken by its own voice, at the end of a prompt in another language (L13).
    pub fn language_hint(&self, key: char) -> String {
        (self.choice)(self.this_language, key)
    }

    /// The test that tells people from machines.
    pub fn human_test(&self, key: char) -> String {
        (self.choice)(self.put_through, key)
    }

    /// What a person hears on picking up: what it is about, who rings, and that any key accepts. `area` and `name`
    /// are left out where they are long or no names: what networks send as a caller's name can be anything.
    pub fn accept_prompt(&self, area: Option<&str>, name: Option<&str>, mark: Option<Mark>) -> String {
        let area = area.map(|area| area.replace('-', " ")).filter(|area| is_short(area));
        let area = area.as_deref().map(str::trim);
        let name = name.map(str::trim).filter(|name| is_plain(name));
        let mark = mark.map(|mark| match mark {
            Mark::Urgent => self.staff.urgent,
            Mark::Important => self.staff.important,
        });
        let fullest = [(mark, area, name), (mark, None, name), (None, area, name), (None, None, name)];
        let prompts = fullest.map(|(mark, area, name)| self.announcement(mark, area, name));
        let fits = |prompt: &String| rate::count_words(prompt) <= MOST_TO_STAFF;
        prompts.into_iter().find(fits).unwrap_or_else(|| self.announcement(None, None, None))
    }

    fn announcement(&self, mark: Option<&str>, area: Option<&str>, name: Option<&str>) -> String {
        let staff = &self.staff;
        let before: Vec<_> = [mark, area].into_iter().flatten().collect();
        let who = match (before.is_empty(), name) {
            (true, Some(name)) => (staff.is_calling)(name),
            (true, None) => staff.a_new_caller.to_owned(),
            (false, name) => format!("{}, {}", before.join(", "), name.unwrap_or(staff.new_caller)),
        };
        format!("{} {}", sentence(&capitalised(&who)), staff.any_key)
    }
}

/// Digits apart, so that a voice does not make thousands of them; anything else as it was said.
fn spoken_answer(answer: &str) -> String {
    let digits: String = answer.chars().filter(char::is_ascii_digit).collect();
    let only_digits = answer.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.'));
    if only_digits && !digits.is_empty() { spoken_digits(&digits) } else { answer.to_owned() }
}

fn is_short(words: &str) -> bool {
    words.chars().count() <= LONGEST_NAME && (1..=MOST_IN_A_NAME).contains(&rate::count_words(words))
}

fn is_plain(name: &str) -> bool {
    is_short(name) && name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '\'' | '’' | '-' | '.'))
}

/// With a full stop, unless one is there: `3 p.m.` ends a sentence by itself.
pub fn sentence(words: &str) -> String {
    if words.ends_with('.') { words.to_owned() } else { format!("{words}.") }
}

/// With a capital first letter.
pub fn capitalised(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The first word, in lower case, for telling how an offer begins.
pub(super) fn first_word(offer: &str) -> String {
    offer.split_whitespace().next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::language::{Rate, plain};

    /// Everything that is said to callers, with long fillings; a phrase that is missing here does not compile.
    fn to_callers(language: Language) -> Vec<String> {
        let phrases = language.phrases();
        let Phrases {
            not_understood,
            press_zero,
            one_moment,
            nobody_came,
            nobody_here,
            all_right,
            thank_you,
            goodbye,
            no_message,
            we_know,
            got_message,
            number_in_message,
            too_late,
            or_say_it,
            small_problem,
            finding_somebody,
            leave_message,
            thanks_for_calling,
            caller_for_you,
            try_later,
            soon,
            now,
            your_number,
            someone,
            number_from_home,
            number_from_anywhere,
            confirm_number: _,
            confirm_answer: _,
            we_call_back: _,
            two_slots: _,
            put_through,
            this_language: _,
            choice: _,
            by: _,
            at: _,
            staff: _,
        } = phrases;
        let fixed = [
            not_understood,
            press_zero,
            one_moment,
            nobody_came,
            nobody_here,
            all_right,
            thank_you,
            goodbye,
            no_message,
            we_know,
            got_message,
            number_in_message,
            too_late,
            or_say_it,
            small_problem,
            finding_somebody,
            leave_message,
            thanks_for_calling,
            caller_for_you,
            try_later,
            number_from_home,
            number_from_anywhere,
        ];
        let by = moment(language, "2026-12-03T08:45:00-05:00");
        let sooner = moment(language, "2026-11-23T08:30:00-05:00");
        let later = moment(language, "2026-11-24T10:00:00-05:00");
        let mut said: Vec<_> = fixed.into_iter().map(|phrase| (*phrase).to_owned()).collect();
        said.extend([soon, now, your_number, someone].map(|word| phrases.we_call_back(word)));
        said.extend([
            phrases.confirm_number(&language.spoken_number("+34555501420")),
            phrases.confirm_answer("47115550142"),
            phrases.we_call_back(&by),
            phrases.two_slots(&sooner, &later),
            phrases.language_hint('9'),
            phrases.human_test('5'),
            phrases.choice(put_through, '#'),
            phrases.choice(put_through, '*'),
        ]);
        said
    }

    fn moment(language: Language, at: &str) -> String {
        let zone = jiff::tz::TimeZone::get("America/New_York").expect("a zone");
        let now = "2026-11-21T09:00:00-05:00".parse().expect("a time");
        language.by(at.parse().expect("a time"), now, &zone)
    }

    #[test]
    fn every_sentence_is_one_and_is_short() {
        for language in Language::ALL {
            for said in to_callers(language) {
                assert!(said.ends_with(['.', '?']), "{said}");
                assert!(!said.contains("..") && !said.contains("  "), "{said}");
                assert!(
                    said.chars().next().is_some_and(|first| first.is_uppercase() || first == '¿'),
                    "{said}"
                );
                assert!(Rate::default().time_to_say(&said) < Duration::from_secs(12), "{said}");
            }
        }
    }

    #[test]
    fn no_sentence_of_ours_is_one_that_the_lint_warns_of() {
        for language in Language::ALL {
            let wording = language.wording();
            for said in to_callers(language) {
                let words = format!(" {} ", plain(&said).join(" "));
                let hard = wording.unkind.iter().chain(wording.tiresome).map(|better| better.said);
                for word in hard.chain(wording.selling.iter().copied()) {
                    assert!(!words.contains(&format!(" {word} ")), "`{word}` in {said}");
                }
                let keys = (0..=9).map(|digit| digit.to_string());
                for key in keys.chain(wording.star_and_pound.iter().map(|key| (*key).to_owned())) {
                    for verb in wording.not_press {
                        assert!(!words.contains(&format!(" {verb} {key} ")), "`{verb} {key}` in {said}");
                    }
                    for toward in wording.toward_goal {
                        assert!(!said.contains(&format!("{} {key} {toward} ", wording.press)), "{said}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_words_to_look_for_are_plain_and_what_is_better_is_not_looked_for() {
        for language in Language::ALL {
            let wording = language.wording();
            let lists = [
                wording.not_press,
                wording.also_press,
                wording.before_key,
                wording.star_and_pound,
                wording.toward_goal,
                wording.selling,
            ];
            let better = wording.unkind.iter().chain(wording.tiresome);
            for said in lists.into_iter().flatten().copied().chain(better.clone().map(|better| better.said)) {
                assert_eq!(plain(said).join(" "), said, "{language}");
            }
            for better in better.clone() {
                let instead = format!(" {} ", plain(better.instead).join(" "));
                for unkind in wording.unkind.iter().chain(wording.tiresome) {
                    assert!(!instead.contains(&format!(" {} ", unkind.said)), "{}", better.instead);
                }
            }
        }
    }

    #[test]
    fn digits_in_an_answer_are_said_one_by_one() {
        for (answer, spoken) in [
            ("4711", "4 7 1 1"),
            ("55 01-42", "5 5 0, 1 4 2"),
            ("12 Elm Street", "12 Elm Street"),
            ("-", "-"),
        ] {
            assert_eq!(spoken_answer(answer), spoken);
        }
    }

    #[test]
    fn a_name_that_is_long_or_no_name_is_left_out() {
        for name in ["", "  ", "WIRELESS CALLER 55", "A B C D", "a-b-c-d", "<break/>", &"x".repeat(31)] {
            let said = Language::English.phrases().accept_prompt(None, Some(name), None);
            assert_eq!(said, "A new caller. Press any key.", "{name}");
        }
    }

    proptest! {
        #[test]
        fn nobody_waits_four_seconds_to_learn_who_rings(
            area in prop::option::of("[a-z-]{0,40}|[a-z]{1,9}-[a-z]{1,9}-[a-z]{1,9}"),
            name in prop::option::of("\\PC{0,60}|[A-Z][a-z]{1,8} [A-Z]. [A-Z][a-z]{1,8}"),
            mark in prop::option::of(prop::sample::select(vec![Mark::Urgent, Mark::Important])),
        ) {
            for language in Language::ALL {
                let said = language.phrases().accept_prompt(area.as_deref(), name.as_deref(), mark);
                prop_assert!(rate::count_words(&said) <= MOST_TO_STAFF, "{}", said);
                prop_assert!(Rate::default().time_to_say(&said) < Duration::from_secs(4), "{}", said);
                prop_assert!(said.ends_with(language.phrases().staff.any_key));
            }
        }

        #[test]
        fn a_choice_ends_with_its_key(offer in "[a-zé]{1,9}( [a-zé]{1,9}){0,5}", key in "[0-9]") {
            let key = key.chars().next().expect("a key");
            for language in Language::ALL {
                let said = language.phrases().choice(&offer, key);
                prop_assert!(said.trim_end_matches('.').ends_with(key), "{}", said);
                prop_assert!(said.to_lowercase().contains(&offer), "{}", said);
            }
        }
    }
}
