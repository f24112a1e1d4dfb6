//! Who is there, and what waits for each.

use std::fs;

use ringback::business::Away;
use ringback::clock;
use serde_json::json;

use super::{Shop, ana, assert_tame, minutes};

/// Ana, for whom Ben stands in, and Cleo, who has no hours at all.
pub(super) const SETTINGS: &str = r#"
[business]
name = "Ridge Plumbing"
time_zone = "America/New_York"
[people.ana]
number = "+15550101"
areas = ["repairs"]
stand_in = "ben"
[people.ben]
name = "Benjamin"
number = "+15550102"
[people.cleo]
number = "+15550103"
hours = { monday = [] }
[teams]
office = ["ana", "ben"]
[lines."+15550100"]
"#;

#[test]
fn everybody_is_told_with_what_waits_for_them() {
    let shop = Shop::with_calls();
    fs::write(shop.home().settings(), SETTINGS).unwrap();
    let now = clock::now();
    shop.write(|tx| {
        let away = Away { until: now + minutes(30), reason: Some("at lunch".to_owned()) };
        tx.person_steps_away(&ana(), &away, &ana(), now)?;
        let mut stored = tx.call_back(ringback::call_back::CallBackId(1))?.unwrap();
        let ben = ringback::call::PersonName::parse("ben").unwrap();
        stored.entry.offer =
            Some(ringback::call_back::Offer { to: ben, by: ana(), until: now + minutes(30) });
        tx.save_call_back(&stored)
    });
    assert_tame(&shop.run(&["people"]));
    let run = super::run_of(
        super::command(shop.folder.path(), &["people"]).env("COLUMNS", "120").output().unwrap(),
    );
    assert_eq!(run.code, 0, "{}", run.talked);
    let lines: Vec<Vec<&str>> = run
        .said
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert_eq!(lines[0], ["who", "now", "rings", "for", "waits", "offers"]);
    assert!(lines[1][1].starts_with("away until "), "{}", run.said);
    assert_eq!((lines[1][0], &lines[1][2..]), ("Ana, owner", &["Benjamin", "repairs, office", "2"][..]));
    assert_eq!(lines[2], ["Benjamin (ben)", "there", "Benjamin", "office", "1"]);
    assert_eq!(lines[3], ["Cleo", "off duty", "nobody"]);
    let json = shop.run(&["people", "--json"]).json();
    let ana = &json[0];
    for (field, value) in [
        ("name", json!("ana")),
        ("owner", json!(true)),
        ("on_duty", json!(true)),
        ("there", json!(false)),
        ("away_reason", json!("at lunch")),
        ("stand_in", json!("ben")),
        ("rings", json!("ben")),
        ("areas", json!(["repairs"])),
        ("teams", json!(["office"])),
        ("open", json!(2)),
        ("overdue", json!(0)),
        ("offers", json!(0)),
    ] {
        assert_eq!(ana[field], value, "{field}");
    }
    assert_eq!((&json[1]["offers"], &json[1]["away_until"]), (&json!(1), &json!(null)));
}

#[test]
fn an_absence_of_the_business_is_told_of_everybody() {
    let shop = Shop::new();
    assert_eq!(shop.run(&["people", "--json"]).json()[0]["there"], true, "without a database too");
    assert_eq!(shop.run(&["away", "for", "2h"]).code, 0);
    let run = shop.run(&["people"]);
    assert_eq!(run.said.matches("away").count(), 3, "{}", run.said);
    assert!(run.said.lines().last().unwrap().starts_with("The business is away until "), "{}", run.said);
    let json = shop.run(&["people", "--json"]).json();
    assert!(
        json.as_array().unwrap().iter().all(|person| person["there"] == false && person["rings"].is_null())
    );
    assert!(json[1]["away_until"].is_string());
}
