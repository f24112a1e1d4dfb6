//! `ringback away`: stepping away, which always ends by itself.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::business::{Absences, Away, Business, Person, spoken_time};
use crate::call::PersonName;
use crate::notation::parse_duration;
use crate::settings::Home;

use super::failure::Failure;
use super::moment;
use super::output::{show, wrap};
use super::shop::Shop;
use super::when::Look;
use super::who;

const EXAMPLES: &str = "\
While away, nobody's phone rings: callers hear the flow's `away` step and
when you are back. With a name, only that person is away, and whoever stands
in is rung instead. It ends by itself; without a verb this says how it stands.
A day without a time is when you open on it.

Examples:
  ringback away until 14:00
  ringback away until 14:00 \"at the dentist\"
  ringback away until \"tomorrow 9:00\"
  ringback away until 2026-11-23 09:00
  ringback away until monday
  ringback away for 2h
  ringback away for 45 minutes at lunch
  ringback away off
  ringback away ben until friday --reason \"on a course\"
  ringback away ben for 2h
  ringback away ben off";

/// Longer is not stepping away, and most likely a slip.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Step away until a time, and come back
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, subcommand_precedence_over_arg = true)]
pub(super) struct Args {
    /// Who is away; without a name, the whole business
    #[arg(value_name = "NAME")]
    person: Option<String>,
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Who steps away, for the record; by default the owner
    #[arg(long = "as", value_name = "NAME", global = true, env = "RINGBACK_AS", hide_env_values = true)]
    by: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Step away until a time, with a reason for colleagues if you like
    Until {
        /// `14:00`, `6pm`, `tomorrow 9:00`, `monday`, `2026-11-23 09:00`; then the reason, which callers do not hear
        #[arg(value_name = "TIME [REASON]", required = true, num_args = 1..)]
        words: Vec<String>,
        /// Why; callers do not hear it
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Step away for a length of time
    For {
        /// `45m`, `2 hours`, `1h 30m`; then the reason, which callers do not hear
        #[arg(value_name = "TIME [REASON]", required = true, num_args = 1..)]
        words: Vec<String>,
        /// Why; callers do not hear it
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Come back before the time
    Off,
}

/// Steps away, comes back, or says how it stands.
pub(super) fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let (now, business) = (shop.look.now, &shop.settings.business);
    let person = args.person.map(|name| person_called(&name, business)).transpose()?;
    let (until, rest, reason) = match args.verb {
        None => return how_it_stands(&shop, person),
        Some(Verb::Off) => return come_back(&shop, person),
        Some(Verb::Until { words, reason }) => {
            let (until, rest) = until(&words.join(" "), now, (business, person))?;
            (until, rest, reason)
        }
        Some(Verb::For { words, reason }) => {
            let (lasts, rest) = how_long(&words)?;
            let until = SignedDuration::try_from(lasts).ok().and_then(|lasts| now.checked_add(lasts).ok());
            let until = until.ok_or_else(|| Failure::wrong_usage("that is too long"))?;
            (until, rest, reason)
        }
    };
    if until <= now || now.duration_until(until) > LONGEST {
        return Err(Failure::wrong_usage("an absence lasts from a minute to a year"));
    }
    if reason.is_some() && !rest.is_empty() {
        return Err(Failure::wrong_usage(format!("`{rest}` is no part of a time"))
            .hint("give the reason once: behind the time, or with `--reason`"));
    }
    let by = who::person_or_owner(business, args.by.as_deref())?;
    let reason = reason.unwrap_or(rest);
    let away = Away { until, reason: Some(reason).filter(|reason| !reason.trim().is_empty()) };
    let (told, off) = match person {
        None => {
            shop.write(|tx| Ok(tx.step_away(&away, &by, now)?))?;
            (stands(&away, &shop.look), "ringback away off".to_owned())
        }
        Some(person) => {
            shop.write(|tx| Ok(tx.person_steps_away(&person.name, &away, &by, now)?))?;
            let all = shop.read(|tx| tx.absences(now))?.unwrap_or_default();
            (
                one_stands((person, &away), &all, business, &shop.look),
                format!("ringback away {} off", person.name),
            )
        }
    };
    show(&wrap(&format!("{told} `{off}` ends it sooner."), shop.look.width, 0))
}

/// The person of that name. What looks like a time is one whose `until` was forgotten.
fn person_called<'a>(name: &str, business: &'a Business) -> Result<&'a Person, Failure> {
    let found = who::person(business, Some(name)).map_err(|failure| {
        match name.starts_with(|c: char| c.is_ascii_digit()) {
            true => Failure::wrong_usage(format!("`{name}` is nobody's name"))
                .hint(format!("write `ringback away until {name}`, or `ringback away for {name}`")),
            false => failure,
        }
    })?;
    business.person(&found).ok_or_else(|| Failure::could_not(format!("nobody here is called `{name}`")))
}

fn how_it_stands(shop: &Shop<'_>, person: Option<&Person>) -> Result<(), Failure> {
    let (business, look) = (&shop.settings.business, &shop.look);
    let all = shop.read(|tx| tx.absences(look.now))?.unwrap_or_default();
    let says = match person {
        None => who_is_away(&all, business, look),
        Some(person) => all
            .of_person(&person.name, look.now)
            .map(|away| vec![one_stands((person, away), &all, business, look)])
            .unwrap_or_default(),
    };
    if says.is_empty() {
        let who =
            person.map_or("Nobody is away.".to_owned(), |person| format!("{} is not away.", person.spoken));
        return show(&wrap(&who, look.width, 0));
    }
    says.iter().try_for_each(|says| show(&wrap(says, look.width, 0)))
}

fn come_back(shop: &Shop<'_>, person: Option<&Person>) -> Result<(), Failure> {
    let now = shop.look.now;
    let Some(person) = person else {
        let was_away = shop.has_database() && shop.write(|tx| Ok(tx.come_back(now)?))?;
        if was_away {
            return show("Welcome back: phones ring again.\n");
        }
        let all = shop.read(|tx| tx.absences(now))?.unwrap_or_default();
        let others = who_of_us_is_away(&all, &shop.settings.business, &shop.look);
        if others.is_empty() {
            return show("Nobody was away.\n");
        }
        show("The business was not away. `ringback away NAME off` brings a person back.\n")?;
        return others.iter().try_for_each(|says| show(&wrap(says, shop.look.width, 0)));
    };
    let was_away = shop.has_database() && shop.write(|tx| Ok(tx.person_comes_back(&person.name, now)?))?;
    let spoken = &person.spoken;
    show(&if was_away {
        format!("{spoken} is back, and is rung again.\n")
    } else {
        format!("{spoken} was not away.\n")
    })
}

/// How an absence of the business stands, in a sentence.
pub(super) fn stands(away: &Away, look: &Look) -> String {
    format!("Away {}", until_when(away, look))
}

/// Everybody's absence, a sentence each, the business's first.
pub(super) fn who_is_away(absences: &Absences, business: &Business, look: &Look) -> Vec<String> {
    let all = absences.of_business(look.now).map(|away| stands(away, look));
    all.into_iter().chain(who_of_us_is_away(absences, business, look)).collect()
}

/// The absences of single people, a sentence each.
pub(super) fn who_of_us_is_away(absences: &Absences, business: &Business, look: &Look) -> Vec<String> {
    let of = |(name, _): &(PersonName, Away)| {
        let away = absences.of_person(name, look.now)?;
        Some(one_stands((business.person(name)?, away), absences, business, look))
    };
    absences.people.iter().filter_map(of).collect()
}

/// How a person's absence stands, and who is rung instead.
fn one_stands(
    (person, away): (&Person, &Away),
    absences: &Absences,
    business: &Business,
    look: &Look,
) -> String {
    let stands_in = business.in_place_of(person, look.now, absences);
    let instead = stands_in.map(|other| format!(" {} stands in.", other.spoken)).unwrap_or_default();
    format!("{} is away {}{instead}", person.spoken, until_when(away, look))
}

/// `until 2 p.m. (at the dentist).`
fn until_when(away: &Away, look: &Look) -> String {
    let until = spoken_time(away.until, look.now, &look.zone);
    let stop = if until.ends_with('.') { "" } else { "." };
    match &away.reason {
        Some(reason) => format!("until {until} ({reason})."),
        None => format!("until {until}{stop}"),
    }
}

/// Reads until when, and the reason that follows.
fn until(
    text: &str,
    now: Timestamp,
    (business, person): (&Business, Option<&Person>),
) -> Result<(Timestamp, String), Failure> {
    let first = text.split_whitespace().next().unwrap_or_default();
    let hours = first.strip_suffix('h').and_then(|hours| hours.parse::<u8>().ok());
    // `18h` is how some write six in the evening, and `2h` is not how they write two.
    let is_clock = hours.is_some_and(|hours| hours > 12);
    if first.contains(char::is_alphabetic) && parse_duration(first).is_some() && !is_clock {
        let who = person.map(|person| format!(" {}", person.name)).unwrap_or_default();
        return Err(Failure::wrong_usage(format!("`{first}` is a length of time, and no time"))
            .hint(format!("write `ringback away{who} for {first}`")));
    }
    let typed = moment::read(text, now, business)
        .map_err(|error| Failure::wrong_usage(error.to_string()).hint(error.hint()))?;
    if typed.at > now {
        return Ok((typed.at, typed.rest));
    }
    let look = Look { now, zone: business.time_zone.clone(), width: 0 };
    let past = Failure::wrong_usage(format!("{} has passed already", look.at(typed.at)));
    Err(match typed.names_day {
        true => past.hint("name a time that is still to come"),
        false => {
            let who = person.map(|person| format!(" {}", person.name)).unwrap_or_default();
            past.hint(format!("write `ringback away{who} until \"tomorrow {}\"`", typed.time))
        }
    })
}

/// Reads how long, in as many words as it takes, and the reason that follows.
fn how_long(words: &[String]) -> Result<(Duration, String), Failure> {
    let text = words.join(" ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let hint = "say how long: `45m`, `2 hours`, `1h 30m`; then the reason";
    let not_long =
        || Failure::wrong_usage(format!("`{text}` does not begin with a length of time")).hint(hint);
    let lasts = |used: &usize| parse_duration(&words[..*used].join(" "));
    let used = (1..=words.len()).rev().find(|used| lasts(used).is_some()).ok_or_else(not_long)?;
    let is_number = |word: &&str| word.bytes().all(|b| b.is_ascii_digit());
    if used == 1 && is_number(&words[0]) {
        let number = words[0];
        return Err(Failure::wrong_usage(format!("`{number}` of what?"))
            .hint(format!("write `{number}m` for minutes, or `{number}h` for hours")));
    }
    if words.get(used).is_some_and(is_number) && words.len() == used + 1 {
        return Err(not_long());
    }
    let lasts = lasts(&used).ok_or_else(not_long)?;
    Ok((lasts, words[used..].join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::testing::look;
    use crate::settings::sample;

    // A Saturday, 1 p.m.
    const NOW: &str = "2026-11-21T13:00:00-05:00";

    fn said(text: &str) -> Result<(Timestamp, String), Failure> {
        until(text, NOW.parse().unwrap(), (&sample().business, None))
    }

    #[test]
    fn a_length_of_time_may_have_blanks_and_a_reason() {
        let cases = [
            ("2 hours", 7_200, ""),
            ("30 min", 1_800, ""),
            ("1h 30m", 5_400, ""),
            ("1 h", 3_600, ""),
            ("45 minutes at lunch", 2_700, "at lunch"),
            ("2h 12 Tea Street", 7_200, "12 Tea Street"),
        ];
        for (text, seconds, reason) in cases {
            let one_word = [text.to_owned()];
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            for words in [&one_word[..], &words] {
                let read = how_long(words).unwrap();
                assert_eq!(read, (Duration::from_secs(seconds), reason.to_owned()), "{words:?}");
            }
        }
    }

    #[test]
    fn a_length_without_a_unit_is_not_guessed_at() {
        let failure = how_long(&["90".to_owned()]).unwrap_err().to_string();
        assert_eq!(failure, "error: `90` of what?\nhint: write `90m` for minutes, or `90h` for hours\n");
        for text in ["1h 30", "lunch", "", "90 bananas"] {
            assert!(how_long(&[text.to_owned()]).is_err(), "{text}");
        }
    }

    #[test]
    fn an_hour_that_may_be_either_is_refused_with_both() {
        let failure = said("6").unwrap_err().to_string();
        let expected =
            "error: `6` can be morning or evening\nhint: write `6am` or `6pm`, or `6:00` or `18:00`\n";
        assert_eq!(failure, expected);
    }

    #[test]
    fn a_time_that_has_passed_is_refused_with_what_was_meant() {
        let failure = said("9:00").unwrap_err().to_string();
        let expected =
            "error: 9 a.m. has passed already\nhint: write `ringback away until \"tomorrow 9:00\"`\n";
        assert_eq!(failure, expected);
        assert!(said("2026-11-20 09:00").is_err());
        assert!(said("1pm").is_err(), "this very moment is no absence");
    }

    #[test]
    fn what_was_meant_for_one_person_never_sends_everybody_away() {
        let business = sample().business;
        let ana = business.people.first();
        let failure = until("9:00", NOW.parse().unwrap(), (&business, ana)).unwrap_err().to_string();
        assert!(failure.contains("write `ringback away ana until \"tomorrow 9:00\"`"), "{failure}");
    }

    #[test]
    fn an_absence_is_told_in_a_sentence() {
        let away = |reason: Option<&str>| Away {
            until: "2026-11-21T14:00:00-05:00".parse().unwrap(),
            reason: reason.map(str::to_owned),
        };
        assert_eq!(stands(&away(None), &look()), "Away until 2 p.m.");
        assert_eq!(stands(&away(Some("dentist")), &look()), "Away until 2 p.m. (dentist).");
    }
}
