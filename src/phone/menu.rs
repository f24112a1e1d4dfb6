//! What a caller does at a menu and at the beep.

use std::time::Duration;

use super::asks::{Params, param, party};
use super::call::{Call, Next};
use super::clock::time_to_say;
use super::document::{Gather, Record};
use super::heard::{Ended, Who};
use super::script::{Act, AfterMessage};

/// How long a caller thinks before the first key.
const THINKS: Duration = Duration::from_secs(1);
/// From one key to the next.
const NEXT_KEY: Duration = Duration::from_millis(500);
/// How sure the provider is of what it heard.
const SURE: &str = "0.9214";
/// Recordings that are shorter, or longer than the next, are not written down.
const SHORTEST_WRITTEN: Duration = Duration::from_secs(2);
const LONGEST_WRITTEN: Duration = Duration::from_secs(120);
/// The beep.
const BEEP: Duration = Duration::from_millis(500);

/// What a caller does at a menu.
enum Input {
    Keys(String),
    Words(String),
}

impl Call<'_> {
    pub(super) async fn gather(&mut self, gather: Gather, here: &str) -> Option<Next> {
        let mut words = Duration::ZERO;
        for sound in &gather.sounds {
            words += self.hearing.of(sound).1;
        }
        let ends_at = self.at + words + gather.timeout;
        let (input, after) = match self.script.acts.front() {
            Some(Act::Press { keys, after }) => (Some(Input::Keys(keys.clone())), *after),
            Some(Act::Say { words, after }) => (Some(Input::Words(words.clone())), *after),
            Some(Act::Silence | Act::Message { .. } | Act::HangUp { .. } | Act::HangUpRinging { .. })
            | None => (None, None),
        };
        let at = self.at + after.unwrap_or(words + THINKS);
        let input = input.filter(|_| at <= ends_at);
        // Only what is listened to cuts the words short.
        let is_heard = match &input {
            Some(Input::Keys(_)) => gather.takes_keys,
            Some(Input::Words(_)) => gather.ears.is_some(),
            None => false,
        };
        let until = if is_heard { at } else { ends_at };
        for sound in &gather.sounds {
            if self.at >= until {
                break;
            }
            let lasts = self.say(Who::Ringback, sound);
            if !self.pass(lasts.min(until - self.at)) {
                return Some(self.leave_menu(&gather, here).await);
            }
        }
        if !self.pass(until.saturating_sub(self.at)) {
            return Some(self.leave_menu(&gather, here).await);
        }
        match input {
            Some(Input::Keys(keys)) if is_heard => self.press(&keys, &gather, here).await,
            Some(Input::Words(words)) if is_heard => self.speak_up(&words, &gather, here).await,
            Some(Input::Keys(keys)) => {
                self.note(Who::Caller, format!("presses {keys}, and only words are taken"));
                self.act_done();
                self.no_input(&gather, here)
            }
            Some(Input::Words(words)) => {
                self.note(Who::Caller, format!("says \"{words}\", and only keys are taken"));
                self.act_done();
                self.no_input(&gather, here)
            }
            None => {
                if self.script.acts.front() == Some(&Act::Silence) {
                    self.note(Who::Caller, "presses nothing");
                    self.act_done();
                }
                self.no_input(&gather, here)
            }
        }
    }

    async fn speak_up(&mut self, words: &str, gather: &Gather, here: &str) -> Option<Next> {
        self.note(Who::Caller, format!("says \"{words}\""));
        self.act_done();
        let quiet = gather.ears.as_ref().map_or(Duration::ZERO, |ears| ears.quiet);
        if !self.pass(time_to_say(words) + quiet) {
            return Some(self.leave_menu(gather, here).await);
        }
        let said = vec![param("SpeechResult", words), param("Confidence", SURE)];
        Some(self.follow(&gather.action, here, said))
    }

    async fn press(&mut self, keys: &str, gather: &Gather, here: &str) -> Option<Next> {
        let finish = keys.find(|key| Some(key) == gather.finish_on_key);
        let most = gather.num_digits.map_or(usize::MAX, |most| most as usize);
        let digits: String = keys[..finish.unwrap_or(keys.len())].chars().take(most).collect();
        self.note(Who::Caller, format!("presses {keys}"));
        let more_keys = u32::try_from(keys.len().saturating_sub(1)).unwrap_or(u32::MAX);
        self.act_done();
        let complete = finish.is_some() || digits.len() >= most;
        let waits = NEXT_KEY * more_keys + if complete { Duration::ZERO } else { gather.timeout };
        if !self.pass(waits) {
            return Some(self.leave_menu(gather, here).await);
        }
        if digits.is_empty() {
            return self.no_input(gather, here);
        }
        Some(self.follow(&gather.action, here, vec![param("Digits", digits)]))
    }

    fn no_input(&self, gather: &Gather, here: &str) -> Option<Next> {
        let asks = gather.action_on_empty;
        asks.then(|| self.follow(&gather.action, here, vec![param("Digits", "")]))
    }

    async fn leave_menu(&mut self, gather: &Gather, here: &str) -> Next {
        let next = self.leave();
        if self.exchange.quirks.menu_action_when_caller_leaves {
            self.tell(&gather.action, here, Params::new()).await;
        }
        next
    }

    pub(super) async fn record(&mut self, record: Record, here: &str) -> Option<Next> {
        let stays = if record.beep {
            self.note(Who::Line, "beep");
            self.pass(BEEP)
        } else {
            true
        };
        let began = self.at;
        let words = match self.script.acts.front() {
            Some(Act::Message { words, .. }) => words.clone(),
            Some(
                Act::Silence
                | Act::Press { .. }
                | Act::Say { .. }
                | Act::HangUp { .. }
                | Act::HangUpRinging { .. },
            )
            | None => None,
        };
        let (speaks, ended_by) = if stays { self.speak(&record) } else { (Duration::ZERO, None) };
        if !stays {
            self.hang_up();
        }
        // A recording is as long as the line was open; only the finished file has its quiet ends cut off.
        let length = self.at - began;
        let finished = if record.trim { speaks.min(length) } else { length };
        let empty = speaks.is_zero();
        let id = self.exchange.fresh_id("RE");
        let url =
            format!("https://api.twilio.com/2010-04-01/Accounts/{}/Recordings/{id}", self.exchange.account);
        self.report_recording(&record, here, if empty { None } else { Some((&id, &url, finished)) });
        if finished > SHORTEST_WRITTEN && finished < LONGEST_WRITTEN {
            self.report_transcript(&record, here, (&id, &url, words.as_deref()));
        }
        if empty && !self.exchange.quirks.empty_recording_has_action {
            return self.gone.then_some(Next::End(Ended::CallerLeft));
        }
        let mut extra = vec![
            param("RecordingUrl", &url),
            param("RecordingSid", &id),
            param("RecordingDuration", length.as_secs()),
        ];
        if self.gone {
            extra.push(param("Digits", "hangup"));
            self.tell(&record.action, here, extra).await;
            return Some(Next::End(Ended::CallerLeft));
        }
        extra.extend(ended_by.map(|key| param("Digits", key)));
        Some(self.follow(&record.action, here, extra))
    }

    /// What the caller says after the beep: how long, and the key that ended it.
    fn speak(&mut self, record: &Record) -> (Duration, Option<char>) {
        let (speaks, then) = match self.script.acts.front() {
            Some(Act::Message { speaks, then, .. }) => (*speaks, Some(*then)),
            Some(Act::Silence) => (Duration::ZERO, Some(AfterMessage::Waits)),
            Some(Act::Press { .. } | Act::Say { .. } | Act::HangUp { .. } | Act::HangUpRinging { .. })
            | None => (Duration::ZERO, None),
        };
        let spoken = speaks.min(record.max_length);
        match then {
            Some(_) if !speaks.is_zero() => {
                self.note(Who::Caller, format!("speaks for {} s", spoken.as_secs()));
            }
            Some(AfterMessage::Waits) | None => self.note(Who::Caller, "says nothing"),
            Some(AfterMessage::HangsUp | AfterMessage::Presses(_)) => {}
        }
        self.pass(spoken);
        if then.is_some() {
            self.act_done();
        }
        if speaks > record.max_length {
            return (spoken, None);
        }
        match then {
            Some(AfterMessage::HangsUp) => {
                self.hang_up();
                return (spoken, None);
            }
            Some(AfterMessage::Presses(key)) => {
                self.note(Who::Caller, format!("presses {key}"));
                if record.finish_on_key.contains(key) {
                    return (spoken, Some(key));
                }
            }
            Some(AfterMessage::Waits) | None => {}
        }
        let rest = record.max_length - spoken;
        if !self.pass(record.silence.map_or(rest, |silence| silence.min(rest))) {
            self.hang_up();
        }
        (spoken, None)
    }

    fn report_recording(&mut self, record: &Record, here: &str, file: Option<(&str, &str, Duration)>) {
        let Some(reports) = &record.reports else { return };
        let status = if file.is_some() { "completed" } else { "absent" };
        if !reports.wants(status) {
            return;
        }
        let mut params = vec![
            param("AccountSid", &self.exchange.account),
            param("CallSid", &self.heard.call),
            param("RecordingStatus", status),
            param("RecordingChannels", 1),
            param("RecordingStartTime", self.timestamp()),
            param("RecordingSource", "RecordVerb"),
            param("RecordingTrack", "both"),
            param("ErrorCode", 0),
        ];
        if let Some((id, url, length)) = file {
            params.extend([
                param("RecordingSid", id),
                param("RecordingUrl", url),
                param("RecordingDuration", length.as_secs()),
            ]);
        }
        self.reports.push((reports.link.clone(), params, here.to_owned()));
    }

    fn report_transcript(
        &mut self,
        record: &Record,
        here: &str,
        (id, url, words): (&str, &str, Option<&str>),
    ) {
        let Some(link) = &record.transcript else { return };
        let (account, sid) = (&self.exchange.account, self.exchange.fresh_id("TR"));
        let mut params = party(account, &self.heard.call, &self.script.from, &self.script.to);
        // Where nothing can be made out, there is no text.
        let status = if words.is_some() { "completed" } else { "failed" };
        params.extend([
            param("Direction", "inbound"),
            param("TranscriptionSid", &sid),
            param("TranscriptionStatus", status),
            param("TranscriptionText", words.unwrap_or_default()),
            param("TranscriptionType", "fast"),
            param(
                "TranscriptionUrl",
                format!("https://api.twilio.com/2010-04-01/Accounts/{account}/Transcriptions/{sid}"),
            ),
            param("RecordingSid", id),
            param("RecordingUrl", url),
        ]);
        self.reports.push((link.clone(), params, here.to_owned()));
    }
}
