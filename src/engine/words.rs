//! Every sentence that is ours and not the owner's.
//!
//! Short, in plain words, never about what the caller did wrong (L14, L15). No pause stands before speech that
//! follows a key (L28): the way to us and back takes that half second.

use crate::call::PhoneNumber;
use crate::language::Language;

pub(super) const NOT_UNDERSTOOD: &str = "Sorry, I didn't get that.";
pub(super) const PRESS_SOMETHING: &str = "For a person, press 0.";
pub(super) const ONE_MOMENT: &str = "One moment, please.";
pub(super) const NOBODY_CAME: &str = "Sorry, nobody can come to the phone right now.";
pub(super) const NOBODY_HERE: &str = "Sorry, nobody is here right now.";
pub(super) const ALL_RIGHT: &str = "All right.";
pub(super) const THANK_YOU: &str = "Thank you.";
pub(super) const GOODBYE: &str = "Goodbye.";
pub(super) const NO_MESSAGE: &str = "I didn't hear a message, but we know that you called.";
pub(super) const WE_KNOW: &str = "We know that you called.";
pub(super) const GOT_MESSAGE: &str = "Thank you. We have your message.";
pub(super) const NUMBER_IN_MESSAGE: &str =
    "That's all right. Leave a message after the beep, and say your number in it.";
pub(super) const LEAVE_MESSAGE: &str = "Sorry we can't take your call. Leave a message and we'll call back.";
pub(super) const TOO_LATE: &str = "Thank you. This caller is no longer waiting. Goodbye.";

/// Asks a caller without a number for one. `with_country` where we cannot know how numbers are spelt at home.
pub(super) fn ask_number(with_country: bool) -> &'static str {
    if with_country {
        return "What number should we call? Type it with its country code, then press the pound key.";
    }
    "What number should we call? Type it, then press the pound key."
}

/// Reads a typed number back; 1 is yes and 2 is no (L27).
pub(super) fn confirm_number(number: &PhoneNumber) -> String {
    format!(
        "I have {}. If that's right, press 1. To type it again, press 2.",
        number.spoken(Language::English)
    )
}

/// The promise itself, from `by 3 p.m.`.
pub(super) fn we_call_back(promise: &str) -> String {
    sentence(&format!("We'll call you back {promise}"))
}

/// One choice, goal first (L6), from `have us call you back` or `for billing`.
pub(super) fn choice(offer: &str, key: char) -> String {
    let offer = offer.trim();
    let offer = offer.strip_suffix('.').filter(|rest| !rest.ends_with(".m")).unwrap_or(offer);
    let first = offer.split_whitespace().next().unwrap_or_default();
    let goal = match first.to_ascii_lowercase().as_str() {
        "to" | "for" => capitalised(offer),
        _ => format!("To {offer}"),
    };
    match key {
        '*' => format!("{goal}, press star."),
        '#' => format!("{goal}, press pound."),
        digit => format!("{goal}, press {digit}."),
    }
}

/// With a full stop, unless one is there: `3 p.m.` ends a sentence by itself.
pub(super) fn sentence(words: &str) -> String {
    if words.ends_with('.') { words.to_owned() } else { format!("{words}.") }
}

/// With a capital first letter.
pub(super) fn capitalised(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_spoken_goal_first() {
        for (offer, spoken) in [
            ("leave a message", "To leave a message, press 1."),
            ("for billing", "For billing, press 1."),
            ("To talk to Ana.", "To talk to Ana, press 1."),
            ("forward this", "To forward this, press 1."),
            ("have us call you back by 3 p.m.", "To have us call you back by 3 p.m., press 1."),
        ] {
            assert_eq!(choice(offer, '1'), spoken);
        }
        assert_eq!(choice("for billing", '*'), "For billing, press star.");
    }

    #[test]
    fn a_sentence_has_one_full_stop() {
        assert_eq!(we_call_back("by 3 p.m."), "We'll call you back by 3 p.m.");
        assert_eq!(we_call_back("by noon"), "We'll call you back by noon.");
    }
}
