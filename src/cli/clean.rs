//! Text from outside, made harmless before a terminal or a pipe sees it.

use std::fmt;

use unicode_width::UnicodeWidthChar;

/// Marks that stack on one letter beyond these are dropped, because a pile of them covers the lines above.
const MOST_MARKS: usize = 2;

/// Text that a terminal can show: no control, direction or invisible characters, and no line breaks.
///
/// A table takes nothing else, so that a caller's name cannot reach a terminal as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Clean(String);

impl Clean {
    /// Cleans a text of any origin.
    pub(super) fn of(text: &str) -> Self {
        let mut clean = String::with_capacity(text.len());
        let mut marks = 0;
        for letter in text.chars() {
            if matches!(letter, '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}') {
                clean.push(' ');
                continue;
            }
            if is_unfit(letter) {
                continue;
            }
            marks = if letter.width() == Some(0) { marks + 1 } else { 0 };
            if marks <= MOST_MARKS {
                clean.push(letter);
            }
        }
        Self(clean)
    }

    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// How many columns it takes at most.
    pub(super) fn width(&self) -> usize {
        self.0.chars().map(columns).sum()
    }

    /// The text in at most `width` columns; `…` stands for what is left out.
    pub(super) fn cut(&self, width: usize) -> Self {
        if self.width() <= width {
            return self.clone();
        }
        let mut left = width.saturating_sub(1);
        let fits = |letter: &char| {
            let rest = left.checked_sub(columns(*letter));
            left = rest.unwrap_or(0);
            rest.is_some()
        };
        let mut cut: String = self.0.chars().take_while(fits).collect();
        cut.truncate(cut.trim_end().len());
        if width > 0 {
            cut.push('…');
        }
        Self(cut)
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Columns of one letter. Letters that a terminal joins (flags, families) are counted apart, so that a line is
/// rather too short than too long.
fn columns(letter: char) -> usize {
    letter.width().unwrap_or(0)
}

/// Whether a letter does something to a terminal or to a reader other than being read: C0, C1, DEL, direction
/// (CVE-2021-42574), zero width, fillers that look like blanks, and tags.
fn is_unfit(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// JSON in which no character acts on a terminal: what serde leaves as it is (C1, DEL, direction) is escaped too,
/// so that nothing is lost. Such characters stand inside strings only.
pub(super) fn escape_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter != '\n' && (is_unfit(letter) || matches!(letter, '\u{2028}' | '\u{2029}')) {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_gone() {
        let cases = [
            ("\u{1b}]52;c;aGk=\u{7}Pat", "]52;c;aGk=Pat"),
            ("\u{1b}[2J\u{1b}[HPat", "[2J[HPat"),
            ("\u{9b}31mPat\u{7f}", "31mPat"),
            ("Pat\u{202e}taP\u{2066}", "PattaP"),
            ("P\u{200b}a\u{feff}t\u{200d}", "Pat"),
            ("Pat\r\nDoe\tJr\u{2028}x", "Pat  Doe Jr x"),
            ("Zoë 李 🔧", "Zoë 李 🔧"),
        ];
        for (raw, clean) in cases {
            assert_eq!(Clean::of(raw).as_str(), clean, "{raw:?}");
        }
    }

    #[test]
    fn no_character_at_all_gets_through_that_acts() {
        for letter in '\0'..=char::MAX {
            let clean = Clean::of(&letter.to_string());
            let acts =
                |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            assert!(!clean.as_str().contains(acts), "{letter:?}");
        }
    }

    #[test]
    fn a_pile_of_marks_is_levelled() {
        let pile = format!("a{}b", "\u{301}".repeat(500));
        assert_eq!(Clean::of(&pile).as_str(), "a\u{301}\u{301}b");
    }

    #[test]
    fn a_cut_never_takes_more_columns_than_there_are() {
        let cases = [
            ("Ridge Plumbing", 14, "Ridge Plumbing"),
            ("Ridge Plumbing", 13, "Ridge Plumbi…"),
            ("Ridge Plumbing", 7, "Ridge…"),
            ("李李李", 5, "李李…"),
            ("李李李", 4, "李…"),
            ("李李李", 1, "…"),
            ("李李李", 0, ""),
            ("🔧🔧", 3, "🔧…"),
        ];
        for (text, width, cut) in cases {
            let shown = Clean::of(text).cut(width);
            assert_eq!(shown.as_str(), cut, "{text} {width}");
            assert!(shown.width() <= width);
        }
    }

    #[test]
    fn json_is_escaped_without_loss() {
        let name = "\u{1b}[2J\u{9b}\u{7f}\u{202e}\u{e0041}\u{2028}ü🔧\n";
        let json = escape_json(&serde_json::to_string_pretty(&[name]).unwrap());
        assert!(!json.contains(|c: char| c != '\n' && is_unfit(c)), "{json:?}");
        let back: Vec<String> = serde_json::from_str(&json).unwrap();
        assert_eq!(back, [name]);
    }
}
