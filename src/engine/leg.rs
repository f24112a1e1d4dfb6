//! What a person hears on picking up.

use crate::call::AreaName;

use super::patience::ACCEPT_WAIT;
use super::words::{self, capitalised};
use super::{AcceptPrompt, LegReply};

/// Longer names are not worth a second of the person's time; the number stands on the phone's screen.
const MOST_WORDS: usize = 3;
const LONGEST: usize = 30;

/// Says what it is about and who rings, and waits for any key. `known` is the caller's name where we know it.
pub fn accept_prompt(area: Option<&AreaName>, known: Option<&str>) -> LegReply {
    let area = area.map(|area| area.as_str().replace('-', " ")).filter(|area| is_short(area));
    let who = known.map(str::trim).filter(|name| is_plain(name));
    let say = match (area, who) {
        (Some(area), Some(name)) => format!("{}, {name}. Press any key.", capitalised(&area)),
        (Some(area), None) => format!("{}, new caller. Press any key.", capitalised(&area)),
        (None, Some(name)) => format!("{name} is calling. Press any key."),
        (None, None) => "A new caller. Press any key.".to_owned(),
    };
    LegReply::Prompt(AcceptPrompt { say, wait: ACCEPT_WAIT })
}

/// For whoever accepts after somebody else did, or after the caller left: true in both cases.
pub fn too_late() -> LegReply {
    LegReply::TooLate(words::TOO_LATE.to_owned())
}

fn is_short(words: &str) -> bool {
    words.chars().count() <= LONGEST && (1..=MOST_WORDS).contains(&words.split_whitespace().count())
}

/// A name that a voice reads as a name: what callers' networks send can be anything.
fn is_plain(name: &str) -> bool {
    is_short(name) && name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '\'' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prompt(area: Option<&str>, known: Option<&str>) -> String {
        let area = area.map(|area| AreaName::parse(area).expect("an area"));
        match accept_prompt(area.as_ref(), known) {
            LegReply::Prompt(prompt) => prompt.say,
            LegReply::Connect | LegReply::TooLate(_) => unreachable!("a prompt"),
        }
    }

    #[test]
    fn the_person_hears_what_it_is_about_and_who_rings() {
        assert_eq!(prompt(Some("repairs"), Some("Mia Reed")), "Repairs, Mia Reed. Press any key.");
        assert_eq!(prompt(Some("repairs"), None), "Repairs, new caller. Press any key.");
        assert_eq!(prompt(None, Some("Mia Reed")), "Mia Reed is calling. Press any key.");
        assert_eq!(prompt(None, None), "A new caller. Press any key.");
    }

    #[test]
    fn a_name_that_is_long_or_no_name_is_left_out() {
        for name in ["", "  ", "WIRELESS CALLER 55", "A B C D", "<break/>", &"x".repeat(31)] {
            assert_eq!(prompt(None, Some(name)), "A new caller. Press any key.", "{name}");
        }
    }

    proptest! {
        #[test]
        fn nobody_waits_four_seconds_to_learn_who_rings(area in "[a-z-]{1,40}", name in "\\PC{0,60}") {
            let words = prompt(Some(&area), Some(&name))
                .split(|c: char| !c.is_alphanumeric() && c != '\'')
                .filter(|word| !word.is_empty())
                .count();
            prop_assert!(words <= 9);
            prop_assert!(0.37 + 0.395 * (words as f64) < 4.0);
        }
    }
}
