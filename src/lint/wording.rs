//! What single texts are judged by, wherever they stand.

use std::time::Duration;

use crate::language::{Better, LANGUAGE_NAMES, Language, plain};
use crate::notation::Level;
use crate::walk::{keys_named, sentence_around};

use super::finding::in_seconds;
use super::{Bounds, Finding, Limits, Rule};

/// Words beside the name of a language in an offer that is only about the language.
const AROUND_A_LANGUAGE: &[&str] = &[
    "for",
    "in",
    "to",
    "hear",
    "this",
    "menu",
    "continue",
    "speak",
    "service",
    "the",
    "press",
    "para",
    "en",
    "continuar",
    "escuchar",
    "este",
    "servicio",
    "marque",
    "oprima",
    "pulse",
    "pour",
    "continuer",
    "le",
    "la",
    "appuyez",
    "sur",
    "tapez",
    "fur",
    "auf",
    "weiter",
    "drucken",
    "sie",
    "die",
];
/// What ends an address on the web.
const WEB: &[&str] =
    &["com", "org", "net", "biz", "info", "io", "de", "fr", "es", "us", "uk", "eu", "mx", "ca"];
/// From this many choices on, a pause between them helps to tell them apart.
const PAUSED_FROM: usize = 4;

/// L6, L14 and L15: the words of a text. `opening` when it is among the first that callers hear.
pub fn text(words: &str, language: Language, opening: bool) -> Vec<Finding> {
    let wording = language.wording();
    let mut found = Vec::new();
    for (index, named) in keys_named(words, language).into_iter().enumerate() {
        let span = named.begins..named.ends;
        let about = index.to_string();
        if named.goal_follows {
            let message = format!("key {} is named before what it is for", named.key);
            let better = language.phrases().choice("…", named.key.as_char());
            let finding = Finding::warning(Rule::L6, span.clone(), message);
            let hint = format!("say the goal first, as in \"{better}\"");
            found.push(Finding { about: about.clone(), ..finding }.hint(hint));
        }
        if wording.not_press.iter().any(|word| plain(word).join(" ") == named.by) {
            let message = format!("`{}` is not the word that everybody knows for a key", named.by);
            let finding = Finding::warning(Rule::L15, span, message).hint(format!("say `{}`", wording.press));
            found.push(Finding { about, ..finding });
        }
    }
    for (start, sentence) in sentences(words) {
        let span = start..start + sentence.len();
        let spoken = plain(sentence);
        if let Some(better) = first_of(wording.unkind, &spoken) {
            let message = format!("`{}` tells callers that they did something wrong", better.said);
            found.push(Finding::warning(Rule::L15, span.clone(), message).hint(instead(better)));
        }
        let tiresome = first_of(wording.tiresome, &spoken);
        let selling = wording.selling.iter().find(|phrase| opening && has(&spoken, phrase));
        let finding = match (tiresome, selling, has_web_address(sentence)) {
            (Some(better), _, _) => {
                Some((format!("`{}` costs every caller time", better.said), instead(better)))
            }
            (None, _, true) => Some((
                "nobody can follow a web address on the phone".to_owned(),
                "leave it out, or offer to text it".to_owned(),
            )),
            (None, Some(phrase), false) => Some((
                format!("`{phrase}` sells to somebody who rang already"),
                "leave it out; a welcome is enough".to_owned(),
            )),
            (None, None, false) => None,
        };
        if let Some((message, hint)) = finding {
            found.push(Finding::warning(Rule::L14, span, message).hint(hint));
        }
    }
    found
}

/// L3, L4, L7, L10 and L13: a whole menu as it is spoken once, with `keys` to press. `first` when it is the first
/// question of a call. For a menu of words alone; pauses and files are for the walk.
pub fn menu_words(words: &str, language: Language, first: bool, limits: &Limits) -> Vec<Finding> {
    let named = keys_named(words, language);
    let mut found = Vec::new();
    let rate = &limits.rate;
    let before = named.first().map_or(words, |first| &words[..first.sentence]);
    found.extend(until_first_choice(rate.time_to_say(before), limits));
    found.extend(whole_menu(rate.time_to_say(words), limits));
    let choices = named.iter().filter(|one| one.key.as_char() != '0').count();
    found.extend(pauses(choices, 0));
    if first && let Some(one) = named.first() {
        let sentence = &words[one.sentence..];
        let ends = sentence.find([',', '.', ';', '!', '?']).unwrap_or(sentence.len());
        let through_key = one.ends - one.sentence;
        found.extend(language_question(&sentence[..ends.max(through_key)]));
    }
    found
}

/// L21: an invitation to leave a message.
pub fn invitation(lasts: Duration, limits: &Limits) -> Option<Finding> {
    let (level, limit) = limits.invitation.over(lasts)?;
    let message = format!(
        "callers listen for {} before they can leave a message ({})",
        in_seconds(lasts),
        bearable(level, limit)
    );
    let hint = "drop \"leave your name, number and …\": \"Leave a message and we'll call back {promise}.\"";
    Some(measured(Rule::L21, level, lasts, message).hint(hint))
}

/// L26: what a person of the business hears on picking up.
pub fn whisper(words: &str, limits: &Limits) -> Option<Finding> {
    let lasts = limits.rate.time_to_say(words);
    let (level, limit) = limits.whisper.over(lasts)?;
    let message = format!(
        "whoever picks up listens for {} before they can take the call ({})",
        in_seconds(lasts),
        bearable(level, limit)
    );
    Some(measured(Rule::L26, level, lasts, message).hint("give the area a shorter name"))
}

pub(super) fn until_first_choice(lasts: Duration, limits: &Limits) -> Option<Finding> {
    let (level, limit) = limits.first_choice.over(lasts)?;
    let message = format!(
        "callers listen for {} before the first choice ({})",
        in_seconds(lasts),
        bearable(level, limit)
    );
    Some(measured(Rule::L3, level, lasts, message).hint("only a welcome belongs before the first choice"))
}

pub(super) fn whole_menu(lasts: Duration, limits: &Limits) -> Option<Finding> {
    let (level, _) = limits.menu.over(lasts)?;
    let Bounds { warn, error } = limits.menu;
    let message = format!(
        "this menu takes {} to hear ({} is bearable, {} is the limit)",
        in_seconds(lasts),
        in_seconds(warn),
        in_seconds(error)
    );
    Some(measured(Rule::L4, level, lasts, message).hint("fewer choices, and fewer words before them"))
}

pub(super) fn pauses(choices: usize, pauses: usize) -> Option<Finding> {
    if choices < PAUSED_FROM || pauses + 1 >= choices {
        return None;
    }
    let message = format!("{choices} choices are spoken without a pause between them");
    let hint = "give each key its `offer`, and ringback pauses between them";
    Some(Finding::warning(Rule::L10, 0..0, message).hint(hint))
}

/// L13: whether a first choice is about nothing but a language.
pub(super) fn language_question(choice: &str) -> Option<Finding> {
    let spoken = plain(choice);
    let is_language = |word: &String| LANGUAGE_NAMES.contains(&word.as_str());
    let beside = |word: &String| AROUND_A_LANGUAGE.contains(&word.as_str()) || word.parse::<u8>().is_ok();
    let only = spoken.iter().all(|word| is_language(word) || beside(word));
    if !only || !spoken.iter().any(is_language) {
        return None;
    }
    let finding = Finding::warning(Rule::L13, 0..0, "the first question is a choice of language");
    let hint = "name the languages at the top of the flow: `languages = [\"en\", \"es\"]`; the other one is then \
                offered by a key at the end of the first prompt, and remembered";
    Some(Finding { level: Level::Error, ..finding }.hint(hint))
}

pub(super) fn measured(rule: Rule, level: Level, lasts: Duration, message: String) -> Finding {
    Finding { level, weight: lasts.as_secs_f64(), ..Finding::warning(rule, 0..0, message) }
}

pub(super) fn bearable(level: Level, limit: Duration) -> String {
    match level {
        Level::Warning => format!("{} is bearable", in_seconds(limit)),
        Level::Error => format!("{} is the limit", in_seconds(limit)),
    }
}

fn instead(better: &Better) -> String {
    match better.instead {
        "" => "leave it out; nothing is missed".to_owned(),
        words => format!("better: \"{words}\""),
    }
}

fn first_of<'a>(phrases: &'a [Better], spoken: &[String]) -> Option<&'a Better> {
    phrases.iter().find(|better| has(spoken, better.said))
}

fn has(spoken: &[String], phrase: &str) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    spoken.windows(phrase.len()).any(|window| window.iter().zip(&phrase).all(|(word, known)| word == known))
}

fn has_web_address(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    let spoken = plain(sentence);
    let said = spoken.windows(2).any(|pair| {
        matches!(pair[0].as_str(), "dot" | "punto" | "point" | "punkt") && WEB.contains(&pair[1].as_str())
    });
    let written = lower.split_whitespace().any(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.rsplit_once('.').is_some_and(|(before, end)| {
            before.len() > 1 && before.chars().any(char::is_alphabetic) && WEB.contains(&end)
        })
    });
    said || written || lower.contains("www") || lower.contains("http")
}

/// The sentences of a text with their places.
fn sentences(words: &str) -> Vec<(usize, &str)> {
    let mut starts: Vec<usize> = words.char_indices().map(|(at, _)| sentence_around(words, at)).collect();
    starts.dedup();
    let ends = starts.iter().skip(1).copied().chain([words.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| (start, &words[start..end])).collect()
}
