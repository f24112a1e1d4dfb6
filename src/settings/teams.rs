//! `[teams]`, and who stands in for whom: what must fit between people once all of them are known.

use crate::business::{Person, Team};
use crate::call::{PersonName, TeamName};
use crate::notation::{Entry, Placed, Problem, Problems, Table};

use super::people::{People, reserved};

/// Reads `[teams]`.
pub(super) fn read_teams(root: &mut Table, people: &People, problems: &mut Problems) -> Vec<Team> {
    let entries = root.take_table("teams", problems).map(|mut table| table.take_rest()).unwrap_or_default();
    entries.into_iter().filter_map(|entry| read_team(entry, people, problems)).collect()
}

fn read_team(entry: Entry, people: &People, problems: &mut Problems) -> Option<Team> {
    let key = entry.key.clone();
    let value = entry.value.span.clone();
    let name = read_name(&key, people, problems);
    let written = entry.texts(problems)?;
    if written.is_empty() {
        let message = format!("nobody is in the team `{}`", key.value);
        problems.push(Problem::error(value, message).hint("write people, like `[\"ana\", \"ben\"]`"));
        return None;
    }
    let mut members: Vec<PersonName> = Vec::with_capacity(written.len());
    for member in &written {
        let Some(person) = people.find(&key.value, member, problems) else { continue };
        if members.contains(&person) {
            let message = format!("`{person}` is in the team `{}` twice", key.value);
            problems.push(Problem::error(member.span.clone(), message).hint("take one of them out"));
            continue;
        }
        members.push(person);
    }
    Some(Team { name: name?, people: members })
}

fn read_name(key: &Placed<String>, people: &People, problems: &mut Problems) -> Option<TeamName> {
    let is_person = people.names.iter().any(|person| person.value == key.value);
    let is_area =
        people.people.iter().flat_map(|person| &person.areas).any(|area| area.as_str() == key.value);
    let message = match (is_person, is_area) {
        (true, _) => format!("`{}` is a person and a team; a ring could mean either", key.value),
        (false, true) => format!("`{}` is an area and a team; a ring could mean either", key.value),
        (false, false) => match (reserved(&key.value), TeamName::parse(&key.value)) {
            (Some(meaning), _) => format!("`{}` means {meaning}, so no team can have that name", key.value),
            (None, Ok(name)) => return Some(name),
            (None, Err(error)) => error.to_string(),
        },
    };
    problems.push(Problem::error(key.span.clone(), message));
    None
}

/// Looks up who stands in for whom. `named` is what stands in each person's section.
pub(super) fn stand_in(
    mut people: People,
    named: &[(PersonName, Placed<String>)],
    problems: &mut Problems,
) -> Vec<Person> {
    for (name, text) in named {
        if text.value.replace('_', "-") == name.as_str() {
            let message = format!("`{name}` cannot stand in for `{name}`");
            problems.push(Problem::error(text.span.clone(), message).hint("name somebody else"));
            continue;
        }
        let found = people.find("stand_in", text, problems);
        if let Some(person) = people.people.iter_mut().find(|person| person.name == *name) {
            person.stand_in = found;
        }
    }
    for (name, text) in named {
        let Some(circle) = circle_from(name, &people.people) else { continue };
        // One message per circle, at whoever of it comes first in the file.
        let first = people.people.iter().find(|person| circle.contains(&person.name));
        if first.is_none_or(|first| first.name != *name) {
            continue;
        }
        let quoted: Vec<String> = circle.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("{} stand in for each other in a circle", listed(&quoted));
        problems
            .push(Problem::error(text.span.clone(), message).hint("leave `stand_in` out for one of them"));
    }
    people.people
}

/// The people from `first` on who stand in for one another, if that leads back to `first`.
fn circle_from(first: &PersonName, people: &[Person]) -> Option<Vec<PersonName>> {
    let stands_in = |name: &PersonName| people.iter().find(|person| person.name == *name)?.stand_in.clone();
    let mut circle = vec![first.clone()];
    let mut next = stands_in(first)?;
    while next != *first {
        if circle.contains(&next) {
            return None;
        }
        circle.push(next.clone());
        next = stands_in(&next)?;
    }
    Some(circle)
}

/// `a`, `b` and `c`.
fn listed(names: &[String]) -> String {
    match names {
        [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        names => names.concat(),
    }
}
