//! `[business]`, `[callers]` and `[promise]`.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::{self, TimeZone, TimeZoneDatabase};

use crate::language::Language;
use crate::notation::{Placed, Problem, Problems, Table, did_you_mean};

/// What `[business]` says.
pub(super) struct About {
    pub(super) name: String,
    pub(super) time_zone: TimeZone,
    /// The zone's name, for the country of phone numbers.
    pub(super) zone_name: String,
    pub(super) language: String,
    /// Named, but not yet looked up among the people.
    pub(super) owner: Option<Placed<String>>,
    /// What is worth saying about keys that are not there, once the rest of the file is right: until then they may
    /// just be mistyped.
    pub(super) absent: Vec<Problem>,
}

/// What callers hear when the business has no name: "you've reached our office".
const NO_NAME: &str = "our office";

/// What to write for the language that callers hear.
const SPOKEN: &str =
    "ringback speaks English, Spanish, French and German, as in `en-US`, `es-MX`, `fr-FR` or `de-DE`";

/// Longer names tire callers.
pub const LONGEST_NAME: usize = 80;

/// Reads `[business]`.
pub(super) fn read(root: &mut Table, problems: &mut Problems) -> About {
    let mut table = root.take_table("business", problems);
    let mut text = |key| table.as_mut().and_then(|table| table.take_str(key, problems));
    let (name, zone) = (text("name"), text("time-zone"));
    let (language, owner) = (text("language"), text("owner"));
    if let Some(table) = table {
        table.finish(problems);
    }
    let mut absent = Vec::new();
    if name.is_none() {
        let message = format!("the business has no name, so callers hear \"{NO_NAME}\"");
        absent.push(Problem::warning(0..0, message).hint("add `name = \"…\"` under `[business]`"));
    }
    if zone.is_none() {
        let hint = "add for example `time_zone = \"America/New_York\"` under `[business]`";
        absent.push(Problem::warning(0..0, "there is no `time_zone`, so all hours are in UTC").hint(hint));
    }
    let zone = zone.and_then(|zone| read_zone(&zone, problems)).unwrap_or(TimeZone::UTC);
    About {
        name: name.map_or_else(|| NO_NAME.to_owned(), |name| read_name(&name, problems)),
        zone_name: zone.iana_name().unwrap_or("UTC").to_owned(),
        time_zone: zone,
        language: language
            .and_then(|language| read_language(&language, problems))
            .unwrap_or_else(|| "en-US".to_owned()),
        owner,
        absent,
    }
}

fn read_name(name: &Placed<String>, problems: &mut Problems) -> String {
    let text = name.value.trim();
    if text.is_empty() || text.chars().count() > LONGEST_NAME || text.chars().any(char::is_control) {
        let message =
            format!("`name` wants what callers hear, in one line of at most {LONGEST_NAME} characters");
        problems.push(Problem::error(name.span.clone(), message));
    }
    text.to_owned()
}

fn read_zone(zone: &Placed<String>, problems: &mut Problems) -> Option<TimeZone> {
    let name = zone.value.trim();
    // Zones of the old American kind that never change their clocks.
    let moving = match name.to_ascii_uppercase().as_str() {
        "EST" => Some("America/New_York"),
        "MST" => Some("America/Denver"),
        _ => None,
    };
    if let Some(moving) = moving {
        let message = format!("`{name}` has no summer time");
        problems.push(Problem::warning(zone.span.clone(), message).did_you_mean(Some(moving)));
    }
    let found = find_zone(name);
    if found.is_none() {
        problems.push(
            Problem::error(zone.span.clone(), format!("there is no time zone `{name}`"))
                .hint("write it like `America/New_York` or `Europe/Berlin`")
                .did_you_mean(nearest_zone(name).as_deref()),
        );
    }
    found
}

/// The zone by the rules of this machine, which its owner keeps up to date, else by those on board.
pub(super) fn find_zone(name: &str) -> Option<TimeZone> {
    let found = tz::db().get(name).or_else(|_| TimeZoneDatabase::bundled().get(name)).ok()?;
    (!found.is_unknown()).then_some(found)
}

/// The zone that was probably meant; often just its city is written.
fn nearest_zone(name: &str) -> Option<String> {
    let known: Vec<String> = TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
    let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let wanted = plain(name);
    let city = |zone: &&String| zone.rsplit('/').next().is_some_and(|city| plain(city) == wanted);
    let near = || did_you_mean(name, known.iter().map(String::as_str)).map(str::to_owned);
    known.iter().filter(|zone| zone.contains('/')).find(city).cloned().or_else(near)
}

fn read_language(language: &Placed<String>, problems: &mut Problems) -> Option<String> {
    let text = language.value.trim().replace('_', "-");
    let mut parts = text.split('-');
    let letters = |part: &str| part.bytes().all(|b| b.is_ascii_alphabetic());
    let main = parts.next().is_some_and(|main| (2..=3).contains(&main.len()) && letters(main));
    let rest =
        parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if !main || !rest {
        let message = format!("`{}` is not a language such as `en-US`", language.value);
        problems.push(Problem::error(language.span.clone(), message).hint(SPOKEN));
        return None;
    }
    if Language::of_tag(&text).is_none() {
        let message = format!("ringback does not speak `{text}`; callers hear its own sentences in English");
        problems.push(Problem::warning(language.span.clone(), message).hint(SPOKEN));
    }
    Some(text)
}

/// Reads `[callers]`: whether callers may be greeted by name.
pub(super) fn read_callers(root: &mut Table, problems: &mut Problems) -> bool {
    let Some(mut table) = root.take_table("callers", problems) else {
        return false;
    };
    let greet_by_name = table.take_bool("greet-by-name", problems);
    table.finish(problems);
    greet_by_name.is_some_and(|said| said.value)
}

/// How soon a call-back is promised.
pub(super) struct Promise {
    /// In how much open time.
    pub(super) within: SignedDuration,
    /// How much open time each call-back on the list takes.
    pub(super) each: SignedDuration,
}

/// Reads `[promise]`.
pub(super) fn read_promise(root: &mut Table, problems: &mut Problems) -> Promise {
    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: Duration = Duration::from_secs(86_400);
    let mut promise = Promise { within: SignedDuration::from_hours(1), each: SignedDuration::from_mins(5) };
    let Some(mut table) = root.take_table("promise", problems) else {
        return promise;
    };
    let (within, each) = (table.take_duration("within", problems), table.take_duration("each", problems));
    table.finish(problems);
    if let Some(within) = within {
        // A number alone is in seconds, and nobody promises seconds.
        if within.value < MINUTE || within.value > 30 * DAY {
            problems.push(
                Problem::error(within.span, "`within` wants a time that you can keep, a minute to 30 days")
                    .hint("write for example `within = \"1h\"`"),
            );
        }
        promise.within = SignedDuration::try_from(within.value).unwrap_or(promise.within);
    }
    if let Some(each) = each {
        if !each.value.is_zero() && each.value < MINUTE || each.value > DAY {
            let message = "`each` wants the time that one call-back takes, a minute to a day";
            let hint = "write for example `each = \"5m\"`, or `\"0m\"` to leave the list out of it";
            problems.push(Problem::error(each.span, message).hint(hint));
        }
        promise.each = SignedDuration::try_from(each.value).unwrap_or(promise.each);
    }
    promise
}
