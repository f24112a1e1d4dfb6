//! What a rule has to say, and where.

use std::fmt;
use std::time::Duration;

use crate::flow::Span;
use crate::notation::{Level, Problem};

/// One of the rules L1 to L28.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rule(u8);

macro_rules! rules {
    ($($name:ident = $number:literal),* $(,)?) => {
        impl Rule {
            $(
                #[doc = concat!("Rule ", stringify!($name), " of the friendliness limits.")]
                pub const $name: Self = Self($number);
            )*
            /// All of them, in order.
            pub const ALL: [Self; 28] = [$(Self::$name),*];
        }
    };
}

rules! {
    L1 = 1, L2 = 2, L3 = 3, L4 = 4, L5 = 5, L6 = 6, L7 = 7, L8 = 8, L9 = 9, L10 = 10, L11 = 11, L12 = 12, L13 = 13,
    L14 = 14, L15 = 15, L16 = 16, L17 = 17, L18 = 18, L19 = 19, L20 = 20, L21 = 21, L22 = 22, L23 = 23, L24 = 24,
    L25 = 25, L26 = 26, L27 = 27, L28 = 28,
}

impl Rule {
    /// Reads `L4`, in any case, with or without the letter.
    pub fn parse(text: &str) -> Option<Self> {
        let number: u8 = text.trim().trim_start_matches(['L', 'l']).parse().ok()?;
        Self::ALL.into_iter().find(|rule| rule.0 == number)
    }

    /// Its place in [`Self::ALL`].
    pub(super) fn index(self) -> usize {
        usize::from(self.0 - 1)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("L{}", self.0))
    }
}

/// Something that a rule found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// How bad it is.
    pub level: Level,
    /// Where.
    pub span: Span,
    /// What was measured, and the limit.
    pub message: String,
    /// What would be better, where that is known.
    pub hint: Option<String>,
    /// What was measured, so that the worst is kept of several at one place.
    pub weight: f64,
    /// Tells apart what one rule finds at one place.
    pub about: String,
}

impl Finding {
    /// A warning.
    pub fn warning(rule: Rule, span: Span, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { rule, level: Level::Warning, span, message, hint: None, weight: 0.0, about: String::new() }
    }

    /// With this advice.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    fn is_worse_than(&self, other: &Self) -> bool {
        let rank = |level| u8::from(level == Level::Error);
        (rank(self.level), self.weight) > (rank(other.level), other.weight)
    }
}

impl From<Finding> for Problem {
    fn from(finding: Finding) -> Self {
        let message = format!("{}: {}", finding.rule, finding.message);
        let problem = match finding.level {
            Level::Error => Self::error(finding.span, message),
            Level::Warning => Self::warning(finding.span, message),
        };
        match finding.hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}

/// What was found so far; of the same thing at the same place, the worst.
#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn push(&mut self, finding: Finding) {
        let same = |known: &&mut Finding| {
            (known.rule, &known.span, &known.about) == (finding.rule, &finding.span, &finding.about)
        };
        match self.0.iter_mut().find(same) {
            Some(known) if finding.is_worse_than(known) => *known = finding,
            Some(_) => {}
            None => self.0.push(finding),
        }
    }

    /// Adds one, if there is one.
    pub(super) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }

    pub(super) fn warning(&mut self, rule: Rule, span: Span, message: impl Into<String>) {
        self.push(Finding::warning(rule, span, message));
    }

    pub(super) fn error(&mut self, rule: Rule, span: Span, message: impl Into<String>) {
        self.push(Finding { level: Level::Error, ..Finding::warning(rule, span, message) });
    }

    pub(super) fn in_order(self) -> Vec<Finding> {
        let mut all = self.0;
        all.sort_by_key(|finding| (finding.rule, finding.span.start));
        all
    }
}

/// `14.2 s`; whole seconds without a fraction.
pub(super) fn in_seconds(time: Duration) -> String {
    let tenths = (time.as_millis() + 50) / 100;
    match tenths % 10 {
        0 => format!("{} s", tenths / 10),
        fraction => format!("{}.{fraction} s", tenths / 10),
    }
}
