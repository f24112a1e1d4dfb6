//! Answered or missed, and why: decided per call, never per leg, from the evidence alone.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::{Accept, Course, Evidence, LastReply, Recording};

/// A call that ends sooner than this after the first fetch, without a key, was hung up early.
pub const EARLY: SignedDuration = SignedDuration::from_secs(10);
/// The turn under which legs of the safe reply are kept; no flow gets that far.
pub(crate) const SAFE_RING: super::TurnNumber = 999;

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Neither the end nor a talk is known yet.
    InProgress,
    /// A person talked with the caller.
    Answered(Accept),
    /// Nobody did.
    Missed(MissedReason),
    /// The caller is on the block list; logged, and nobody is to ring back.
    Blocked,
}

/// Why nobody answered. With `blocked` these are the eleven reasons; the first that applies counts.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MissedReason {
    /// Our own failure, or the way to us, ended the flow.
    SystemError,
    /// A recording of two seconds or more exists.
    VoicemailLeft,
    /// A message was invited and none was left.
    VoicemailEmpty,
    /// A phone was picked up and nobody accepted.
    Declined,
    /// The call came outside opening hours and ended there.
    Closed,
    /// The caller was gone within ten seconds.
    HungUpEarly,
    /// Phones rang and nobody took the call.
    RangOut,
    /// The caller chose to be rung back, without anybody having been rung.
    AskedCallBack,
    /// The call ended in the flow.
    LeftInMenu,
    /// The provider never said what became of it.
    NoFinalStatus,
}

impl MissedReason {
    /// All of them, in the order in which they are tried.
    pub const ALL: [Self; 10] = [
        Self::SystemError,
        Self::VoicemailLeft,
        Self::VoicemailEmpty,
        Self::Declined,
        Self::Closed,
        Self::HungUpEarly,
        Self::RangOut,
        Self::AskedCallBack,
        Self::LeftInMenu,
        Self::NoFinalStatus,
    ];

    /// The word in the store and in `--json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::SystemError => "system_error",
            Self::VoicemailLeft => "voicemail_left",
            Self::VoicemailEmpty => "voicemail_empty",
            Self::Declined => "declined",
            Self::Closed => "closed",
            Self::HungUpEarly => "hung_up_early",
            Self::RangOut => "rang_out",
            Self::AskedCallBack => "asked_call_back",
            Self::LeftInMenu => "left_in_menu",
            Self::NoFinalStatus => "no_final_status",
        }
    }

    /// Reads the word back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// For people's screens: what happened, in a few words.
impl fmt::Display for MissedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SystemError => "our fault",
            Self::VoicemailLeft => "left a message",
            Self::VoicemailEmpty => "message empty",
            Self::Declined => "declined",
            Self::Closed => "closed",
            Self::HungUpEarly => "hung up early",
            Self::RangOut => "rang out",
            Self::AskedCallBack => "asked for a call",
            Self::LeftInMenu => "left in menu",
            Self::NoFinalStatus => "end unknown",
        })
    }
}

impl Outcome {
    /// The word in the store and in `--json`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Answered(_) => "answered",
            Self::Missed(_) => "missed",
            Self::Blocked => "blocked",
        }
    }

    /// One of the eleven reasons, for a call that was missed or blocked.
    pub fn reason_word(&self) -> Option<&'static str> {
        match self {
            Self::InProgress | Self::Answered(_) => None,
            Self::Missed(reason) => Some(reason.word()),
            Self::Blocked => Some("blocked"),
        }
    }
}

impl Evidence<'_> {
    /// What came of the call, as far as is known. The same evidence gives the same answer in whatever order it
    /// came. A talk that was reported is never taken away. An accept alone counts once the call is over, until the
    /// provider's late word on that very ring says that nobody talked.
    pub fn outcome(&self) -> Outcome {
        if self.course.refused {
            return Outcome::Blocked;
        }
        if let Some(accept) = self.reported_talk() {
            return Outcome::Answered(accept);
        }
        let over = self.ended() || self.reports.swept_at.is_some();
        if let Some(accept) = self.accept_without_verdict(over) {
            return Outcome::Answered(accept);
        }
        if over { Outcome::Missed(self.reason()) } else { Outcome::InProgress }
    }

    /// A talk that the provider reported and somebody accepted, whichever of the two was known first.
    pub fn reported_talk(&self) -> Option<Accept> {
        let Course { answered, unaccepted, .. } = self.course;
        answered.clone().or_else(|| unaccepted.iter().find_map(|turn| self.reports.accept_in(*turn)))
    }

    /// An accept whose ring was never reported on: it counts once the call is over.
    fn accept_without_verdict(&self, over: bool) -> Option<Accept> {
        let safe = self.reports.accept_in(SAFE_RING);
        match self.reports.safe_ring_talked {
            Some(true) if safe.is_some() => return safe,
            None if over && safe.is_some() => return safe,
            Some(_) | None => {}
        }
        match self.course.last {
            LastReply::Ring(turn) if over => self.reports.accept_in(turn),
            LastReply::Ring(_)
            | LastReply::Nothing
            | LastReply::Menu
            | LastReply::Message
            | LastReply::Goodbye => None,
        }
    }

    fn ended(&self) -> bool {
        self.reports.ended_at.is_some() || self.course.finished
    }

    /// The first reason that applies. Total: the last one always does.
    fn reason(&self) -> MissedReason {
        MissedReason::ALL
            .into_iter()
            .find(|reason| self.applies(*reason))
            .unwrap_or(MissedReason::NoFinalStatus)
    }

    fn applies(&self, reason: MissedReason) -> bool {
        let (course, legs) = (self.course, &self.reports.legs);
        let accepted = legs.iter().any(|leg| leg.accepted_at.is_some());
        // Only what picked up can fetch the accept prompt; the report of picking up may come later, or never.
        let picked_up = legs.iter().any(|leg| leg.picked_up_at.is_some() || leg.prompted);
        match reason {
            // A call that ended without a first fetch never met the flow: the way to us was broken.
            MissedReason::SystemError => self.reports.trouble || self.first_fetch_at.is_none(),
            MissedReason::VoicemailLeft => self.recording().as_ref().is_some_and(Recording::holds_message),
            MissedReason::VoicemailEmpty => course.message_offered,
            MissedReason::Declined => picked_up && !accepted,
            MissedReason::Closed => course.closed,
            MissedReason::HungUpEarly => !course.pressed && self.lasted().is_some_and(|time| time < EARLY),
            // Without an end, only a ring that the provider reported on is known to have rung out.
            MissedReason::RangOut => course.rang_out || (course.rang && self.ended()),
            MissedReason::AskedCallBack => course.asked_call_back && !course.rang,
            MissedReason::LeftInMenu => self.ended() || course.last == LastReply::Menu,
            MissedReason::NoFinalStatus => true,
        }
    }

    /// By our own clock: the provider's duration is 0 while the caller only hears ringing.
    fn lasted(&self) -> Option<SignedDuration> {
        let between = |from: Timestamp, to: Timestamp| to.duration_since(from);
        Some(between(self.first_fetch_at?, self.reports.ended_at?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Leg, PersonName, Recording, Reports, TurnNumber};

    const RING: TurnNumber = 3;

    /// One combination of everything that can be known of a call, spelt in the words of the table.
    #[derive(Copy, Clone, Debug)]
    struct Known {
        first_fetch: bool,
        trouble: bool,
        ended: Option<End>,
        swept: bool,
        finished: bool,
        closed: bool,
        pressed: bool,
        rang: bool,
        rang_out: bool,
        asked: bool,
        message_offered: bool,
        recording: Heard,
        leg: LegWas,
        safe_ring_talked: Option<bool>,
        last: LastReply,
    }

    #[derive(Copy, Clone, Debug, PartialEq)]
    enum End {
        Early,
        Late,
    }

    #[derive(Copy, Clone, Debug, PartialEq)]
    enum Heard {
        Nothing,
        Short,
        Long,
        /// The conversation saw a long one, and the report beside it a short one, silence trimmed.
        Trimmed,
        LongByReportOnly,
    }

    #[derive(Copy, Clone, Debug, PartialEq)]
    enum LegWas {
        None,
        Rung,
        PickedUp,
        Prompted,
        AcceptedInTheRing,
        AcceptedEarlier,
        AcceptedBehindItsEnd,
        AcceptedSafe,
    }

    const BOTH: [bool; 2] = [false, true];

    fn each(mut check: impl FnMut(Known)) {
        let heard = [Heard::Nothing, Heard::Short, Heard::Long, Heard::Trimmed, Heard::LongByReportOnly];
        let legs = [
            LegWas::None,
            LegWas::Rung,
            LegWas::PickedUp,
            LegWas::Prompted,
            LegWas::AcceptedInTheRing,
            LegWas::AcceptedEarlier,
            LegWas::AcceptedBehindItsEnd,
            LegWas::AcceptedSafe,
        ];
        let lasts = [
            LastReply::Nothing,
            LastReply::Menu,
            LastReply::Ring(RING),
            LastReply::Message,
            LastReply::Goodbye,
        ];
        for bits in 0_u16..1 << 10 {
            let bit = |n: u16| BOTH[usize::from(bits >> n & 1)];
            for ended in [None, Some(End::Early), Some(End::Late)] {
                for recording in heard {
                    for leg in legs {
                        for safe_ring_talked in [None, Some(false), Some(true)] {
                            for last in lasts {
                                check(Known {
                                    first_fetch: bit(0),
                                    trouble: bit(1),
                                    ended,
                                    swept: bit(2),
                                    finished: bit(3),
                                    closed: bit(4),
                                    pressed: bit(5),
                                    rang: bit(6),
                                    rang_out: bit(7),
                                    asked: bit(8),
                                    message_offered: bit(9),
                                    recording,
                                    leg,
                                    safe_ring_talked,
                                    last,
                                });
                            }
                        }
                    }
                }
            }
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_200_000 + second).expect("a time")
    }

    fn ana() -> PersonName {
        PersonName::parse("ana").expect("a name")
    }

    fn evidence_of(known: Known) -> (Option<Timestamp>, Course, Reports) {
        let recording = |seconds| Some(Recording { seconds, url: None, at: at(60) });
        let (heard, told) = match known.recording {
            Heard::Nothing => (None, None),
            Heard::Short => (recording(1), None),
            Heard::Long => (recording(2), None),
            Heard::Trimmed => (recording(5), recording(1)),
            Heard::LongByReportOnly => (None, recording(9)),
        };
        let leg = |turn, picked_up: bool, prompted, accepted: bool| Leg {
            turn,
            person: ana(),
            provider_id: None,
            picked_up_at: picked_up.then(|| at(4)),
            prompted,
            accepted_at: accepted.then(|| at(6)),
        };
        let legs = match known.leg {
            LegWas::None => vec![],
            LegWas::Rung => vec![leg(RING, false, false, false)],
            LegWas::PickedUp => vec![leg(RING, true, false, false)],
            LegWas::Prompted => vec![leg(RING, false, true, false)],
            LegWas::AcceptedInTheRing => vec![leg(RING, true, true, true)],
            LegWas::AcceptedEarlier | LegWas::AcceptedBehindItsEnd => vec![leg(1, true, true, true)],
            LegWas::AcceptedSafe => vec![leg(SAFE_RING, true, true, true)],
        };
        let course = Course {
            closed: known.closed,
            pressed: known.pressed,
            rang: known.rang,
            rang_out: known.rang_out,
            asked_call_back: known.asked,
            message_offered: known.message_offered,
            recording: heard,
            unaccepted: match known.leg {
                LegWas::AcceptedBehindItsEnd => vec![0, 1],
                // A voicemail took the call: nobody accepts it any more.
                LegWas::Prompted => vec![RING],
                LegWas::None
                | LegWas::Rung
                | LegWas::PickedUp
                | LegWas::AcceptedInTheRing
                | LegWas::AcceptedEarlier
                | LegWas::AcceptedSafe => Vec::new(),
            },
            finished: known.finished,
            last: known.last,
            ..Course::default()
        };
        let reports = Reports {
            ended_at: known.ended.map(|end| at(if end == End::Early { 9 } else { 10 })),
            swept_at: known.swept.then(|| at(900)),
            trouble: known.trouble,
            recording: told,
            transcript: None,
            legs,
            safe_ring_talked: known.safe_ring_talked,
        };
        (known.first_fetch.then(|| at(0)), course, reports)
    }

    /// The table of `missed-calls.md` section 2 with the rules of DESIGN section 4, written down a second time.
    fn by_the_table(known: Known) -> &'static str {
        let end_known = known.ended.is_some() || known.finished;
        let over = end_known || known.swept;
        let safe_accept = known.leg == LegWas::AcceptedSafe;
        if known.leg == LegWas::AcceptedBehindItsEnd {
            return "answered";
        }
        if safe_accept && (known.safe_ring_talked == Some(true) || known.safe_ring_talked.is_none() && over) {
            return "answered";
        }
        if !over {
            return "in_progress";
        }
        if known.leg == LegWas::AcceptedInTheRing && known.last == LastReply::Ring(RING) {
            return "answered";
        }
        let long = matches!(known.recording, Heard::Long | Heard::LongByReportOnly);
        let unaccepted_pick_up = matches!(known.leg, LegWas::PickedUp | LegWas::Prompted);
        let early = known.first_fetch && known.ended == Some(End::Early) && !known.pressed;
        let rows = [
            (known.trouble || !known.first_fetch, "system_error"),
            (long, "voicemail_left"),
            (known.message_offered, "voicemail_empty"),
            (unaccepted_pick_up, "declined"),
            (known.closed, "closed"),
            (early, "hung_up_early"),
            (known.rang_out || known.rang && end_known, "rang_out"),
            (known.asked && !known.rang, "asked_call_back"),
            (end_known || known.last == LastReply::Menu, "left_in_menu"),
        ];
        rows.into_iter().find_map(|(applies, reason)| applies.then_some(reason)).unwrap_or("no_final_status")
    }

    #[test]
    fn every_combination_of_facts_has_the_outcome_and_reason_of_the_table() {
        let mut seen = std::collections::BTreeMap::new();
        each(|known| {
            let (first_fetch_at, course, reports) = evidence_of(known);
            let outcome = Evidence { first_fetch_at, course: &course, reports: &reports }.outcome();
            let word = outcome.reason_word().unwrap_or(outcome.word());
            assert_eq!(word, by_the_table(known), "{known:?}");
            *seen.entry(word).or_insert(0) += 1;
        });
        assert_eq!(seen.len(), 2 + MissedReason::ALL.len(), "every row is reached: {seen:?}");
    }

    #[test]
    fn a_reported_talk_stays_answered_whatever_else_is_reported() {
        each(|known| {
            let (first_fetch_at, mut course, reports) = evidence_of(known);
            let accept = Accept { by: ana(), at: at(6) };
            course.answered = Some(accept.clone());
            let outcome = Evidence { first_fetch_at, course: &course, reports: &reports }.outcome();
            assert_eq!(outcome, Outcome::Answered(accept), "{known:?}");
        });
    }

    #[test]
    fn a_refused_call_is_blocked_at_once() {
        let course = Course { refused: true, ..Course::default() };
        let reports = Reports::default();
        let outcome = Evidence { first_fetch_at: Some(at(0)), course: &course, reports: &reports }.outcome();
        assert_eq!((outcome.word(), outcome.reason_word()), ("blocked", Some("blocked")));
    }

    #[test]
    fn a_late_report_moves_a_missed_call_up_the_list_or_to_answered() {
        let rank = |outcome: &Outcome| match outcome {
            Outcome::Answered(_) | Outcome::Blocked => Some(0),
            Outcome::Missed(reason) => MissedReason::ALL.iter().position(|one| one == reason).map(|n| n + 1),
            Outcome::InProgress => None,
        };
        each(|known| {
            if known.trouble || known.ended.is_some() || known.recording != Heard::Nothing {
                return;
            }
            let outcome = |known| {
                let (first_fetch_at, course, reports) = evidence_of(known);
                Evidence { first_fetch_at, course: &course, reports: &reports }.outcome()
            };
            let before = outcome(known);
            let Some(before) = rank(&before) else { return };
            for later in [
                Known { trouble: true, ..known },
                Known { ended: Some(End::Early), ..known },
                Known { ended: Some(End::Late), ..known },
                Known { recording: Heard::LongByReportOnly, ..known },
                Known { swept: true, ..known },
            ] {
                let after = rank(&outcome(later)).expect("a call that is over stays over");
                assert!(after <= before, "{known:?} {later:?}");
            }
        });
    }

    #[test]
    fn words_are_read_back() {
        for reason in MissedReason::ALL {
            assert_eq!(MissedReason::from_word(reason.word()), Some(reason));
        }
        assert_eq!(MissedReason::from_word("nothing"), None);
    }
}
