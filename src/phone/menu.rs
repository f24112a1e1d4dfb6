//! What a caller does at a menu and at the beep.

use std::time::Duration;

use super::asks::{Params, param};
use super::call::{Call, Next, spoken};
use super::document::{Gather, Record};
use super::heard::{Ended, Who};
use super::script::{Act, AfterMessage};

/// How long a caller thinks before the first key.
const THINKS: Duration = Duration::from_secs(1);
/// From one key to the next.
const NEXT_KEY: Duration = Duration::from_millis(500);
/// The beep.
const BEEP: Duration = Duration::from_millis(500);

impl Call<'_> {
    pub(super) async fn gather(&mut self, gather: Gather, here: &str) -> Option<Next> {
        let words: Duration = gather.sounds.iter().map(|sound| spoken(sound).1).sum();
        let ends_at = self.at + words + gather.timeout;
        let pressed = match self.script.acts.front() {
            Some(Act::Press { keys, after }) => {
                let at = self.at + after.unwrap_or(words + THINKS);
                Some((keys.clone(), at)).filter(|(_, at)| *at <= ends_at)
            }
            Some(Act::Silence | Act::Message { .. } | Act::HangUp { .. } | Act::HangUpRinging { .. })
            | None => None,
        };
        let until = pressed.as_ref().map_or(ends_at, |(_, at)| *at);
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
        let Some((keys, _)) = pressed else {
            if self.script.acts.front() == Some(&Act::Silence) {
                self.note(Who::Caller, "presses nothing");
                self.act_done();
            }
            return self.no_input(&gather, here);
        };
        self.press(&keys, &gather, here).await
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
            Some(Act::Message { speaks, then }) => (*speaks, Some(*then)),
            Some(Act::Silence) => (Duration::ZERO, Some(AfterMessage::Waits)),
            Some(Act::Press { .. } | Act::HangUp { .. } | Act::HangUpRinging { .. }) | None => {
                (Duration::ZERO, None)
            }
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
}
