//! The short plain names by which the owner's files speak of people, areas, teams, steps and flows.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A name that would not survive in a URL, a file name or a command line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a name: use letters, digits and `-`, at most 40 of them")]
pub struct BadName(pub String);

/// Gives a name its canonical spelling: `_` reads as `-`.
fn canonical(name: &str) -> Result<Arc<str>, BadName> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 40 || !name.chars().all(plain) {
        return Err(BadName(name.to_owned()));
    }
    Ok(name.replace('_', "-").into())
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(Arc<str>);

        impl $type {
            /// Reads a name; `-` and `_` are alike.
            pub fn parse(name: &str) -> Result<Self, BadName> {
                canonical(name).map(Self)
            }

            /// The name as it is written, with `-`.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name! {
    /// A person of the business, as the settings call them: `ana`.
    PersonName
}
name! {
    /// What a call is about: `billing`, `repairs`.
    AreaName
}
name! {
    /// People who are rung by one name: `office`.
    TeamName
}
name! {
    /// A step of a flow: `hello`.
    StepName
}
name! {
    /// What the caller answered at an `ask` step goes by this name: `job`.
    AnswerName
}
name! {
    /// A flow: the file's name without `.toml`.
    FlowName
}

impl StepName {
    /// A step that every flow has without writing it; its name in parentheses can stand in no file.
    pub(crate) fn built_in(name: &'static str) -> Self {
        Self(name.into())
    }

    /// A step as the store remembers it; it may be one that every flow has.
    pub(crate) fn stored(name: &str) -> Self {
        Self(name.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dash_and_underscore_are_one_name() {
        assert_eq!(StepName::parse("call_me"), StepName::parse("call-me"));
    }

    #[test]
    fn what_would_not_survive_in_a_url_is_no_name() {
        for name in ["", "a b", "josé", "a/b", "a%2fb", "../etc", &"x".repeat(41)] {
            assert!(PersonName::parse(name).is_err(), "{name}");
        }
    }
}
