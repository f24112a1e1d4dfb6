//! Why each rule is there, its numbers, and from whom they are.

use super::Rule;
use super::finding::in_seconds;
use super::limits::Limits;

/// How strong the source of a rule is, the strongest first.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A standard, or a study that was reviewed.
    Standard,
    /// A vendor's design guide.
    Guide,
    /// What systems in the field do.
    Field,
    /// Measured by us.
    Measured,
    /// An article of the trade.
    Trade,
}

/// A rule in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The rule.
    pub rule: Rule,
    /// What is measured.
    pub measures: &'static str,
    /// From when on it warns.
    pub warn: String,
    /// From when on it keeps a flow from going live.
    pub error: String,
    /// Why, and where it comes from.
    pub why: &'static str,
    /// How strong that source is.
    pub source: Source,
    /// Which of the numbers are ours, so that they can be set; nothing when none are.
    pub ours: Option<&'static str>,
}

impl Source {
    /// As in "from …".
    pub fn words(self) -> &'static str {
        match self {
            Self::Standard => "a standard or a reviewed study",
            Self::Guide => "vendors' design guides",
            Self::Field => "what systems in the field do",
            Self::Measured => "our own measurement",
            Self::Trade => "articles of the trade",
        }
    }
}

/// The rule in words, with the numbers that are in force.
pub fn explained(rule: Rule, limits: &Limits) -> Explained {
    let (measures, source, ours, why) = TABLE[rule.index()];
    let (warn, error) = numbers(rule, limits);
    Explained { rule, measures, warn, error, why, source, ours }
}

const NEVER: &str = "never";

fn numbers(rule: Rule, limits: &Limits) -> (String, String) {
    let over = |bounds: &super::Bounds<std::time::Duration>| {
        (format!("over {}", in_seconds(bounds.warn)), format!("over {}", in_seconds(bounds.error)))
    };
    let told = |warn: &str, error: &str| (warn.to_owned(), error.to_owned());
    match rule {
        Rule::L1 => told("more than 4", &format!("more than {}", limits.choices)),
        Rule::L2 => told("more than 1", &format!("more than {}", limits.depth)),
        Rule::L3 => over(&limits.first_choice),
        Rule::L4 => over(&limits.menu),
        Rule::L6 => told("the key comes first", NEVER),
        Rule::L7 => told("a gap", "the same key twice"),
        Rule::L9 => {
            let (least, most) = limits.wait;
            (
                format!("under {} or over {}", in_seconds(least), in_seconds(most)),
                "under 3 s or over 10 s".to_owned(),
            )
        }
        Rule::L10 => told("no pause among four choices or more", NEVER),
        Rule::L11 => (
            format!("more than {}", limits.repeats.warn),
            format!("more than {}, or without end", limits.repeats.error),
        ),
        Rule::L14 | Rule::L15 => told("any", NEVER),
        Rule::L16 => told("over 3 s", &format!("over {}", in_seconds(limits.silence))),
        Rule::L17 => told("over 20 s", &format!("over {}", in_seconds(limits.trusted_ring))),
        Rule::L18 => told(if limits.trusted { "any" } else { NEVER }, NEVER),
        Rule::L19 => over(&limits.ringing),
        Rule::L21 => over(&limits.invitation),
        Rule::L23 => (
            format!("later than {} h after the next opening", limits.promise.as_secs() / 3600),
            "outside opening hours, or impossible to keep".to_owned(),
        ),
        Rule::L26 => over(&limits.whisper),
        Rule::L27 => told("missing", NEVER),
        Rule::L28 => told("never; it holds by itself", NEVER),
        Rule::L20 => told(NEVER, "over 60 s"),
        Rule::L24 => told(NEVER, "does not apply"),
        // Those without a number: any breach is an error.
        _ => told(NEVER, "any"),
    }
}

type Row = (&'static str, Source, Option<&'static str>, &'static str);

const TABLE: [Row; 28] = [
    (
        "choices in one menu, not counting 0 and *",
        Source::Standard,
        Some("the error"),
        "People hold about four choices in mind. ISO/IEC 13714 allows at most four besides help, repeat, back and \
         end; IBM's guide says about four, Avaya's four or five.",
    ),
    (
        "menus in a row before a person, a message or a call-back",
        Source::Standard,
        Some("the error"),
        "Deep menus do worse than broad ones, most of all for people with little working memory (Human Factors \
         50(1), 2008; HFES proceedings 1997). Never cure too many choices by another level.",
    ),
    (
        "time before the first choice is spoken",
        Source::Guide,
        Some("both"),
        "Only a welcome belongs before the first choice: every syllable is paid for by every caller (design guides; \
         a ten second rule of the trade).",
    ),
    (
        "time to hear the whole menu once",
        Source::Guide,
        Some("both"),
        "A forced 30 s makes callers press 0 (a design guide); about 15 s a message (trade). Ours: a greeting and \
         four choices of about 2.5 s.",
    ),
    (
        "whether key 0 reaches a person, or a call-back when nobody is there, from every menu",
        Source::Standard,
        None,
        "gethuman standard 1.0, section 1; ISO/IEC 13714; IBM. Ringback sees to it, and the walk over all ways \
         through the flow shows it.",
    ),
    (
        "whether the goal is spoken before the key: \"For billing, press 1\"",
        Source::Standard,
        None,
        "ISO/IEC 13714: function, then action; IBM. What stands in `offer` is spoken so by ringback.",
    ),
    (
        "whether the keys ascend from 1 without gaps",
        Source::Standard,
        None,
        "ISO/IEC 13714; Avaya. What most callers want comes first; your own calls tell what that is.",
    ),
    (
        "whether a key interrupts every prompt",
        Source::Standard,
        None,
        "gethuman section 7; Avaya; IBM. Ringback asks for keys while it speaks.",
    ),
    (
        "how long is waited for a key after the prompt",
        Source::Standard,
        Some("the warning"),
        "ISO/IEC 13714: 3 to 10 s. Defaults in the field: Twilio 5, Nuance 7, FreePBX 10.",
    ),
    (
        "pauses between the choices when there are more than three",
        Source::Guide,
        None,
        "500 to 750 ms; only below four choices may the pause be left out. Ringback pauses between offers.",
    ),
    (
        "how often the choices are repeated, for silence and other keys together",
        Source::Field,
        Some("both"),
        "Three tries (a design guide); FusionPBX 1 and 1, OpenVBX 3.",
    ),
    (
        "what comes after the last repeat: a person, a call-back or a message",
        Source::Guide,
        None,
        "Never end a call for a caller's mistake: gethuman section 8, and a second design guide.",
    ),
    (
        "whether the first question is a choice of language",
        Source::Guide,
        None,
        "Assume the main language, give a key for the other, remember it: gethuman section 9. The question costs \
         every caller about 4.3 s.",
    ),
    (
        "phrases that every caller pays for: \"listen carefully\", \"options have changed\", a web address, \"your call is \
         important\", selling in the opening",
        Source::Trade,
        None,
        "The literature on voice menus, and the published advice of a professional voice. Each costs 3.5 to 4.3 s.",
    ),
    (
        "words: \"press\", not push, dial or hit; never \"invalid\", \"wrong\", \"failed\" or \"error\"",
        Source::Standard,
        None,
        "The wording of ISO/IEC 13714; a second design guide. A caller makes no mistakes; a line does.",
    ),
    (
        "silence that the caller hears with nothing playing",
        Source::Guide,
        Some("the error"),
        "At most 3 s; waiting is to be filled every 7 to 10 s. The wait for a key is L9's.",
    ),
    (
        "how long a phone without an accept key rings",
        Source::Guide,
        Some("the error"),
        "15 to 20 s; beyond that the carrier's voicemail answers and it looks like a talk (a vendor's guide). \
         Twimlet rings for 20, OpenVBX for 15. What the caller hears is counted.",
    ),
    (
        "phones that need no key to take a call",
        Source::Measured,
        Some("the warning, which can be switched off"),
        "A mobile's voicemail takes the call, and it looks answered. It needs `trust_answer`.",
    ),
    (
        "ringing in all before something else happens",
        Source::Trade,
        Some("both"),
        "Two phones of 20 s, one after the other. Surveys of waiting point the same way, but are weak. What the \
         caller hears is counted.",
    ),
    (
        "words or music without a key that would help the caller on",
        Source::Trade,
        None,
        "About 60 % of more than 2,500 people asked in 2012 call one minute too long; gethuman section 4.",
    ),
    (
        "time to hear the invitation to leave a message",
        Source::Measured,
        Some("both"),
        "Asterisk's standard invitation lasts 5.7 s. A professional voice advises to drop \"leave your name, number \
         and …\".",
    ),
    (
        "whether callers hear a clock time at which you open or call back, while you are closed or away",
        Source::Guide,
        None,
        "gethuman section 4: the next business day; better still a time that the caller chose.",
    ),
    (
        "when a promised call-back comes",
        Source::Trade,
        Some("the warning"),
        "A reply within the hour is worth several times a later one (a study of web leads, 2011). Two products call \
         back in opening hours only. Ringback promises only what your hours keep.",
    ),
    (
        "whether the recording of a talk is announced",
        Source::Standard,
        None,
        "11 to 13 US states need everyone's consent. It does not apply: ringback records no talks. A message is \
         recorded after its invitation, which says so.",
    ),
    (
        "what never plays or never ends: speech on a call that is not taken or after the end, a step that is never \
         reached or not there, a round without end",
        Source::Field,
        None,
        "Providers play nothing on a rejected call, and run nothing after the last word.",
    ),
    (
        "time until whoever picks up can take the call",
        Source::Field,
        Some("both"),
        "Users of one open system complain about 5 s; OpenVBX's line comes to 4.3 s.",
    ),
    (
        "whether a typed number is read back, 1 for yes and 2 for no",
        Source::Standard,
        None,
        "A usability handbook; ISO/IEC 13714: yes is 1, no is 2. Ringback reads back the number to call, in groups.",
    ),
    (
        "half a second of quiet before speech that follows a key",
        Source::Guide,
        None,
        "Avaya; longer for older callers. The way of a key to ringback and of the answer back takes that long.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_explained_and_the_numbers_in_force_are_told() {
        let mut limits = Limits::default();
        limits.menu.warn = std::time::Duration::from_secs(9);
        for rule in Rule::ALL {
            let told = explained(rule, &limits);
            assert!(told.measures.len() > 10 && told.why.len() > 20, "{rule}");
            assert!(told.warn != NEVER || told.error != NEVER || rule == Rule::L18, "{rule}");
        }
        assert_eq!(explained(Rule::L4, &limits).warn, "over 9 s");
        assert!(explained(Rule::L24, &limits).why.contains("does not apply"));
        assert_eq!(explained(Rule::L5, &limits).ours, None);
    }
}
