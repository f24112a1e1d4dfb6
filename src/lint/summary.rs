//! A flow in one line: the first choice, the way to a person, the way to a call-back.

use std::fmt;
use std::time::Duration;

use crate::walk::{End, Walk};

use super::finding::in_seconds;

/// The figures of a flow over all situations.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The longest that callers listen in one go before the first choice.
    pub first_choice: Option<Duration>,
    /// The worst way to a person.
    pub person: Option<Worst>,
    /// The worst way to a call-back.
    pub call_back: Option<Worst>,
}

/// The worst way of a caller who knows what they want; a number that is typed counts as one key.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Worst {
    /// Keys to press, at most.
    pub keys: u32,
    /// How long it takes, at most, with every phone ringing to the end.
    pub lasts: Duration,
}

impl Summary {
    /// That of a walked flow.
    pub fn of(walks: &[Walk]) -> Self {
        let mut summary = Self::default();
        for walk in walks {
            let fresh = walk.nodes.iter().filter(|node| node.is_fresh_menu());
            summary.first_choice = summary.first_choice.max(fresh.filter_map(|node| node.first_choice).max());
            for route in walk.routes() {
                let worst = match route.end {
                    End::Person => &mut summary.person,
                    End::CallBack => &mut summary.call_back,
                    End::Message | End::Goodbye | End::Refused | End::HungUpOn | End::Left => continue,
                };
                let known = worst.get_or_insert_default();
                known.keys = known.keys.max(route.presses);
                known.lasts = known.lasts.max(route.seconds);
            }
        }
        summary
    }
}

/// As in "first choice after 2.3 s · a person in at most 1 key and 31 s".
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = match self.first_choice {
            Some(time) => format!("first choice after {}", in_seconds(time)),
            None => "no choices".to_owned(),
        };
        let person =
            self.person.map_or("no person".to_owned(), |worst| format!("a person in at most {worst}"));
        let call_back = self
            .call_back
            .map_or("no call-back".to_owned(), |worst| format!("a call-back in at most {worst}"));
        write!(f, "{first} · {person} · {call_back}")
    }
}

impl fmt::Display for Worst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = if self.keys == 1 { "key" } else { "keys" };
        write!(f, "{} {keys} and {} s", self.keys, self.lasts.as_secs_f64().round())
    }
}
