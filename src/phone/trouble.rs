//! What the provider's debugger would show: requests that failed, documents that it does not run.

use std::fmt;

/// A failure of ours as the provider sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Where: the public URL, without the parameters of a GET.
    pub url: String,
    /// What.
    pub fault: Fault,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.fault.code(), self.url, self.fault)
    }
}

/// Why an answer is no good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The server cannot be reached, or broke off.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// The server took longer than fifteen seconds.
    #[error("no answer within 15 s")]
    TooSlow,
    /// A URL that is not under the public URL, or none at all.
    #[error("`{0}` is not a URL of this server")]
    BadUrl(String),
    /// Not 200.
    #[error("the status is {0}")]
    Status(u16),
    /// Not XML by its header.
    #[error("the content type is {0:?}")]
    ContentType(Option<String>),
    /// A file that is not what its header says.
    #[error("the file cannot be played: {0}")]
    Unplayable(String),
    /// Longer than 64 kB.
    #[error("the document has {0} bytes")]
    TooLarge(usize),
    /// Not well-formed, or more than the provider's reader takes.
    #[error("not well-formed: {0}")]
    NotXml(String),
    /// The root is another element.
    #[error("the root is `{0}`")]
    Root(String),
    /// An element where the schema has none of that name.
    #[error("`{parent}` has no child `{child}`")]
    Child {
        /// The element around it.
        parent: String,
        /// The element.
        child: String,
    },
    /// An attribute that the schema does not know.
    #[error("`{element}` has no attribute `{attribute}`")]
    Attribute {
        /// The element.
        element: String,
        /// The attribute.
        attribute: String,
    },
    /// A value that the attribute does not take.
    #[error("`{element}` takes no `{attribute}` of `{value}`")]
    Value {
        /// The element.
        element: String,
        /// The attribute.
        attribute: String,
        /// The value.
        value: String,
    },
    /// Text in an element that holds none, or none where some is needed, or one that is not understood.
    #[error("`{element}` cannot hold the text {text:?}")]
    Text {
        /// The element.
        element: String,
        /// The text.
        text: String,
    },
    /// Allowed by the schema, and not here: a verb that a called person's document must not hold, or one that
    /// this simulation does not play.
    #[error("`{0}` cannot be used here")]
    Misplaced(String),
    /// An answer to a report that should have been empty.
    #[error("a report was answered with a document")]
    ReportAnswered,
    /// The call never came to an end.
    #[error("the call goes round in circles: {0} documents")]
    Circles(usize),
}

impl Fault {
    /// The number in the provider's debugger, which it also sends to the fallback URL.
    pub fn code(&self) -> u32 {
        match self {
            Self::NoAnswer(_) => 11205,
            Self::TooSlow | Self::Status(_) => 11200,
            Self::BadUrl(_) => 11100,
            Self::ContentType(_) | Self::Unplayable(_) => 12300,
            Self::TooLarge(_) => 11750,
            Self::NotXml(_) => 12100,
            Self::Root(_) => 12102,
            Self::Child { .. }
            | Self::Attribute { .. }
            | Self::Value { .. }
            | Self::Text { .. }
            | Self::Misplaced(_)
            | Self::ReportAnswered => 12200,
            Self::Circles(_) => 11215,
        }
    }
}
