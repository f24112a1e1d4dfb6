//! The word that was probably meant.

/// Longer words are not compared: nobody mistypes a page.
const LONGEST: usize = 60;

/// The candidate nearest to `word`, if it is near enough to be what was meant; letter case, `-` and `_` do not count.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| word.trim().to_lowercase().replace(['_', ' '], "-");
    if word.len() > LONGEST {
        return None;
    }
    let wanted = plain(word);
    let near_enough = |distance: usize, candidate: &str| {
        let longer = wanted.chars().count().max(candidate.chars().count());
        distance <= (longer / 3).max(1) && distance < wanted.chars().count().min(candidate.chars().count())
    };
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| near_enough(*distance, candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        let words = ["message", "busy", "call-me", "go"];
        assert_eq!(did_you_mean("mesage", words), Some("message"));
        assert_eq!(did_you_mean("Call_Me", words), Some("call-me"));
        assert_eq!(did_you_mean("buys", words), Some("busy"));
    }

    #[test]
    fn a_word_that_is_far_from_all_gets_no_suggestion() {
        let words = ["message", "busy", "call-me", "go"];
        for word in ["", "x", "closed", "on", &"message".repeat(50)] {
            assert_eq!(did_you_mean(word, words), None, "{word}");
        }
    }
}
