//! What a stretch of days was like: calls, promises and call-backs, counted.
//!
//! Knows facts and gives numbers; it reads no file and no clock. What each number means, in the owner's words:
//!
//! * **Day.** A day of the business's zone, from midnight to midnight; it may have 23 or 25 hours. A call belongs to
//!   the day on which it came in, a promise to that on which it was made, an entry of the call-back list to that on
//!   which it was opened, an attempt to that on which it was made. So the numbers of an old day may still change: an
//!   entry of Monday that is closed on Wednesday is a closed entry of Monday.
//! * **Calls.** All that came in: answered, missed, blocked and going on. Calls that were forgotten are left out.
//! * **Answered.** A person here talked with the caller. A mobile's voicemail does not count.
//! * **Missed.** Nobody did, for one of ten reasons. Calls of blocked numbers are neither answered nor missed.
//! * **Answer rate.** Answered out of answered and missed.
//! * **Seconds to a person.** From a call's coming in to a person's taking it, of answered calls.
//! * **Half, nine in ten.** The value within which half, or nine in ten, of them lie: the nearest rank, p50 and p90.
//! * **Promises.** Times by which callers were told that somebody rings, or on which they agreed with a person. Kept:
//!   somebody rang, agreed on another time or closed the entry by then. Broken: that came later, or not by now. Open:
//!   there is still time. Rate kept: kept out of kept and broken.
//! * **Time to call-back.** From the opening of an entry to the first attempt, the first agreement, or closing it as
//!   reached or as a wrong number. An answered redial is no call-back, and neither is closing it unrung; entries
//!   without one are not yet rung, and of these some are still open.
//! * **Entries.** Opened, and of these: closed, by outcome, and still open.
//! * **Busiest hours.** Calls by the hour of the clock at which they came in.
//! * **By area, flow, line.** Calls, answered and missed; a flow by version, because an edit may make it better or worse.
//! * **By person.** Calls that they answered, attempts that they made, entries that they closed.
//! * **The period before.** As many days directly before; before a whole month, the month before.

mod count;
mod facts;
mod numbers;
pub mod page;
mod period;
pub mod words;

pub use facts::{AttemptFact, CallFact, Closing, EntryFact, Facts, FlowVersionName, PromiseFact};
pub use numbers::{Calls, Day, Entries, Numbers, Person, Promises, Report, Share, Spread, Trend};
pub use period::Period;
