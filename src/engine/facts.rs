//! What the conversation may know beyond its own state; gathered by the switchboard, never asked for.

use jiff::{SignedDuration, Timestamp};

use crate::business::{Absences, Business};
use crate::call::{Acquaintance, Caller, Leg, PhoneNumber, TurnNumber};

/// Who calls a second time within this is in a hurry; the phone makers' own rule.
pub const AGAIN: SignedDuration = SignedDuration::from_mins(3);

/// The facts of one turn.
#[derive(Copy, Clone, Debug)]
pub struct Facts<'a> {
    /// The one time of this turn.
    pub now: Timestamp,
    /// The number of this turn; 0 for the first fetch.
    pub turn: TurnNumber,
    /// People, hours and numbers as they are at this moment.
    pub business: &'a Business,
    /// Who rings.
    pub caller: &'a Caller,
    /// The line that was rung.
    pub line: Option<&'a PhoneNumber>,
    /// The phone that forwarded the call to us, if one did.
    pub forwarded_from: Option<&'a PhoneNumber>,
    /// What we know of the number. It is no proof of who rings.
    pub about: &'a Acquaintance,
    /// Whether the same number called within [`AGAIN`], in another call than this one; never for a withheld one.
    pub again: bool,
    /// Whether the caller's network vouches for the number. Even then it is no proof of who holds the phone.
    pub attested: bool,
    /// Who is away: the whole business, or single people.
    pub away: &'a Absences,
    /// How many others wait on the list; counted up to a limit, and only while no promise holds and somebody listens.
    pub waiting: usize,
    /// Attempts to reach people in this call so far.
    pub legs: &'a [Leg],
    /// Whether the provider says with this event that the caller is gone.
    pub caller_left: bool,
}
