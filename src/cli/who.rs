//! Callers and numbers on a screen; and who is at the keyboard.

use crate::business::Business;
use crate::call::{Caller, PersonName, PhoneNumber};
use crate::call_back::CallBack;
use crate::language::Language;
use crate::notation::did_you_mean;
use crate::store::{CallBackLine, CallLine};

use super::clean::Clean;
use super::failure::Failure;
use super::table::Cell;

/// Countries whose prefix has two digits. North America's and Russia's have one, all others three.
const TWO_DIGITS: [&str; 40] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
    "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81",
    "82", "84", "86", "90", "91", "92",
];

/// Names that the provider found are hearsay, and no longer than this.
const FOUND_NAME: usize = 20;

/// What is left of them in a narrow column, so that the last digits are seen.
const FOUND_PART: usize = 9;

/// A number in groups that an eye can hold: `+1 212-555-0142`, `+44 207 946 0018`.
pub(super) fn number(number: &PhoneNumber) -> String {
    let digits = number.as_str().trim_start_matches('+');
    let prefix = match digits.get(..2) {
        Some(two) if two.starts_with(['1', '7']) => 1,
        Some(two) if TWO_DIGITS.contains(&two) || two.starts_with('9') && two < "96" || two == "98" => 2,
        Some(_) | None => 3,
    };
    let (country, mut rest) = digits.split_at(prefix);
    let mut groups = Vec::new();
    while rest.len() > 4 {
        let (group, tail) = rest.split_at(3);
        groups.push(group);
        rest = tail;
    }
    groups.push(rest);
    let between = if country == "1" { "-" } else { " " };
    format!("+{country} {}", groups.join(between)).trim_end().to_owned()
}

/// Who rang, as the lists say it.
pub(super) fn rang(line: &CallLine) -> String {
    let known = known(&line.caller, (line.vip, line.name.as_deref()), line.caller_name.as_deref());
    match &line.typed_number {
        Some(typed) => format!("{known}, typed {}", number(typed)),
        None => known,
    }
}

/// Who waits for a call, as the lists say it.
pub(super) fn waits(line: &CallBackLine) -> String {
    known(&line.stored.entry.caller, (line.vip, line.name.as_deref()), line.caller_name.as_deref())
}

/// A caller whom the address book names comes with that name first; what the provider found comes after the number,
/// because anybody can send anything. To be cleaned.
fn known(who: &Caller, (vip, ours): (bool, Option<&str>), found: Option<&str>) -> String {
    let shown = match ours {
        Some(name) => format!("{name} {}", caller(who, None)),
        None => caller(who, found),
    };
    if vip { format!("VIP {shown}") } else { shown }
}

/// A caller with the name that the provider found; as it came, to be cleaned.
pub(super) fn caller(caller: &Caller, name: Option<&str>) -> String {
    let who = match caller {
        Caller::Number(known) => number(known),
        Caller::Withheld => "number withheld".to_owned(),
        Caller::Other(raw) => raw.clone(),
    };
    match name.filter(|name| !name.trim().is_empty()) {
        Some(name) => format!("{who} {name}"),
        None => who,
    }
}

/// A caller in a list: the name first, because that is what people look for, and the number only where there is room.
/// A name that the provider found stands in quotes, because anybody can send anything.
pub(super) fn cell(who: &Caller, (vip, ours): (bool, Option<&str>), found: Option<&str>) -> Cell {
    let whole = |text: &str| if vip { format!("VIP {text}") } else { text.to_owned() };
    let number = caller(who, None);
    if let Some(name) = ours.filter(|name| is_readable(name)) {
        return Cell::of(whole(&format!("{name} {number}"))).or(whole(name));
    }
    let Some(name) = found.filter(|name| is_readable(name)) else { return Cell::of(whole(&number)) };
    let (name, part) = (Clean::of(name).cut(FOUND_NAME), Clean::of(name).cut(FOUND_PART));
    let last = number.get(number.len().saturating_sub(4)..).unwrap_or_default();
    Cell::of(whole(&format!("\"{name}\" {number}"))).or(whole(&match who {
        Caller::Number(_) => format!("\"{part}\" …{last}"),
        Caller::Withheld | Caller::Other(_) => format!("\"{name}\" {number}"),
    }))
}

/// Who waits in a list: the number that they typed where they did, because that is the one to ring.
pub(super) fn entry_cell(entry: &CallBack, ours: (bool, Option<&str>), found: Option<&str>) -> Cell {
    let known = || cell(&entry.caller, ours, found);
    entry.typed_number.as_ref().map_or_else(known, typed_cell)
}

/// Who rang, in a list; likewise.
pub(super) fn rang_cell(line: &CallLine) -> Cell {
    let known = || cell(&line.caller, (line.vip, line.name.as_deref()), line.caller_name.as_deref());
    line.typed_number.as_ref().map_or_else(known, typed_cell)
}

fn typed_cell(typed: &PhoneNumber) -> Cell {
    let number = number(typed);
    Cell::of(format!("{number} (typed)")).or(number)
}

/// Whether anything is left of a name once it is cleaned.
fn is_readable(name: &str) -> bool {
    !Clean::of(name).as_str().trim().is_empty()
}

/// A person as the name is spoken.
pub(super) fn spoken(business: &Business, name: &PersonName) -> String {
    business.person(name).map_or_else(|| name.to_string(), |person| person.spoken.clone())
}

/// A language in plain words.
pub(super) fn language(language: Language) -> &'static str {
    match language {
        Language::English => "English",
        Language::Spanish => "Spanish",
        Language::French => "French",
        Language::German => "German",
    }
}

/// The person who does something: the one that was named, else the only one.
pub(super) fn person(business: &Business, named: Option<&str>) -> Result<PersonName, Failure> {
    let names = || business.people.iter().map(|person| person.name.as_str());
    // A variable that is set to nothing names nobody.
    let Some(named) = named.filter(|name| !name.trim().is_empty()) else {
        return match business.people.as_slice() {
            [only] => Ok(only.name.clone()),
            _ => Err(Failure::wrong_usage("who are you?").hint(format!(
                "add `--as NAME` or set RINGBACK_AS; the people are {}",
                names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            ))),
        };
    };
    // People also type the name as it is spoken: `Ana`.
    let wanted = named.trim().replace('_', "-");
    let known = business.people.iter().find(|person| {
        person.name.as_str().eq_ignore_ascii_case(&wanted) || person.spoken.eq_ignore_ascii_case(named.trim())
    });
    if let Some(person) = known {
        return Ok(person.name.clone());
    }
    let hint = match did_you_mean(named, names()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("the people are {}", names().collect::<Vec<_>>().join(", ")),
    };
    Err(Failure::could_not(format!("nobody here is called `{named}`")).hint(hint))
}

/// Who looks, where they say so; what they say may be nobody's name here, which keeps nobody from looking.
pub(super) fn looks(business: &Business, named: Option<&str>) -> Result<Option<PersonName>, String> {
    let Some(named) = named.filter(|name| !name.trim().is_empty()) else { return Ok(None) };
    let known = person(business, Some(named)).map(Some);
    known.map_err(|_| {
        let names = business.people.iter().map(|person| format!("`{}`", person.name)).collect::<Vec<_>>();
        format!(
            "Nobody here is called `{named}`, as RINGBACK_AS or `--as` says; the people are {}.",
            names.join(", ")
        )
    })
}

/// The person who does something for the record: the one that was named, else the owner.
pub(super) fn person_or_owner(business: &Business, named: Option<&str>) -> Result<PersonName, Failure> {
    match named.filter(|name| !name.trim().is_empty()) {
        Some(name) => person(business, Some(name)),
        None => Ok(business.owner.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::sample;

    #[test]
    fn numbers_are_grouped_for_the_eye() {
        let cases = [
            ("+15550142", "+1 555-0142"),
            ("+12125550142", "+1 212-555-0142"),
            ("+442079460018", "+44 207 946 0018"),
            ("+4915550142", "+49 155 501 42"),
            ("+3531555014", "+353 155 5014"),
            ("+981555014", "+98 155 5014"),
            ("+123", "+1 23"),
            ("+999", "+999"),
        ];
        for (raw, shown) in cases {
            assert_eq!(number(&PhoneNumber::parse(raw).unwrap()), shown);
        }
    }

    #[test]
    fn a_caller_is_a_number_or_what_came_in_its_place() {
        let pat = Caller::read("+15550142");
        assert_eq!(caller(&pat, Some("Pat Doe")), "+1 555-0142 Pat Doe");
        assert_eq!(caller(&pat, Some(" ")), "+1 555-0142");
        assert_eq!(caller(&Caller::Withheld, None), "number withheld");
        assert_eq!(caller(&Caller::read("sip:pat@example.com"), None), "sip:pat@example.com");
    }

    #[test]
    fn who_is_at_the_keyboard_is_asked_only_when_there_are_several() {
        let mut business = sample().business;
        let failure = person(&business, None).unwrap_err();
        assert_eq!(
            failure.to_string(),
            "error: who are you?\nhint: add `--as NAME` or set RINGBACK_AS; the people are `ana`, `ben`\n"
        );
        let failure = person(&business, Some("anna")).unwrap_err();
        assert_eq!(failure.to_string(), "error: nobody here is called `anna`\nhint: did you mean `ana`?\n");
        assert_eq!(person(&business, Some("Ben")).unwrap().as_str(), "ben");
        business.people.truncate(1);
        assert_eq!(person(&business, None).unwrap().as_str(), "ana");
    }
}
