//! English.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::ears::Ears;
use super::phrases::{Phrases, StaffWords, capitalised, first_word, sentence};
use super::when::{Clock, Day, When, month, weekday};
use super::wording::{Better, Wording};

pub(super) static PHRASES: Phrases = Phrases {
    not_understood: "Sorry, I didn't get that.",
    press_zero: "For a person, press 0.",
    one_moment: "One moment, please.",
    nobody_came: "Sorry, nobody can come to the phone right now.",
    nobody_here: "Sorry, nobody is here right now.",
    all_right: "All right.",
    thank_you: "Thank you.",
    goodbye: "Goodbye.",
    no_message: "I didn't hear a message, but we know that you called.",
    we_know: "We know that you called.",
    got_message: "Thank you. We have your message.",
    number_in_message: "That's all right. Leave a message after the beep, and say your number in it.",
    too_late: "Thank you. This caller is no longer waiting. Goodbye.",
    or_say_it: "Or just say it.",
    small_problem: "Sorry about this, we're having a small problem with our phone line.",
    finding_somebody: "One moment, we'll find somebody for you.",
    leave_message: "Please leave a message after the tone, and we'll call you back.",
    thanks_for_calling: "Thank you for calling. We'll call you back. Goodbye.",
    caller_for_you: "A caller for you. Press any key.",
    try_later: "Sorry, our phone line has a problem right now. Please try again later.",
    soon: "soon",
    now: "now",
    your_number: "your number",
    someone: "someone",
    number_from_home: "What number should we call? Type it, then press the pound key.",
    number_from_anywhere: "What number should we call? Type it with its country code, then press the pound key.",
    confirm_number: |number| format!("I have {number}. If that's right, press 1. To type it again, press 2."),
    confirm_answer: |answer| {
        format!("I have {} If that's right, press 1. To change it, press 2.", sentence(answer))
    },
    we_call_back: |by| sentence(&format!("We'll call you back {by}")),
    two_slots: |sooner, later| format!("For a call {sooner}, press 1. Or {later}, press 2."),
    put_through: "be put through",
    this_language: "for English",
    choice,
    by: |when| format!("by {}", time(when)),
    at,
    staff: StaffWords {
        any_key: "Press any key.",
        new_caller: "new caller",
        a_new_caller: "a new caller",
        is_calling: |name| format!("{name} is calling"),
        urgent: "urgent",
        important: "important",
    },
};

#[rustfmt::skip]
pub(super) static EARS: Ears = Ears {
    yes: &[
        "yes", "well yes", "yeah", "yep", "yup", "ya", "sure", "right", "thats right", "that is right",
        "correct", "exactly", "of course", "absolutely", "okay", "ok", "uh huh", "it is", "that is correct",
        "thats correct", "fine", "thats it", "sounds good", "all right", "alright", "perfect", "good",
    ],
    no: &[
        "no", "well no", "nope", "nah", "not right", "its not right", "thats not right", "that is not right",
        "thats wrong", "that is wrong", "wrong", "incorrect", "not correct", "thats not correct",
        "that is not correct", "no its not", "it is not", "it isnt", "thats not it", "not really", "uh uh",
        "negative",
    ],
    person: &[
        "person", "real person", "live person", "human", "human being", "real human", "operator",
        "representative", "rep", "agent", "live agent", "receptionist", "somebody", "someone", "anybody",
        "anyone", "customer service", "a real person", "real people", "people", "the owner", "the boss",
        "the manager", "manager", "staff",
    ],
    asking: &[
        "i", "me", "can", "could", "may", "let", "want", "wanna", "need", "have", "get", "give", "put",
        "through", "on", "connect", "transfer", "talk", "talking", "speak", "speaking", "with", "to", "there",
        "is", "at", "line", "phone", "actual", "live", "real", "you", "now", "right", "just", "rather",
        "prefer",
    ],
    small_talk: &[
        "uh", "um", "uhm", "er", "erm", "hm", "hmm", "ah", "oh", "so", "please", "thanks", "thank you",
        "hello", "hi", "hey", "good morning", "good afternoon", "good evening", "id like to",
        "i would like to", "id like", "i would like", "i want to", "i wanna", "i want", "i need to", "i need",
        "can i", "could i", "may i", "can you", "could you", "im calling about", "im calling for",
        "its about", "this is about", "just", "the", "a", "an", "some", "my", "maam", "sir",
    ],
    keys: ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
};

#[rustfmt::skip]
pub(super) static WORDING: Wording = Wording {
    unkind: &[
        Better { said: "invalid", instead: "Sorry, I didn't get that." },
        Better { said: "not valid", instead: "Sorry, I didn't get that." },
        Better { said: "incorrect", instead: "Sorry, I didn't get that." },
        Better { said: "wrong", instead: "Sorry, I didn't get that." },
        Better { said: "failed", instead: "Sorry, that didn't work out." },
        Better { said: "failure", instead: "Sorry, that didn't work out." },
        Better { said: "error", instead: "Sorry, that didn't work out." },
        Better { said: "errors", instead: "Sorry, that didn't work out." },
    ],
    press: "press",
    not_press: &["push", "hit", "dial", "punch", "touch", "select", "enter", "type"],
    also_press: &[],
    before_key: &["the", "key", "number", "button"],
    star_and_pound: &["star", "pound", "hash", "asterisk"],
    toward_goal: &["for", "to", "if"],
    tiresome: &[
        Better { said: "listen carefully", instead: "" },
        Better { said: "please listen", instead: "" },
        Better { said: "listen closely", instead: "" },
        Better { said: "options have changed", instead: "" },
        Better { said: "options have recently changed", instead: "" },
        Better { said: "menu has changed", instead: "" },
        Better { said: "call is important", instead: "We'll be with you in a moment." },
        Better { said: "call is very important", instead: "We'll be with you in a moment." },
        Better { said: "value your call", instead: "We'll be with you in a moment." },
        Better { said: "visit our website", instead: "" },
        Better { said: "visit us online", instead: "" },
        Better { said: "on our website", instead: "" },
    ],
    selling: &[
        "trusted", "trusted partner", "leading", "premier", "award winning", "number one", "best in town",
        "quality service", "the best", "finest", "special offer", "special offers", "discount", "discounts",
        "ask about our", "on sale", "proudly serving", "your partner for", "we pride ourselves",
        "world class", "satisfaction guaranteed", "limited time", "lowest prices", "did you know",
    ],
};

/// A time of day as people say and read it: `8 a.m.`, `8:30 a.m.`, `noon`, `midnight`.
pub fn clock_words(time: Time) -> String {
    let half = if time.hour() < 12 { "a.m." } else { "p.m." };
    let hour = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    match (time.hour(), time.minute()) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "noon".to_owned(),
        (_, 0) => format!("{hour} {half}"),
        (_, minute) => format!("{hour}:{minute:02} {half}"),
    }
}

/// A clock time as owners read it at `now`: `3 p.m.`, `8:30 a.m. tomorrow`, `noon on Monday`, `8 a.m. on December 3rd`.
pub fn spoken_time(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    time(&When::new(at, now, zone))
}

fn time(when: &When) -> String {
    match day(when) {
        None => clock(when),
        Some(day) => format!("{} {day}", clock(when)),
    }
}

fn at(when: &When) -> String {
    match day(when) {
        None => format!("at {}", clock(when)),
        Some(day) => format!("{day} at {}", clock(when)),
    }
}

fn clock(when: &When) -> String {
    match when.clock {
        Clock::Time(time) => clock_words(time),
        Clock::Midnight => "midnight".to_owned(),
    }
}

fn day(when: &When) -> Option<String> {
    let day = match (&when.clock, &when.day) {
        (Clock::Time(_), Day::Today) => return None,
        (Clock::Time(_), Day::Tomorrow) => "tomorrow".to_owned(),
        (Clock::Time(_), Day::Within(day)) => format!("on {}", weekday(DAYS, *day)),
        (Clock::Time(_), Day::Later(day)) => format!("on {}", calendar_day(*day)),
        (Clock::Midnight, Day::Today) => "tonight".to_owned(),
        (Clock::Midnight, Day::Tomorrow) => "tomorrow night".to_owned(),
        (Clock::Midnight, Day::Within(day)) => format!("on {} night", weekday(DAYS, *day)),
        (Clock::Midnight, Day::Later(day)) => format!("on the night of {}", calendar_day(*day)),
    };
    Some(day)
}

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn calendar_day(day: Date) -> String {
    let ending = match day.day() {
        11..=13 => "th",
        n if n % 10 == 1 => "st",
        n if n % 10 == 2 => "nd",
        n if n % 10 == 3 => "rd",
        _ => "th",
    };
    format!("{} {}{ending}", month(MONTHS, day), day.day())
}

fn choice(offer: &str, key: char) -> String {
    let goal = match first_word(offer).as_str() {
        "to" | "for" | "if" => capitalised(offer),
        first if is_no_verb(first) => format!("For {offer}"),
        _ => format!("To {offer}"),
    };
    match key {
        '*' => format!("{goal}, press star."),
        '#' => format!("{goal}, press pound."),
        digit => format!("{goal}, press {digit}."),
    }
}

/// Whether "to" cannot stand before that word: "a repair", "billing", unlike "ring" and "bring".
fn is_no_verb(first: &str) -> bool {
    let stem = first.strip_suffix("ing");
    matches!(first, "a" | "an" | "the" | "our" | "your" | "my" | "something" | "anything" | "questions")
        || stem.is_some_and(|stem| stem.contains(['a', 'e', 'i', 'o', 'u', 'y']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::when::tests::assert_said;
    use crate::language::{Language, Mark};

    #[test]
    fn times_are_said_as_people_say_them() {
        assert_said(
            Language::English,
            &[
                ("2026-11-21T15:00:00-05:00", "by 3 p.m.", "at 3 p.m."),
                ("2026-11-21T15:30:00-05:00", "by 3:30 p.m.", "at 3:30 p.m."),
                ("2026-11-21T10:05:00-05:00", "by 10:05 a.m.", "at 10:05 a.m."),
                ("2026-11-21T12:00:00-05:00", "by noon", "at noon"),
                ("2026-11-21T12:15:00-05:00", "by 12:15 p.m.", "at 12:15 p.m."),
                ("2026-11-21T13:00:00-05:00", "by 1 p.m.", "at 1 p.m."),
                ("2026-11-21T13:30:00-05:00", "by 1:30 p.m.", "at 1:30 p.m."),
                ("2026-11-21T19:45:00-05:00", "by 7:45 p.m.", "at 7:45 p.m."),
                ("2026-11-21T20:00:00-05:00", "by 8 p.m.", "at 8 p.m."),
                ("2026-11-22T00:00:00-05:00", "by midnight tonight", "tonight at midnight"),
                ("2026-11-22T00:15:00-05:00", "by 12:15 a.m. tomorrow", "tomorrow at 12:15 a.m."),
                ("2026-11-22T01:00:00-05:00", "by 1 a.m. tomorrow", "tomorrow at 1 a.m."),
                ("2026-11-22T08:00:00-05:00", "by 8 a.m. tomorrow", "tomorrow at 8 a.m."),
                ("2026-11-22T08:30:00-05:00", "by 8:30 a.m. tomorrow", "tomorrow at 8:30 a.m."),
                ("2026-11-23T00:00:00-05:00", "by midnight tomorrow night", "tomorrow night at midnight"),
                ("2026-11-23T08:00:00-05:00", "by 8 a.m. on Monday", "on Monday at 8 a.m."),
                ("2026-11-27T12:00:00-05:00", "by noon on Friday", "on Friday at noon"),
                ("2026-11-28T00:00:00-05:00", "by midnight on Friday night", "on Friday night at midnight"),
                ("2026-11-28T08:00:00-05:00", "by 8 a.m. on November 28th", "on November 28th at 8 a.m."),
                ("2026-12-01T13:00:00-05:00", "by 1 p.m. on December 1st", "on December 1st at 1 p.m."),
                (
                    "2026-12-04T00:00:00-05:00",
                    "by midnight on the night of December 3rd",
                    "on the night of December 3rd at midnight",
                ),
                ("2026-11-21T14:59:00.001-05:00", "by 3 p.m.", "at 3 p.m."),
                ("2027-04-01T08:00:00-04:00", "by 8 a.m. on April 1st", "on April 1st at 8 a.m."),
            ],
        );
    }

    #[test]
    fn a_choice_is_spoken_goal_first() {
        for (offer, key, spoken) in [
            ("leave a message", '1', "To leave a message, press 1."),
            ("for billing", '1', "For billing, press 1."),
            ("To talk to Ana.", '1', "To talk to Ana, press 1."),
            ("forward this", '1', "To forward this, press 1."),
            ("a repair", '1', "For a repair, press 1."),
            ("your bill", '1', "For your bill, press 1."),
            ("billing", '1', "For billing, press 1."),
            ("scheduling a visit", '1', "For scheduling a visit, press 1."),
            ("bring a bike in", '1', "To bring a bike in, press 1."),
            ("ring our workshop", '1', "To ring our workshop, press 1."),
            ("if it can't wait,", '2', "If it can't wait, press 2."),
            ("have us call you back by 3 p.m.", '1', "To have us call you back by 3 p.m., press 1."),
            ("for billing", '*', "For billing, press star."),
            ("for billing", '#', "For billing, press pound."),
        ] {
            assert_eq!(PHRASES.choice(offer, key), spoken);
        }
    }

    #[test]
    fn sentences_are_right_with_what_goes_into_them() {
        for (said, expected) in [
            (PHRASES.we_call_back("by 3 p.m."), "We'll call you back by 3 p.m."),
            (PHRASES.we_call_back("by noon"), "We'll call you back by noon."),
            (
                PHRASES.two_slots("by 3 p.m.", "by 10 a.m. tomorrow"),
                "For a call by 3 p.m., press 1. Or by 10 a.m. tomorrow, press 2.",
            ),
            (
                PHRASES.confirm_number("5 5 5, 0 1 4 2"),
                "I have 5 5 5, 0 1 4 2. If that's right, press 1. To type it again, press 2.",
            ),
            (
                PHRASES.confirm_answer("the blue house"),
                "I have the blue house. If that's right, press 1. To change it, press 2.",
            ),
            (
                PHRASES.confirm_answer("4711."),
                "I have 4 7 1 1. If that's right, press 1. To change it, press 2.",
            ),
            (PHRASES.language_hint('9'), "For English, press 9."),
            (PHRASES.human_test('5'), "To be put through, press 5."),
            (
                PHRASES.accept_prompt(Some("repairs"), Some("Mia Reed"), None),
                "Repairs, Mia Reed. Press any key.",
            ),
            (
                PHRASES.accept_prompt(Some("repairs"), Some("Mia Reed"), Some(Mark::Urgent)),
                "Urgent, repairs, Mia Reed. Press any key.",
            ),
            (
                PHRASES.accept_prompt(None, Some("Mia Reed"), Some(Mark::Important)),
                "Important, Mia Reed. Press any key.",
            ),
            (PHRASES.accept_prompt(Some("repairs"), None, None), "Repairs, new caller. Press any key."),
            (PHRASES.accept_prompt(None, Some("Mia Reed"), None), "Mia Reed is calling. Press any key."),
            (PHRASES.accept_prompt(None, None, None), "A new caller. Press any key."),
        ] {
            assert_eq!(said, expected);
        }
    }
}
