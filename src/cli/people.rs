//! `ringback people`: who takes calls here, who is there at this moment, and what each has on the list.

use anstyle::{AnsiColor, Style};

use crate::business::{Absences, Business, Person};
use crate::settings::Home;
use crate::store::{PersonShape, StoredCallBack, rfc3339};

use super::failure::Failure;
use super::output::{show, show_json, wrap};
use super::shop::Shop;
use super::table::{Cell, Column, Table};
use super::when::Look;

const EXAMPLES: &str = "\
`rings` is whose phone rings when it is their turn: theirs, or that of whoever
stands in. `waits` are the open call-backs that are theirs, and how many of
them are late; `offers` are those that somebody asks them to take. People,
hours and areas stand in `ringback.toml`.

Examples:
  ringback people
  ringback people --json | jq '.[] | select(.there) | .name'";

/// Show who takes calls, who is there now, and what waits for each
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Print JSON for other programs
    #[arg(long)]
    json: bool,
}

/// Shows everybody in the order of the settings.
pub(super) fn run(args: &Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let (business, look) = (&shop.settings.business, &shop.look);
    let known = shop.read(|tx| Ok((tx.absences(look.now)?, tx.call_backs(false)?)))?;
    let (absences, entries) = known.unwrap_or_default();
    let people: Vec<PersonShape> =
        business.people.iter().map(|person| shape(person, (business, &absences), &entries, look)).collect();
    if args.json {
        return show_json(&people);
    }
    let mut table = Table::new([
        Column::giving_way("who", 8),
        Column::giving_way_last("now", 10),
        Column::giving_way("rings", 5),
        Column::giving_way("for", 8),
        Column::whole("waits"),
        Column::number("offers"),
    ]);
    for (person, shape) in business.people.iter().zip(&people) {
        table.push(row((person, shape), (business, &absences), look));
    }
    show(&table.render(look.width))?;
    match absences.of_business(look.now) {
        Some(away) => {
            show(&wrap(&format!("The business is away until {}.", look.at(away.until)), look.width, 0))
        }
        None => Ok(()),
    }
}

fn shape(
    person: &Person,
    (business, absences): (&Business, &Absences),
    entries: &[StoredCallBack],
    look: &Look,
) -> PersonShape {
    let now = look.now;
    let own = absences.of_person(&person.name, now).into_iter();
    let away = own.chain(absences.of_business(now)).max_by_key(|away| away.until);
    let theirs = || entries.iter().map(|stored| &stored.entry).filter(|entry| entry.owner == person.name);
    let offered = entries.iter().filter_map(|stored| stored.entry.offer_at(now));
    let teams = business.teams.iter().filter(|team| team.people.contains(&person.name));
    PersonShape {
        name: person.name.to_string(),
        spoken: person.spoken.clone(),
        number: person.number.to_string(),
        owner: business.owner == person.name,
        on_duty: business.is_on_duty(person, now),
        there: business.is_there(person, now, absences),
        away_until: away.map(|away| rfc3339(away.until, &look.zone)),
        away_reason: away.and_then(|away| away.reason.clone()),
        stand_in: person.stand_in.as_ref().map(ToString::to_string),
        rings: business.in_place_of(person, now, absences).map(|rung| rung.name.to_string()),
        areas: person.areas.iter().map(ToString::to_string).collect(),
        teams: teams.map(|team| team.name.to_string()).collect(),
        open: theirs().count(),
        overdue: theirs().filter(|entry| entry.is_late(now)).count(),
        offers: offered.filter(|offer| offer.to == person.name).count(),
    }
}

fn row(
    (person, shape): (&Person, &PersonShape),
    (business, absences): (&Business, &Absences),
    look: &Look,
) -> [Cell; 6] {
    let mut called = person.spoken.clone();
    // What is typed, where it is another word.
    if !person.spoken.eq_ignore_ascii_case(person.name.as_str()) {
        called.push_str(&format!(" ({})", person.name));
    }
    if shape.owner {
        called.push_str(", owner");
    }
    let waits = match (shape.open, shape.overdue) {
        (0, _) => String::new(),
        (open, 0) => open.to_string(),
        (open, late) => format!("{open}, {late} late"),
    };
    let offers = if shape.offers > 0 { shape.offers.to_string() } else { String::new() };
    let (now, style) = match absences.of_person(&person.name, look.now) {
        Some(away) => (format!("away until {}", look.at(away.until)), AnsiColor::Yellow.on_default()),
        None if shape.there => ("there".to_owned(), AnsiColor::Green.on_default()),
        None if absences.of_business(look.now).is_some() => {
            ("away".to_owned(), AnsiColor::Yellow.on_default())
        }
        None => ("off duty".to_owned(), Style::new().dimmed()),
    };
    let rings = business.in_place_of(person, look.now, absences);
    [
        Cell::of(called),
        Cell::of(now).styled(style),
        Cell::of(rings.map_or("nobody", |rung| rung.spoken.as_str())),
        Cell::of([shape.areas.as_slice(), shape.teams.as_slice()].concat().join(", ")),
        Cell::of(waits),
        Cell::of(offers),
    ]
}
