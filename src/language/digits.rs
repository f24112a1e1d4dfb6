//! Numbers for a voice to read digit by digit, in groups with pauses.

use super::Language;

impl Language {
    /// A phone number in E.164, read in the groups that speakers of this language expect. Without the 1 of North
    /// America, which nobody there says.
    pub fn spoken_number(self, e164: &str) -> String {
        let digits: String = e164.chars().filter(char::is_ascii_digit).collect();
        if let Some(national) = digits.strip_prefix('1') {
            return spoken_digits(national);
        }
        let (country, national) = digits.split_at(country_code_length(&digits));
        let groups = match self {
            Self::English => return spoken_digits(&digits),
            Self::Spanish | Self::German => threes_and_twos(national),
            Self::French => pairs(national),
        };
        [vec![country], groups].concat().into_iter().map(apart).collect::<Vec<_>>().join(", ")
    }
}

/// Digits one by one, three at a time and up to four at the end, as North America reads them.
pub fn spoken_digits(digits: &str) -> String {
    let mut groups = Vec::new();
    let mut rest = digits;
    while rest.len() > 4 {
        let (group, tail) = rest.split_at(3);
        groups.push(apart(group));
        rest = tail;
    }
    groups.push(apart(rest));
    groups.join(", ")
}

fn apart(group: &str) -> String {
    group.chars().map(String::from).collect::<Vec<_>>().join(" ")
}

/// `6, 1 2, 3 4`: an odd one goes first, as in France.
fn pairs(digits: &str) -> Vec<&str> {
    let (odd, mut rest) = digits.split_at(digits.len() % 2);
    let mut groups = Vec::new();
    if !odd.is_empty() {
        groups.push(odd);
    }
    while !rest.is_empty() {
        let (group, tail) = rest.split_at(2);
        groups.push(group);
        rest = tail;
    }
    groups
}

/// Three at a time, and never one alone at the end.
fn threes_and_twos(digits: &str) -> Vec<&str> {
    let mut groups = Vec::new();
    let mut rest = digits;
    while !rest.is_empty() {
        let length = match rest.len() {
            2 | 4 => 2,
            length => length.min(3),
        };
        let (group, tail) = rest.split_at(length);
        groups.push(group);
        rest = tail;
    }
    groups
}

/// How many of the first digits are the country's, by the zones of ITU-T E.164.
fn country_code_length(digits: &str) -> usize {
    let two: String = digits.chars().take(2).collect();
    let length = match two.as_str() {
        "20" | "27" | "28" | "30" | "31" | "32" | "33" | "34" | "36" | "39" | "40" | "41" | "43" | "44"
        | "45" | "46" | "47" | "48" | "49" | "51" | "52" | "53" | "54" | "55" | "56" | "57" | "58" | "60"
        | "61" | "62" | "63" | "64" | "65" | "66" | "81" | "82" | "84" | "86" | "90" | "91" | "92" | "93"
        | "94" | "95" | "98" => 2,
        other if other.starts_with('7') => 1,
        _ => 3,
    };
    length.min(digits.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_read_in_the_groups_of_the_language() {
        for (number, language, spoken) in [
            ("+15550142", Language::English, "5 5 5, 0 1 4 2"),
            ("+15550142", Language::Spanish, "5 5 5, 0 1 4 2"),
            ("+12015550142", Language::English, "2 0 1, 5 5 5, 0 1 4 2"),
            ("+12015550142", Language::French, "2 0 1, 5 5 5, 0 1 4 2"),
            ("+4915550142", Language::English, "4 9 1, 5 5 5, 0 1 4 2"),
            ("+4915550142", Language::German, "4 9, 1 5 5, 5 0 1, 4 2"),
            ("+491555501423", Language::German, "4 9, 1 5 5, 5 5 0, 1 4, 2 3"),
            ("+34155501423", Language::Spanish, "3 4, 1 5 5, 5 0 1, 4 2 3"),
            ("+33155501423", Language::French, "3 3, 1, 5 5, 5 0, 1 4, 2 3"),
            ("+3315550142", Language::French, "3 3, 1 5, 5 5, 0 1, 4 2"),
            ("+42315550", Language::German, "4 2 3, 1 5 5, 5 0"),
            ("+79990100", Language::German, "7, 9 9 9, 0 1, 0 0"),
        ] {
            assert_eq!(language.spoken_number(number), spoken, "{number} {language}");
        }
    }

    proptest! {
        #[test]
        fn no_digit_is_lost_or_moved(digits in "[1-9][0-9]{2,14}") {
            for language in Language::ALL {
                let spoken = language.spoken_number(&format!("+{digits}"));
                let heard: String = spoken.chars().filter(char::is_ascii_digit).collect();
                prop_assert_eq!(&heard, digits.strip_prefix('1').unwrap_or(&digits));
                prop_assert!(spoken.split(", ").all(|group| (1..=7).contains(&group.len())), "{}", spoken);
            }
        }
    }
}
