//! Who calls in a rehearsal, and what holds at that moment besides the files.

use jiff::Timestamp;

use crate::business::{Absences, Business};
use crate::call::{Acquaintance, Caller, PhoneNumber};
use crate::call_back::CallBackId;
use crate::cli::away::who_is_away;
use crate::cli::failure::Failure;
use crate::cli::output::remark;
use crate::cli::when::Look;
use crate::cli::who;
use crate::settings::{self, Home};
use crate::store::{Reader, Tx};
use crate::switchboard::MOST_COUNTED;

use super::Args;

/// Who calls where nobody is named.
const SOMEBODY: &str = "+15550142";

/// What a caller is to the business.
#[derive(Copy, Clone, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Nobody whom you know
    New,
    /// Somebody you talked with before
    Known,
    /// Known, and first on every list
    Vip,
    /// Without a number
    Withheld,
    /// On the block list
    Blocked,
    /// For the second time within three minutes
    Again,
}

/// The caller of `--from` and `--as`.
pub(super) fn of(args: &Args, business: &Business) -> Result<Caller, Failure> {
    let is_withheld = args.roles.contains(&Role::Withheld);
    let from = match (&args.from, is_withheld) {
        (Some(from), true) if Caller::read(from) != Caller::Withheld => {
            let failure = Failure::wrong_usage(format!("`{from}` is no withheld number"));
            return Err(failure.hint("take out `--from`, or `withheld`"));
        }
        (_, true) => return Ok(Caller::Withheld),
        (from, false) => from.as_deref().unwrap_or(SOMEBODY),
    };
    if let withheld @ Caller::Withheld = Caller::read(from) {
        return Ok(withheld);
    }
    let zone = business.time_zone.iana_name().unwrap_or_default();
    let number = settings::spell(from, &settings::country(zone, &business.language));
    number.map(Caller::Number).map_err(|error| Failure::wrong_usage(error.to_string()))
}

/// What holds at this moment besides the files.
#[derive(Default)]
pub(super) struct Present {
    pub(super) away: Absences,
    pub(super) waiting: usize,
    pub(super) about: Acquaintance,
    pub(super) again: bool,
    /// The entry that such a call would join.
    pub(super) open: Option<CallBackId>,
}

impl Present {
    /// What the database says; nothing when there is none yet.
    pub(super) fn of(
        home: &Home,
        (caller, line): (&Caller, Option<&PhoneNumber>),
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let Some(mut reader) = Reader::open(&home.database())? else { return Ok(Self::default()) };
        let read = |tx: &Tx<'_>| {
            Ok(Self {
                away: tx.absences(now)?,
                waiting: tx.open_call_backs_up_to(MOST_COUNTED)?,
                about: tx.acquaintance(caller)?,
                again: false,
                open: tx.open_call_back_of(caller, line)?.map(|open| open.entry.id),
            })
        };
        Ok(reader.read(read)?)
    }

    /// Puts what `--as`, `--name` and `--language` say in place of what the database says.
    pub(super) fn play_as(&mut self, args: &Args, business: &Business) {
        for role in &args.roles {
            match role {
                Role::New => self.about = Acquaintance::default(),
                Role::Known | Role::Vip => {
                    self.about.vip |= *role == Role::Vip;
                    self.about.blocked = false;
                    self.about.answered_before = true;
                    self.about.last_spoke_with.get_or_insert_with(|| business.owner.clone());
                }
                Role::Withheld => {}
                Role::Blocked => self.about.blocked = true,
                Role::Again => self.again = true,
            }
        }
        if let Some(name) = &args.name {
            if !business.greet_by_name {
                remark("Callers are greeted by name only with `greet_by_name = true` below `[callers]`.");
            }
            self.about.name = Some(name.clone());
        }
        self.about.language = args.language.or(self.about.language);
    }

    /// Tells what of it would surprise somebody who forgot it.
    pub(super) fn tell(&self, caller: &Caller, (business, look): (&Business, &Look)) {
        let blocked = self.about.blocked.then(|| format!("{} is blocked.", who::caller(caller, None)));
        let told: Vec<String> = who_is_away(&self.away, business, look).into_iter().chain(blocked).collect();
        if !told.is_empty() {
            remark(&format!("{} That counts here; with `--at TIME` it does not.", told.join(" ")));
        }
    }
}
