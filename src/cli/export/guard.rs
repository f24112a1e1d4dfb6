//! Text that a spreadsheet must not run. A cell that begins like a formula is one to it, whoever wrote it: a caller's
//! name as the network sent it, or a message. A `'` before it makes it text again; phone numbers stay as they are,
//! because whoever imports them elsewhere wants them so.

use std::borrow::Cow;

use crate::call::PhoneNumber;

/// The text as a cell.
pub(in crate::cli) fn guarded(text: &str) -> Cow<'_, str> {
    // What looks guarded gets another one, so that taking one off gives back every text.
    if is_formula(text.trim_start_matches('\'')) { format!("'{text}").into() } else { text.into() }
}

/// The text of a cell, guarded or not.
pub(in crate::cli) fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_formula(text.trim_start_matches('\'')) => text,
        Some(_) | None => cell,
    }
}

/// Whether a spreadsheet may take it for more than text. Which blanks and which wide letters a program overlooks
/// differs; all of them are taken for overlooked.
fn is_formula(text: &str) -> bool {
    if PhoneNumber::parse(text).is_ok() {
        return false;
    }
    let blank = |c: char| c.is_whitespace() && !c.is_control() || is_invisible(c);
    let begins = |c: char| {
        c.is_control()
            || matches!(c, '=' | '+' | '-' | '@')
            || matches!(c, '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫' | '\u{2212}')
    };
    text.trim_start_matches(blank).starts_with(begins)
}

fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_begins_like_a_formula_is_guarded_and_numbers_are_not() {
        let formulas = [
            "=1+1",
            "+cmd|' /C calc'!A0",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n",
            "  =1",
            "\u{a0}=1",
            "\u{3000}＝1",
            "\u{feff}=1",
            "\u{200b}\u{202e}+1",
            "＋1",
            "－1",
            "＠x",
            "\u{2212}1",
            "+1 555 0142",
            "+15550142=1",
            "+12",
            "+0123",
            "+1234567890123456",
            "'=1",
        ];
        for text in formulas {
            assert_eq!(guarded(text), format!("'{text}"), "{text:?}");
        }
        for text in ["+15550142", "+123", "Mia", "", " ", "'tis", "''", "1=1", "'+15550142", "#14"] {
            assert_eq!(guarded(text), text);
        }
    }

    proptest! {
        #[test]
        fn what_was_guarded_is_the_same_afterwards(text in "['=+@\t -]{0,4}\\PC{0,8}") {
            let cell = guarded(&text);
            prop_assert_eq!(unguarded(&cell), text.as_str());
            prop_assert!(!is_formula(&cell));
        }
    }
}
