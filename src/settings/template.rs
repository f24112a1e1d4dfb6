//! The settings file that `init` writes: every key with a word about it, the usual value in a comment.

use std::fmt::Write;

use super::hours::DAYS;
use super::people::capitalised;
use crate::business::{DayRange, Hours};
use crate::call::{AreaName, FlowName, PersonName, PhoneNumber};

/// What `init` was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// What callers hear.
    pub business: String,
    /// The zone's name; one that [`super::time_zone`] knows.
    pub time_zone: String,
    /// When it is open.
    pub hours: Hours,
    /// Everybody, the owner first; at least one.
    pub people: Vec<NewPerson>,
    /// What everybody is for, because flows that are there already speak of it.
    pub areas: Vec<AreaName>,
    /// The lines; at least one.
    pub lines: Vec<PhoneNumber>,
    /// The flow that answers them.
    pub flow: FlowName,
}

/// Somebody who is to be in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPerson {
    /// The name as it is said: `Ana`, `Mary Ann`.
    pub name: String,
    /// The phone to ring.
    pub number: PhoneNumber,
}

/// The text of the settings file. It reads without a problem if all numbers are different.
pub fn render(answers: &Answers) -> String {
    let mut keys: Vec<PersonName> = Vec::with_capacity(answers.people.len());
    for person in &answers.people {
        let key = free_key(&person.name, &keys);
        keys.push(key);
    }
    let owner = keys.first().map_or("ana", PersonName::as_str);
    let sections: Vec<String> =
        answers.people.iter().zip(&keys).map(|(person, key)| section(person, key, &answers.areas)).collect();
    let line = |number: &PhoneNumber| {
        format!("[lines.{}]\nflow = {}\n", quoted(number.as_str()), quoted(answers.flow.as_str()))
    };
    let lines: Vec<String> = answers.lines.iter().map(line).collect();
    format!(
        r##"# The settings of your phone line. A key with # before it is not set; most of them show what holds without them.
# After a change run `ringback check`. While `ringback serve` runs, it takes the change over by itself.

# The address under which your provider reaches this program. It must be exactly what the provider calls,
# because its signature covers it. RINGBACK_PUBLIC_URL wins over this line.
#public_url = "https://phone.example.com"

# Where the program listens. Your proxy or tunnel forwards to it.
#listen = "127.0.0.1:8080"

[business]
# What callers hear: "Hi, you've reached …".
name = {name}
# The zone in which all hours and dates here are meant.
time_zone = {zone}
# What callers speak.
#language = "en-US"
# Gets every call-back that is nobody else's.
owner = {owner}

{hours}
# Days on which you are closed, from midnight to midnight: one [[closed_on]] for each.
#[[closed_on]]
#yearly = "12-25"
#[[closed_on]]
#date = "2027-04-02"
#[[closed_on]]
#from = "2027-08-02"
#to = "2027-08-15"
#[[closed_on]]
#on = "fourth thursday of november"
#name = "Thanksgiving"
# A calendar file beside this one does as well: `ics = "holidays.ics"`. An edit of it goes live like one of this file.

# Who takes calls. Your flows use the word in brackets: `ring = {owner}`. For every person you may write
#   name = "…"             how the name is said, if not like the word in brackets
#   hours = {{ monday = "08:00-12:00" }}   when the person is on duty, in the words of [hours]; without it, when you are
#                          open. May lie outside of that, for whoever is on call; closed days are for everybody
#   stand_in = {owner}       who is rung instead while the person is away or off duty
#   areas = ["repairs"]    what the person is for; `ring = "repairs"` rings everybody with it
#   accept = "off"         picking up is enough; needs `trust_answer = true`, because a mobile's voicemail then counts
#                          as a person. Without it, whoever picks up presses a key
{people}
# People who are rung by one name: `ring = "office"`.
[teams]
#office = [{owner}]

# The numbers that callers ring, and the file in ivr-flows/ that answers each. Also
#   owner = {owner}          who gets the call-backs of this line, if not the owner of the business
{lines}
# Your account at Twilio.
[provider.twilio]
# If set, calls of other accounts are refused.
#account_sid = "AC…"
# The auth token signs every call. Put it into a file that only you can read, or into RINGBACK_TWILIO_AUTH_TOKEN.
#auth_token_file = "twilio-token"
# Letters and digits; makes the addresses that you give to the provider /twilio/<secret>/…
#path_secret = ""
# "apologise" helps callers even when the token is wrong.
#on_bad_signature = "reject"

# Greets callers of your address book (`ringback callers import`) by name, where their network vouches for the number.
[callers]
#greet_by_name = true

# How soon callers are promised a call, counted in your open time; and how much of it one call-back takes, so that a long
# list puts the promise off: the later of the two counts.
[promise]
#within = "1h"
#each = "5m"

# What to run after a missed call; the call comes as JSON on standard input. Or `webhook = "https://…"`.
[notify]
#command = ["notify-send", "ringback"]

# How long calls are kept.
[privacy]
#keep = "2y"

# Where calls are kept while the database cannot be used. Best on another disk than this folder; after a change start
# `ringback serve` anew.
[store]
#journal = "/var/spool/ringback/ringback.journal"

# What `ringback check` finds bearable for callers, where the number is ours: `ringback check --explain` lists the rules.
[lint]
#L4 = {{ warn = "12s", error = "20s" }}
"##,
        name = quoted(&answers.business),
        zone = quoted(&answers.time_zone),
        owner = quoted(owner),
        hours = hours(&answers.hours),
        people = sections.join("\n"),
        lines = lines.join("\n"),
    )
}

fn section(person: &NewPerson, key: &PersonName, areas: &[AreaName]) -> String {
    let name = match person.name.trim() {
        name if name == capitalised(key) => String::new(),
        name => format!("name = {}\n", quoted(name)),
    };
    let areas: Vec<String> = areas.iter().map(|area| quoted(area.as_str())).collect();
    let areas = match areas.as_slice() {
        [] => String::new(),
        areas => format!("areas = [{}]\n", areas.join(", ")),
    };
    format!("[people.{key}]\n{name}number = {}\n{areas}", quoted(person.number.as_str()))
}

/// `[hours]`, as a comment where it is always open.
fn hours(hours: &Hours) -> String {
    let why = "# When you are open. \"22:00-02:00\" runs over midnight; a day that is missing is closed; without\n\
               # [hours] you are always open.\n";
    let week = match hours {
        Hours::Always => {
            return format!(
                "{why}#[hours]\n#monday = [\"08:00-12:00\", \"13:00-17:00\"]\n#tuesday = \"08:00-17:00\"\n"
            );
        }
        Hours::Weekly(week) => week,
    };
    let mut text = format!("{why}[hours]\n");
    for (day, ranges) in DAYS.iter().zip(week) {
        let ranges: Vec<String> = ranges.iter().map(|range| quoted(&range_text(range))).collect();
        // Writing to a String cannot fail.
        let _ = match ranges.as_slice() {
            [] => Ok(()),
            [range] => writeln!(text, "{day:<9} = {range}"),
            ranges => writeln!(text, "{day:<9} = [{}]", ranges.join(", ")),
        };
    }
    text
}

fn range_text(range: &DayRange) -> String {
    let to = range.to.strftime("%H:%M").to_string();
    let to = if to == "00:00" { "24:00".to_owned() } else { to };
    format!("{}-{to}", range.from.strftime("%H:%M"))
}

/// Text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The word for a person in files and commands, made from the name as it is said; no two are equal.
fn free_key(name: &str, taken: &[PersonName]) -> PersonName {
    let word = plain_word(name).unwrap_or_else(|| "person".to_owned());
    let numbered = (2..).map(|n| format!("{word}-{n}"));
    std::iter::once(word.clone())
        .chain(numbered)
        .filter_map(|word| PersonName::parse(&word).ok())
        .find(|name| !taken.contains(name))
        .expect("of endless names made of plain letters one is free")
}

/// The word in files and commands for a name as it is said: `jose-nunez` for `José Núñez`. None is left of a name
/// without a letter that the English alphabet has something for.
pub fn plain_word(name: &str) -> Option<String> {
    let mut word = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match plain_letter(c) {
            "" if word.ends_with('-') || word.is_empty() => {}
            "" => word.push('-'),
            letters => word.push_str(letters),
        }
    }
    let word: String = word.chars().take(30).collect();
    let word = word.trim_end_matches('-');
    (!word.is_empty() && word != "on-duty" && word != "last-person").then(|| word.to_owned())
}

/// The letters of the English alphabet for a letter; nothing for what has none.
fn plain_letter(c: char) -> &'static str {
    const PLAIN: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
    if let Some(at) = PLAIN.find(c) {
        return &PLAIN[at..=at];
    }
    match c {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ă' | 'ą' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ě' | 'ę' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ő' => "o",
        'ö' | 'ø' | 'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ů' | 'ű' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Environment, parse_hours, read};
    use super::*;

    fn number(text: &str) -> PhoneNumber {
        PhoneNumber::parse(text).expect("a number")
    }

    fn answers() -> Answers {
        let person = |name: &str, phone| NewPerson { name: name.to_owned(), number: number(phone) };
        Answers {
            business: "Ridge \"Pipes\" & Sons\\".to_owned(),
            time_zone: "America/New_York".to_owned(),
            hours: parse_hours("mon-thu 08:00-12:00 13:00-24:00, fri 08:00-12:00, sat 22:00-02:00")
                .expect("hours"),
            people: vec![
                person("Ana", "+15550101"),
                person("José Núñez", "+15550102"),
                person("ana", "+15550103"),
                person("李", "+15550104"),
            ],
            areas: vec![AreaName::parse("repairs").expect("a name")],
            lines: vec![number("+15550100"), number("+15550199")],
            flow: FlowName::parse("front-desk").expect("a name"),
        }
    }

    #[test]
    fn what_init_writes_reads_back_as_it_was_told() {
        let answers = answers();
        let text = render(&answers);
        let settings = read("ringback.toml", &text, Path::new("."), &Environment::default())
            .unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert!(settings.warnings.is_empty(), "{}", settings.warnings);
        let business = settings.business;
        assert_eq!(business.name, answers.business);
        assert_eq!(business.time_zone.iana_name(), Some("America/New_York"));
        assert_eq!(business.hours, answers.hours);
        assert_eq!(business.owner.as_str(), "ana");
        let people: Vec<_> = business.people.iter().map(|p| (p.name.as_str(), p.spoken.as_str())).collect();
        assert_eq!(
            people,
            [("ana", "Ana"), ("jose-nunez", "José Núñez"), ("ana-2", "ana"), ("person", "李")]
        );
        assert!(business.people.iter().all(|person| person.areas == answers.areas));
        let lines: Vec<_> = business.lines.iter().map(|l| (&l.number, &l.flow)).collect();
        assert_eq!(lines, [(&answers.lines[0], &answers.flow), (&answers.lines[1], &answers.flow)]);
    }

    #[test]
    fn who_is_always_open_gets_hours_to_fill_in() {
        let text = render(&Answers { hours: Hours::Always, ..answers() });
        let settings =
            read("ringback.toml", &text, Path::new("."), &Environment::default()).expect("settings");
        assert_eq!(settings.business.hours, Hours::Always);
        assert!(text.contains("#[hours]"));
    }

    #[test]
    fn every_value_in_a_comment_is_one_that_reads() {
        let text = render(&Answers { hours: Hours::Always, ..answers() });
        let is_key = |line: &&str| line.starts_with('#') && !line.starts_with("# ");
        let filled: String = text
            .lines()
            .map(|line| Some(line).filter(is_key).map_or(line, |line| &line[1..]).to_owned() + "\n")
            .collect();
        let settings = read("ringback.toml", &filled, Path::new("/nowhere"), &Environment::default())
            .unwrap_or_else(|error| panic!("{error}\n{filled}"));
        assert_eq!(settings.public_url.as_deref(), Some("https://phone.example.com"));
        assert_eq!(settings.business.closed_on.len(), 4);
        assert_eq!(settings.business.teams.len(), 1);
        assert!(matches!(settings.business.hours, Hours::Weekly(_)));
        assert!(settings.notify.is_some());
    }
}
