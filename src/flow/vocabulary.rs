//! Every word of the language: where it may stand, what its value looks like, and what it is for.
//!
//! The reader, the schema for editors and the test of the owner's page take their words from here, so that none of
//! them knows another language than the others.

use std::time::Duration;

/// What a step is about. A step has exactly one of these words, and `go` alone is one, too.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A choice.
    Press,
    /// Phones ring, all at once.
    Ring,
    /// Phones ring, one after the other.
    RingInTurn,
    /// The caller leaves a message.
    Message,
    /// The caller is promised a call.
    CallBack,
    /// The caller is asked something.
    Ask,
    /// The last word.
    Goodbye,
    /// The call is not answered at all.
    Refuse,
    /// Straight on.
    Go,
}

impl Kind {
    /// All of them; `go` last, because it is one only where there is no other.
    pub const ALL: [Self; 9] = [
        Self::Press,
        Self::Ring,
        Self::RingInTurn,
        Self::Message,
        Self::CallBack,
        Self::Ask,
        Self::Goodbye,
        Self::Refuse,
        Self::Go,
    ];

    /// The word that makes a step of this kind.
    pub fn word(self) -> &'static str {
        match self {
            Self::Press => "press",
            Self::Ring => "ring",
            Self::RingInTurn => "ring-in-turn",
            Self::Message => "message",
            Self::CallBack => "call-back",
            Self::Ask => "ask",
            Self::Goodbye => "goodbye",
            Self::Refuse => "refuse",
            Self::Go => "go",
        }
    }
}

/// Where a word may stand.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// Before the first heading, or as a heading.
    Top,
    /// Below `[start]`.
    Start,
    /// In a step of one of these kinds.
    Step(&'static [Kind]),
    /// Between the braces of a key.
    Choice,
}

/// Where a word must stand.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Needed {
    /// It may be left out everywhere.
    Never,
    /// Wherever it may stand.
    Always,
    /// In steps of these kinds.
    With(&'static [Kind]),
}

/// The bounds of a length of time, in seconds.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Not less.
    pub least: u64,
    /// Not more.
    pub most: u64,
    /// Where it is not written.
    pub usual: u64,
    /// What to tell an owner who wrote more or less.
    pub advice: &'static str,
}

impl Bounds {
    /// What holds where it is not written.
    pub fn usual(self) -> Duration {
        Duration::from_secs(self.usual)
    }
}

/// What a value looks like.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Codes of languages.
    Languages,
    /// The words of `[start]`.
    Start,
    /// Steps by their names.
    Steps,
    /// The name of a step.
    StepName,
    /// The name of an area.
    Area,
    /// Spoken text, perhaps by language.
    Text,
    /// Spoken text, or `true` for what is said elsewhere.
    TextOrTrue,
    /// A file under `ivr-flows/audio/`, perhaps by language.
    File,
    /// `true` or `false`.
    Switch,
    /// `true`, and nothing else.
    True,
    /// A length of time.
    Duration(Bounds),
    /// People, areas, teams, `"on-duty"`, `"last-person"`.
    Targets,
    /// Keys with what they lead to.
    Keys,
    /// How many digits: `6` or `"4-8"`.
    Digits,
    /// What an answer is called.
    Answer,
    /// What callers may say, perhaps by language; at most so many.
    Words(usize),
    /// The same, or `true` for anything.
    WordsOrTrue(usize),
}

/// A word of the language.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As it is written, with `-`.
    pub name: &'static str,
    /// Where it may stand.
    pub home: Home,
    /// Where it must stand.
    pub needed: Needed,
    /// What its value looks like.
    pub shape: Shape,
    /// What it is for, in a line.
    pub about: &'static str,
    /// A value that it may have, as it is written.
    pub example: &'static str,
}

impl Word {
    const fn new(
        name: &'static str,
        home: Home,
        shape: Shape,
        (example, about): (&'static str, &'static str),
    ) -> Self {
        Self { name, home, needed: Needed::Never, shape, about, example }
    }

    const fn needed(self, needed: Needed) -> Self {
        Self { needed, ..self }
    }

    /// Whether it may stand in a step of that kind.
    pub fn stands_with(&self, kind: Kind) -> bool {
        match self.home {
            Home::Step(kinds) => kinds.contains(&kind),
            Home::Top | Home::Start | Home::Choice => false,
        }
    }

    /// Whether it must stand wherever it may.
    pub fn is_needed(&self) -> bool {
        self.needed == Needed::Always
    }

    /// Whether it must stand in a step of that kind.
    pub fn is_needed_with(&self, kind: Kind) -> bool {
        match self.needed {
            Needed::Never => false,
            Needed::Always => self.stands_with(kind),
            Needed::With(kinds) => kinds.contains(&kind),
        }
    }
}

/// How many phones one step rings at most; providers allow no more at once.
pub(super) const MOST_TARGETS: usize = 10;

/// How many digits may be asked for at most.
pub(super) const MOST_DIGITS: u8 = 20;

/// How many phrases a choice listens for at most.
pub(super) const MOST_CHOICE_WORDS: usize = 10;

/// How many likely answers a question may name at most.
pub(super) const MOST_ANSWER_WORDS: usize = 100;

/// What a caller may be expected to say at once.
pub(super) const MOST_WORDS_OF_A_PHRASE: usize = 5;

/// A text with more characters is a minute of speech; nobody listens to more.
pub(super) const MOST_CHARACTERS: usize = 1_000;

/// A caller hears it ring so long, or each phone does when they ring in turn.
pub(super) const RING: Bounds = Bounds {
    least: 5,
    most: 75,
    usual: 20,
    advice: "a phone needs some rings to be heard, and callers give up; 20 is good",
};

/// How long a caller has for a key.
pub(super) const WAIT: Bounds = Bounds {
    least: 3,
    most: 10,
    usual: 5,
    advice: "less hurries people, more feels like a broken line; 5 is good",
};

/// How long a message may be.
pub(super) const MESSAGE: Bounds = Bounds {
    least: 2,
    most: 600,
    usual: 180,
    advice: "a message of a few minutes holds all that is needed; 3 minutes are good",
};

/// Steps that say or play something first.
const SPEAKING: &[Kind] = &[
    Kind::Press,
    Kind::Ring,
    Kind::RingInTurn,
    Kind::Message,
    Kind::CallBack,
    Kind::Ask,
    Kind::Goodbye,
    Kind::Go,
];

/// Steps that lead on by `go`.
const LEADING: &[Kind] = &[Kind::Ring, Kind::RingInTurn, Kind::Message, Kind::CallBack, Kind::Ask, Kind::Go];

/// Steps that must lead on by `go`.
const UNFINISHED: &[Kind] = &[Kind::Ring, Kind::RingInTurn, Kind::Ask, Kind::Go];

const ASK: Home = Home::Step(&[Kind::Ask]);
const START: Home = Home::Start;

/// All words, in the order in which they are explained.
pub const WORDS: &[Word] = &[
    Word::new(
        "languages",
        Home::Top,
        Shape::Languages,
        (r#"["en", "es"]"#, "the languages that every text is in, the main one first"),
    ),
    Word::new("start", Home::Top, Shape::Start, (r#"{ open = "hello" }"#, "where a call begins"))
        .needed(Needed::Always),
    Word::new(
        "step",
        Home::Top,
        Shape::Steps,
        (r#"{ hello = { message = "Leave a message." } }"#, "what the line does, step by step"),
    ),
    Word::new(
        "blocked",
        START,
        Shape::StepName,
        (r#""no-thanks""#, "where calls begin from numbers that you blocked; without it they are refused"),
    ),
    Word::new(
        "away",
        START,
        Shape::StepName,
        (r#""closed""#, "where calls begin while you are away: `ringback away until 14:00`"),
    ),
    Word::new(
        "closed",
        START,
        Shape::StepName,
        (r#""closed""#, "where calls begin outside your opening hours"),
    ),
    Word::new(
        "again",
        START,
        Shape::StepName,
        (r#""urgent""#, "where a call begins from a number that called within the last three minutes"),
    ),
    Word::new(
        "known",
        START,
        Shape::StepName,
        (r#""welcome-back""#, "where calls begin from callers whom you know"),
    ),
    Word::new("open", START, Shape::StepName, (r#""hello""#, "where all other calls begin"))
        .needed(Needed::Always),
    Word::new(
        "human-test",
        START,
        Shape::Switch,
        ("true", "numbers that nobody knows press a key first, which machines do not"),
    ),
    Word::new(
        "say",
        Home::Step(SPEAKING),
        Shape::Text,
        (r#""Hi, you've reached {business}.""#, "what the caller hears first"),
    ),
    Word::new(
        "play",
        Home::Step(SPEAKING),
        Shape::File,
        (r#""hello.wav""#, "a file from `ivr-flows/audio/` instead of `say`: `.wav` or `.mp3`"),
    ),
    Word::new(
        "area",
        Home::Step(SPEAKING),
        Shape::Area,
        (r#""billing""#, "what the call is about from here on"),
    ),
    Word::new(
        "press",
        Home::Step(&[Kind::Press]),
        Shape::Keys,
        (r#"{ 1 = { offer = "leave a message", go = "message" } }"#, "a choice of keys: 1 to 9, `*` and `#`"),
    )
    .needed(Needed::Always),
    Word::new(
        "offer",
        Home::Choice,
        Shape::Text,
        (r#""have us call you back {promise}""#, "what the key is good for, as the caller hears it before the key"),
    ),
    Word::new(
        "words",
        Home::Choice,
        Shape::Words(MOST_CHOICE_WORDS),
        (r#"["billing", "a bill"]"#, "what callers may say instead of pressing the key"),
    ),
    Word::new(
        "area",
        Home::Choice,
        Shape::Area,
        (r#""billing""#, "what the call is about from here on"),
    ),
    Word::new("go", Home::Choice, Shape::StepName, (r#""message""#, "the step that the key leads to"))
        .needed(Needed::Always),
    Word::new(
        "silence",
        Home::Step(&[Kind::Press, Kind::Ask]),
        Shape::StepName,
        (r#""message""#, "the step for callers who press or say nothing, after they were asked again"),
    )
    .needed(Needed::With(&[Kind::Press])),
    Word::new(
        "wait",
        Home::Step(&[Kind::Press]),
        Shape::Duration(WAIT),
        (r#""6s""#, "how long a caller has for a key"),
    ),
    Word::new(
        "ring",
        Home::Step(&[Kind::Ring]),
        Shape::Targets,
        (r#"["ana", "billing"]"#, "whose phones ring, all at once: people, areas, teams, `on-duty`, `last-person`"),
    )
    .needed(Needed::Always),
    Word::new(
        "ring-in-turn",
        Home::Step(&[Kind::RingInTurn]),
        Shape::Targets,
        (r#"["last-person", "on-duty"]"#, "whose phones ring, one after the other"),
    )
    .needed(Needed::Always),
    Word::new(
        "for",
        Home::Step(&[Kind::Ring, Kind::RingInTurn]),
        Shape::Duration(RING),
        (r#""20s""#, "how long it rings: in all for `ring`, for each person for `ring-in-turn`"),
    ),
    Word::new(
        "message",
        Home::Step(&[Kind::Message]),
        Shape::TextOrTrue,
        (
            r#""Leave a message and we'll call back {promise}.""#,
            "what invites the caller to speak after the beep; `true` where `say` or `play` does, or for ringback's own words",
        ),
    )
    .needed(Needed::Always),
    Word::new(
        "longest",
        Home::Step(&[Kind::Message]),
        Shape::Duration(MESSAGE),
        (r#""2m""#, "how long the message may be"),
    ),
    Word::new(
        "transcribe",
        Home::Step(&[Kind::Message]),
        Shape::Switch,
        ("true", "the provider writes the message down"),
    ),
    Word::new(
        "call-back",
        Home::Step(&[Kind::CallBack]),
        Shape::True,
        ("true", "promises a call, and asks for a number where there is none"),
    )
    .needed(Needed::Always),
    Word::new(
        "two-times",
        Home::Step(&[Kind::CallBack]),
        Shape::Switch,
        ("true", "the caller may choose a second, later time"),
    ),
    Word::new(
        "ask",
        ASK,
        Shape::TextOrTrue,
        (r#""What's the job number?""#, "a question; `true` where `say` or `play` asks it"),
    )
    .needed(Needed::Always),
    Word::new(
        "as",
        ASK,
        Shape::Answer,
        (r#""job""#, "what the answer is called; from then on `{job}` speaks it"),
    )
    .needed(Needed::Always),
    Word::new(
        "digits",
        ASK,
        Shape::Digits,
        (r#""4-8""#, "how many digits may be typed; 1 to 20 without it"),
    ),
    Word::new(
        "words",
        ASK,
        Shape::WordsOrTrue(MOST_ANSWER_WORDS),
        (r#"["kitchen", "bathroom"]"#, "the answer may be spoken: `true`, or what it will likely be"),
    ),
    Word::new(
        "confirm",
        ASK,
        Shape::Switch,
        ("true", "the answer is read back for a yes or no"),
    ),
    Word::new(
        "goodbye",
        Home::Step(&[Kind::Goodbye]),
        Shape::TextOrTrue,
        (r#""Thanks for calling {business}. Goodbye.""#, "the last words; `true` for a plain goodbye"),
    )
    .needed(Needed::Always),
    Word::new(
        "refuse",
        Home::Step(&[Kind::Refuse]),
        Shape::True,
        ("true", "does not take the call; only `blocked` may lead here"),
    )
    .needed(Needed::Always),
    Word::new("go", Home::Step(LEADING), Shape::StepName, (r#""message""#, "the step that follows"))
        .needed(Needed::With(UNFINISHED)),
];

/// A place whose words are wanted.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Top,
    Start,
    Step,
    Choice,
}

/// The words that may stand there.
pub(super) fn words_of(place: Place) -> impl Iterator<Item = &'static Word> {
    WORDS.iter().filter(move |word| match word.home {
        Home::Top => place == Place::Top,
        Home::Start => place == Place::Start,
        Home::Step(_) => place == Place::Step,
        Home::Choice => place == Place::Choice,
    })
}

/// The word as the table has it, where it may stand there.
pub(super) fn known(place: Place, name: &str) -> Option<&'static Word> {
    words_of(place).find(|word| word.name == name)
}

/// Where a word belongs, as in "belongs {}"; `None` for what is no word at all.
pub(super) fn home_of(name: &str) -> Option<String> {
    let homes: Vec<String> = WORDS.iter().filter(|word| word.name == name).map(home).collect();
    (!homes.is_empty()).then(|| homes.join(", or "))
}

fn home(word: &Word) -> String {
    let own_step = Kind::ALL.into_iter().any(|kind| kind != Kind::Go && kind.word() == word.name);
    match word.home {
        Home::Top => "at the top of the file, before `[start]`".to_owned(),
        Home::Start => "below `[start]`".to_owned(),
        Home::Choice => "to a key, as in `press.1 = { offer = \"…\", go = \"…\" }`".to_owned(),
        Home::Step(_) if own_step => "to a step of its own, to which `go` leads".to_owned(),
        Home::Step(kinds) if kinds.len() > 2 => "to a step".to_owned(),
        Home::Step(kinds) => {
            let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{}`", kind.word())).collect();
            format!("to a step with {}", kinds.join(" or "))
        }
    }
}
