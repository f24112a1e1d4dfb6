//! How long we bear with a caller, and how long we let a caller wait.

use std::time::Duration;

use jiff::SignedDuration;

use crate::call::TurnNumber;

/// How often a question is asked again, whether nothing was pressed or nothing that is offered (L11).
const RE_PROMPTS: u8 = 2;

/// How long to wait for the next digit of a number, and for a yes or no (L9).
pub(super) const DIGIT_WAIT: Duration = Duration::from_secs(7);
/// How long key 0 lets people's phones ring.
pub(super) const ZERO_RINGS: Duration = Duration::from_secs(20);
/// A phone that is trusted without a key rings no longer than this, as the caller hears it: a carrier's voicemail answers
/// after 15 to 20 seconds, and would count as a person (L17).
pub(super) const TRUSTED_RINGS: Duration = Duration::from_secs(25);
/// Ringing again is not worth it for less.
pub(super) const SHORTEST_RING: Duration = Duration::from_secs(5);
/// At most this many phones ring at once.
pub(super) const MOST_PHONES: usize = 10;
/// Quiet that ends a message.
pub(super) const MESSAGE_SILENCE: Duration = Duration::from_secs(5);
/// How long a person who picked up may look for a key; with the prompt, eight seconds in all (L26).
pub(super) const ACCEPT_WAIT: Duration = Duration::from_secs(5);
/// How long a conversation may take, people's talk apart; after it there is only the way out (one with a promise).
pub(super) const LONGEST_CALL: SignedDuration = SignedDuration::from_mins(10);
/// Two times to be called at are no choice when they are closer.
pub(super) const BETWEEN_TIMES: SignedDuration = SignedDuration::from_hours(3);
/// Whoever changes the language more often than this is a child, or a machine.
pub(super) const MOST_LANGUAGE_CHANGES: u8 = 3;
/// How sure the provider must be, in percent, of what it says it heard.
pub(super) const SURE_ENOUGH: u8 = 30;
/// No answer that is kept is longer, in characters.
pub(super) const LONGEST_ANSWER: usize = 200;
/// No conversation has more turns than this; whatever a flow does, it ends in a promise.
pub(super) const LAST_TURN: TurnNumber = 30;

/// The count after one more slip; `None` when asking again would be a nuisance.
pub(super) fn once_more(slips: u8) -> Option<u8> {
    (slips < RE_PROMPTS).then_some(slips + 1)
}
