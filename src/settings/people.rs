//! `[people.NAME]` and `[lines."+1…"]`, and what must fit between them.

use std::collections::HashMap;

use super::hours::read_own_hours;
use super::one_of;
use super::spelling::spell;
use crate::business::{Line, Person};
use crate::call::{AreaName, FlowName, PersonName, PhoneNumber};
use crate::notation::{Placed, Problem, Problems, Table, did_you_mean};

/// What a ring may name besides people, teams and areas, and what it means.
const RESERVED: [(&str, &str); 2] =
    [("on-duty", "whoever is on duty"), ("last-person", "whoever the caller last talked with")];

/// What a ring means by that word, so that nobody and nothing else can have it for a name.
pub(super) fn reserved(word: &str) -> Option<&'static str> {
    RESERVED.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning)
}

/// The flow of a line that names none.
pub(super) const FRONT_DESK: &str = "front-desk";

/// Everybody the file names, readable or not, so that one mistake is not reported as two.
pub(super) struct People {
    pub(super) people: Vec<Person>,
    /// The name and place of each section, in the order of the file.
    pub(super) names: Vec<Placed<String>>,
    /// Who is to stand in for whom, not yet looked up.
    pub(super) stand_ins: Vec<(PersonName, Placed<String>)>,
}

impl People {
    /// The person that a key such as `owner` names.
    pub(super) fn find(
        &self,
        key: &str,
        name: &Placed<String>,
        problems: &mut Problems,
    ) -> Option<PersonName> {
        let canonical = name.value.replace('_', "-");
        if self.names.iter().any(|known| known.value == canonical) {
            return PersonName::parse(&canonical).ok();
        }
        let message = format!("`{key}` is `{}`, but there is no `[people.{}]`", name.value, name.value);
        problems.push_missing(
            Problem::error(name.span.clone(), message)
                .did_you_mean(did_you_mean(&name.value, self.names.iter().map(|name| name.value.as_str()))),
        );
        None
    }
}

/// Reads `[people]`; at least one is needed.
pub(super) fn read_people(root: &mut Table, country: &str, problems: &mut Problems) -> People {
    let sections = root.take_table("people", problems).map(|mut table| table.take_rest()).unwrap_or_default();
    if sections.is_empty() {
        problems.push_missing(
            Problem::error(0..0, "nobody is there to take calls")
                .hint("add yourself: `[people.ana]`, and under it `number = \"+15550101\"`"),
        );
    }
    let mut found = People {
        people: Vec::with_capacity(sections.len()),
        names: sections.iter().map(|entry| entry.key.clone()).collect(),
        stand_ins: Vec::new(),
    };
    let mut numbers: HashMap<PhoneNumber, String> = HashMap::new();
    for entry in sections {
        let key = entry.key.clone();
        let name = read_name(&key, problems);
        let around = Around { country, names: &found.names };
        let Some(mut table) = entry.table(problems) else { continue };
        let stand_in = table.take_str("stand-in", problems);
        found.stand_ins.extend(name.clone().zip(stand_in));
        let Some(read) = read_person(name, table, around, problems) else { continue };
        let Placed { value: person, span } = read;
        if let Some(other) = numbers.insert(person.number.clone(), key.value.clone()) {
            let message = format!("`{}` and `{other}` have the same number", key.value);
            problems.push(
                Problem::error(span, message)
                    .hint("one phone is one person: leave one of them out, or give them different numbers"),
            );
        }
        found.people.push(person);
    }
    found
}

/// What a person's section must fit to.
#[derive(Copy, Clone)]
struct Around<'a> {
    country: &'a str,
    names: &'a [Placed<String>],
}

fn read_name(key: &Placed<String>, problems: &mut Problems) -> Option<PersonName> {
    if let Some(meaning) = reserved(&key.value) {
        let message = format!("`{}` means {meaning}, so nobody can have that name", key.value);
        problems.push(Problem::error(key.span.clone(), message));
        return None;
    }
    let name = PersonName::parse(&key.value);
    if let Err(error) = &name {
        problems.push(
            Problem::error(key.span.clone(), error.to_string())
                .hint("write the full name below it, as `name = \"…\"`"),
        );
    }
    name.ok()
}

/// One person, placed where the number stands.
fn read_person(
    name: Option<PersonName>,
    mut table: Table,
    around: Around<'_>,
    problems: &mut Problems,
) -> Option<Placed<Person>> {
    let heading = table.span.clone();
    let text = table.take("number").map(|entry| entry.text(problems));
    let spoken = table.take_str("name", problems).map(|text| text.value.trim().to_owned());
    let areas = table.take_list_of_str("areas", problems).unwrap_or_default();
    let trust_answer = read_trust(&mut table, problems);
    let hours = read_own_hours(&mut table, problems);
    let told = problems.len();
    table.finish(problems);
    let mistyped = problems.len() > told;

    let areas = areas.iter().filter_map(|area| read_area(area, around.names, problems)).collect();
    let Some(text) = text else {
        if mistyped {
            return None;
        }
        let name = name.as_ref().map_or("this person", PersonName::as_str);
        problems.push_missing(
            Problem::error(heading, format!("`{name}` has no phone"))
                .hint("add `number = \"+15550101\"`, with `+` and the country's code"),
        );
        return None;
    };
    let text = text?;
    let number = read_number(&text, around.country, problems)?;
    let name = name?;
    let spoken = spoken.filter(|spoken| !spoken.is_empty()).unwrap_or_else(|| capitalised(&name));
    // Who stands in is looked up when everybody is known.
    let person = Person { name, spoken, number, areas, trust_answer, hours, stand_in: None };
    Some(Placed { value: person, span: text.span })
}

fn read_area(area: &Placed<String>, people: &[Placed<String>], problems: &mut Problems) -> Option<AreaName> {
    let canonical = area.value.replace('_', "-");
    if people.iter().any(|person| person.value == canonical) {
        let message = format!("`{canonical}` is a person and an area; a ring could mean either");
        problems.push(Problem::error(area.span.clone(), message));
        return None;
    }
    if let Some(meaning) = reserved(&canonical) {
        let message = format!("`{canonical}` means {meaning}, so no area can have that name");
        problems.push(Problem::error(area.span.clone(), message));
        return None;
    }
    let name = AreaName::parse(&area.value);
    if let Err(error) = &name {
        problems.push(Problem::error(area.span.clone(), error.to_string()));
    }
    name.ok()
}

/// Whether picking up is enough. It takes two keys, because a mobile's voicemail then counts as answering.
fn read_trust(table: &mut Table, problems: &mut Problems) -> bool {
    let accept = table.take_str("accept", problems);
    let trust = table.take_bool("trust-answer", problems);
    let off =
        accept.as_ref().and_then(|text| one_of(text, "accept", &["any-key", "off"], problems)) == Some("off");
    let voicemail = "a mobile's voicemail then counts as a person who answered";
    match (accept, trust) {
        (Some(_), Some(trust)) if off && trust.value => true,
        (Some(text), _) if off => {
            let message = "`accept = \"off\"` needs `trust_answer = true` beside it";
            problems.push(Problem::error(text.span, message).hint(voicemail));
            false
        }
        (_, Some(trust)) if trust.value => {
            let message = "`trust_answer = true` needs `accept = \"off\"` beside it";
            problems.push(Problem::error(trust.span, message).hint(voicemail));
            false
        }
        (_, _) => false,
    }
}

/// `mary-ann` as it is said: `Mary Ann`.
pub(super) fn capitalised(name: &PersonName) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    name.as_str().split('-').map(word).collect::<Vec<_>>().join(" ")
}

/// A number in E.164; anything else is a problem, with the number that was probably meant.
fn read_number(text: &Placed<String>, country: &str, problems: &mut Problems) -> Option<PhoneNumber> {
    let error = match PhoneNumber::parse(&text.value) {
        Ok(number) => return Some(number),
        Err(error) => error,
    };
    let meant = spell(&text.value, country).ok();
    problems.push(
        Problem::error(text.span.clone(), error.to_string())
            .hint("write `+`, the country's code and the number, without blanks")
            .did_you_mean(meant.as_ref().map(PhoneNumber::as_str)),
    );
    None
}

/// Reads `[lines]`; at least one is needed, and none is a person's phone.
pub(super) fn read_lines(
    root: &mut Table,
    country: &str,
    people: &People,
    problems: &mut Problems,
) -> Vec<Line> {
    let sections = root.take_table("lines", problems).map(|mut table| table.take_rest()).unwrap_or_default();
    if sections.is_empty() {
        problems.push_missing(
            Problem::error(0..0, "there is no line for callers to ring")
                .hint("add the number: `[lines.\"+15550100\"]`, and under it `flow = \"front-desk\"`"),
        );
    }
    let mut lines = Vec::with_capacity(sections.len());
    for entry in sections {
        let key = entry.key.clone();
        let number = read_number(&key, country, problems);
        if let Some(person) =
            number.as_ref().and_then(|number| people.people.iter().find(|p| p.number == *number))
        {
            let message = format!("this line is also the phone of `{}`", person.name);
            problems
                .push(Problem::error(key.span, message).hint(
                    "a call would ring itself: give the person the number of a phone, not of the line",
                ));
        }
        let Some(mut table) = entry.table(problems) else {
            continue;
        };
        let flow = table.take_str("flow", problems);
        let owner = table.take_str("owner", problems);
        table.finish(problems);
        let owner = owner.and_then(|owner| people.find("owner", &owner, problems));
        let flow = match &flow {
            Some(text) => read_flow(text, problems),
            None => FlowName::parse(FRONT_DESK).ok(),
        };
        if let (Some(number), Some(flow)) = (number, flow) {
            lines.push(Line { number, flow, owner });
        }
    }
    lines
}

fn read_flow(text: &Placed<String>, problems: &mut Problems) -> Option<FlowName> {
    let flow = FlowName::parse(&text.value);
    if let Err(error) = &flow {
        let bare = text.value.trim_start_matches("ivr-flows/").trim_end_matches(".toml");
        let meant = FlowName::parse(bare).is_ok().then_some(bare);
        problems.push(Problem::error(text.span.clone(), error.to_string()).did_you_mean(meant));
    }
    flow.ok()
}
