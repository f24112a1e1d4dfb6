//! Settings as a whole: the complete example, what holds without a file's word, and where secrets come from.

use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;
use ringback::business::{ClosedOn, Closing, Hours};
use ringback::notation::Style;
use ringback::settings::{self, Environment, Home, LoadError, Notify, OnBadSignature, Secret, Settings};

/// The complete example of the design.
const EXAMPLE: &str = r#"public_url = "https://phone.example.com"     # what signatures are checked against; RINGBACK_PUBLIC_URL wins
listen     = "127.0.0.1:8080"
[business]
name = "Ridge Plumbing"
time_zone = "America/New_York"
language = "en-US"
owner = "ana"                                # default: the first person in this file. Gets what is nobody else's; rung by the safe reply
[hours]                                      # no [hours]: always open. A missing day: closed
monday = ["08:00-12:00", "13:00-17:00"]      # "22:00-02:00" runs over midnight
[[closed_on]]
date = "2026-12-25"                          # or from/to, or yearly = "12-25", or ics = "holidays.ics"
[people.ana]
number = "+15550101"
areas = ["repairs"]                          # also: hours, stand_in
accept = "any-key"                           # or "off" together with trust_answer = true
[lines."+15550100"]
flow = "front-desk"
owner = "ana"
[provider.twilio]
account_sid = "AC…"                          # optional; if set, others get 403
auth_token_file = "twilio-token"             # or RINGBACK_TWILIO_AUTH_TOKEN, or a systemd credential; never required inline
path_secret = ""                             # /twilio/<secret>/voice
on_bad_signature = "reject"
[promise]
within = "1h"                                # of open time
[notify]
command = ["notify-send", "ringback"]        # run after a missed call is durable, JSON on stdin; webhook = "https://…" likewise
[privacy]
keep = "2y"
[store]
journal = "spool.journal"                    # where calls wait while the database cannot be used; best on another disk
"#;

/// As little as will do.
const LEAST: &str = "[people.mary_ann]\nnumber = \"+15550101\"\n[lines.\"+15550100\"]\n";

fn read(text: &str) -> Settings {
    read_in(text, Path::new("/nowhere"), &Environment::default())
}

fn read_in(text: &str, home: &Path, environment: &Environment) -> Settings {
    settings::read("ringback.toml", text, home, environment).unwrap_or_else(|error| panic!("{error}"))
}

fn closed(on: ClosedOn) -> Closing {
    Closing { on, name: None }
}

fn secret(settings: &Settings) -> Option<&str> {
    settings.twilio.auth_token.as_ref().map(Secret::reveal)
}

#[test]
fn the_complete_example_loads() {
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join(settings::FILE), EXAMPLE).expect("a file");
    write_privately(&home.path().join("twilio-token"), "a-token\n");
    let settings = settings::load(home.path(), &Environment::default()).expect("settings");

    assert!(settings.warnings.is_empty(), "{}", settings.warnings);
    assert_eq!(settings.public_url.as_deref(), Some("https://phone.example.com"));
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.keep, Duration::from_secs(2 * 365 * 86_400));
    assert_eq!(settings.journal, Some(home.path().join("spool.journal")));
    assert_eq!(settings.notify, Some(Notify::Command(vec!["notify-send".to_owned(), "ringback".to_owned()])));
    assert_eq!(settings.twilio.account_sid.as_deref(), Some("AC…"));
    assert_eq!(secret(&settings), Some("a-token"));
    assert_eq!(settings.twilio.path_secret, None);
    assert_eq!(settings.twilio.on_bad_signature, OnBadSignature::Reject);

    let business = &settings.business;
    assert_eq!(business.name, "Ridge Plumbing");
    assert_eq!(business.time_zone.iana_name(), Some("America/New_York"));
    assert_eq!(business.owner.as_str(), "ana");
    assert_eq!(business.promise_within, SignedDuration::from_hours(1));
    let Hours::Weekly(week) = &business.hours else { panic!("{:?}", business.hours) };
    assert_eq!(week.each_ref().map(Vec::len), [2, 0, 0, 0, 0, 0, 0]);
    let christmas = "2026-12-25".parse().expect("a date");
    assert_eq!(business.closed_on, [closed(ClosedOn::Dates(christmas, christmas))]);
    let [ana] = business.people.as_slice() else { panic!("{:?}", business.people) };
    assert_eq!((ana.spoken.as_str(), ana.number.as_str(), ana.trust_answer), ("Ana", "+15550101", false));
    let [line] = business.lines.as_slice() else { panic!("{:?}", business.lines) };
    assert_eq!((line.number.as_str(), line.flow.as_str()), ("+15550100", "front-desk"));
    assert_eq!(line.owner.as_ref().map(|owner| owner.as_str()), Some("ana"));
    let names = settings.names(Vec::new());
    assert_eq!((names.people.len(), names.areas[0].as_str()), (1, "repairs"));
}

#[test]
fn callers_are_greeted_by_name_only_where_the_owner_says_so() {
    let greets = |text: &str| read(&format!("{LEAST}{text}")).business.greet_by_name;
    assert!(!greets(""));
    assert!(!greets("\n[callers]\n"));
    assert!(!greets("\n[callers]\ngreet_by_name = false\n"));
    assert!(greets("\n[callers]\ngreet-by-name = true\n"));
}

#[test]
fn everything_but_people_and_lines_has_a_default() {
    let settings = read(LEAST);
    let business = &settings.business;
    assert_eq!(business.owner.as_str(), "mary-ann");
    assert_eq!(business.people[0].spoken, "Mary Ann");
    assert_eq!(business.lines[0].flow.as_str(), "front-desk");
    assert_eq!(business.hours, Hours::Always);
    assert_eq!(business.language, "en-US");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.public_url, None);
    assert_eq!(settings.notify, None);
    assert_eq!(settings.journal_of(&Home::new("/home")), Path::new("/home/ringback.journal"));
    assert_eq!(
        settings.warnings.to_string(),
        "ringback.toml:1:1: warning: the business has no name, so callers hear \"our office\"\n\
         ringback.toml:1:1: warning: there is no `time_zone`, so all hours are in UTC"
    );
}

#[test]
fn a_dash_is_an_underscore_and_one_value_a_list_of_one() {
    let settings = read(
        "public-url = \"https://phone.example.com/\"\n\
         [business]\nname = \"Ridge Plumbing\"\ntime-zone = \"america/new_york\"\n\
         [hours]\nmonday = \"22:00-02:00\"\nsunday = \"closed\"\n\
         [closed-on]\nyearly = \"12-25\"\n\
         [people.mary-ann]\nnumber = \"+15550101\"\nareas = \"new_work\"\naccept = \"off\"\ntrust-answer = true\n\
         [lines.\"+15550100\"]\nflow = \"front_desk\"\nowner = \"mary_ann\"\n\
         [notify]\ncommand = \"notify\"\n",
    );
    assert!(settings.warnings.is_empty(), "{}", settings.warnings);
    assert_eq!(settings.public_url.as_deref(), Some("https://phone.example.com"));
    assert_eq!(settings.business.time_zone.iana_name(), Some("America/New_York"));
    assert_eq!(settings.business.closed_on, [closed(ClosedOn::Yearly(12, 25))]);
    assert!(settings.business.people[0].trust_answer);
    assert_eq!(settings.business.people[0].areas[0].as_str(), "new-work");
    assert_eq!(settings.business.lines[0].owner.as_ref().map(|owner| owner.as_str()), Some("mary-ann"));
    assert_eq!(settings.notify, Some(Notify::Command(vec!["notify".to_owned()])));
}

#[test]
fn a_file_that_is_not_there_is_told_apart_from_one_that_cannot_be_read() {
    let home = tempfile::tempdir().expect("a folder");
    let missing = settings::load(home.path(), &Environment::default());
    assert!(matches!(missing, Err(LoadError::Missing { .. })), "{missing:?}");
    fs::create_dir(home.path().join(settings::FILE)).expect("a folder");
    let unreadable = settings::load(home.path(), &Environment::default());
    assert!(matches!(unreadable, Err(LoadError::Unreadable { .. })), "{unreadable:?}");
}

#[test]
fn the_token_comes_from_the_environment_then_a_credential_then_a_file_then_the_settings() {
    let home = tempfile::tempdir().expect("a folder");
    let credentials = tempfile::tempdir().expect("a folder");
    let file = |text: &str| {
        format!("{LEAST}[business]\nname = \"R\"\ntime_zone = \"UTC\"\n[provider.twilio]\n{text}")
    };
    let inline = file("auth_token = \"inline\"\n");
    let both = file("auth_token = \"inline\"\nauth_token_file = \"twilio-token\"\n");
    write_privately(&home.path().join("twilio-token"), " from-file \r\n");

    let mut environment = Environment::default();
    let settings = read_in(&inline, home.path(), &environment);
    assert_eq!(secret(&settings), Some("inline"));
    let shown = settings.warnings.render(Style::Plain);
    assert!(shown.contains("whoever sees this file sees the token") && !shown.contains("inline"), "{shown}");
    assert_eq!(secret(&read_in(&both, home.path(), &environment)), Some("from-file"));

    environment.credentials = Some(credentials.path().to_owned());
    assert_eq!(secret(&read_in(&both, home.path(), &environment)), Some("from-file"), "no such credential");
    fs::write(credentials.path().join("twilio-auth-token"), "credential\n").expect("a file");
    assert_eq!(secret(&read_in(&both, home.path(), &environment)), Some("credential"));
    assert_eq!(secret(&read_in(LEAST, home.path(), &environment)), Some("credential"));

    environment.twilio_auth_token = Some(Secret::new("environment"));
    assert_eq!(secret(&read_in(&both, home.path(), &environment)), Some("environment"));
}

#[test]
fn a_token_file_that_is_absent_empty_or_open_to_all_is_remarked() {
    let home = tempfile::tempdir().expect("a folder");
    let text = format!("{LEAST}[provider.twilio]\nauth_token_file = \"twilio-token\"\n");
    let path = home.path().join("twilio-token");
    let remarks = |text: &str| read_in(text, home.path(), &Environment::default()).warnings.to_string();
    assert!(remarks(&text).contains("`twilio-token` cannot be read: No such file"), "{}", remarks(&text));
    write_privately(&path, "\n");
    assert!(remarks(&text).contains("`twilio-token` is empty"), "{}", remarks(&text));
    write_privately(&path, "a-token\n");
    assert!(!remarks(&text).contains("twilio-token"), "{}", remarks(&text));
    make_public(&path);
    assert!(
        remarks(&text).contains("everybody on this machine can read `twilio-token`"),
        "{}",
        remarks(&text)
    );
}

#[test]
fn the_address_of_the_environment_wins_and_is_checked() {
    let text = format!("public_url = \"https://phone.example.com\"\n{LEAST}");
    let with = |url: &str| Environment { public_url: Some(url.to_owned()), ..Environment::default() };
    let settings = read_in(&text, Path::new("/nowhere"), &with("https://Other.example.com:8443/"));
    assert_eq!(settings.public_url.as_deref(), Some("https://Other.example.com:8443"));
    let wrong = settings::read("ringback.toml", &text, Path::new("/nowhere"), &with("other.example.com"));
    let Err(LoadError::PublicUrl { url, source }) = wrong else { panic!("{wrong:?}") };
    assert_eq!(
        (url.as_str(), source.to_string().as_str()),
        ("other.example.com", "an address begins with `https://`")
    );
}

#[test]
fn debug_shows_no_secret() {
    let text = format!(
        "{LEAST}[provider.twilio]\nauth_token = \"hidden-1\"\npath_secret = \"hidden-2\"\n\
         [notify]\nwebhook = \"https://push.example.com/hidden-3\"\n"
    );
    let settings = read(&text);
    assert_eq!(settings.twilio.path_secret.as_deref(), Some("hidden-2"));
    assert!(!format!("{settings:?}").contains("hidden"), "{settings:?}");
}

#[test]
fn a_mistyped_key_shows_no_secret_either() {
    for line in ["auth_tokn = \"hidden\"", "token = \"hidden\"", "Auth_Token = \"hidden\""] {
        let text = format!("{LEAST}[provider.twilio]\n{line}\n");
        let error = settings::read("ringback.toml", &text, Path::new("."), &Environment::default());
        let Err(LoadError::Wrong(problems)) = error else { panic!("{line}") };
        let shown = problems.render(Style::Plain);
        assert!(shown.contains("is not a word that is known here") && !shown.contains("hidden"), "{shown}");
    }
}

#[test]
fn eastern_standard_time_all_year_is_hardly_meant() {
    let text = format!("{LEAST}[business]\nname = \"Ridge Plumbing\"\ntime_zone = \"EST\"\n");
    let settings = read(&text);
    let shown = settings.warnings.render(Style::Plain);
    assert!(shown.contains("`EST` has no summer time") && shown.contains("`America/New_York`"), "{shown}");
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
}

#[cfg(unix)]
fn write_privately(path: &Path, text: &str) {
    fs::write(path, text).expect("a file");
    set_mode(path, 0o600);
}

#[cfg(unix)]
fn make_public(path: &Path) {
    set_mode(path, 0o644);
}

/// A house with people who are not all there at once.
const HOUSE: &str = r#"
[business]
name = "Ridge Plumbing"
time_zone = "America/New_York"
[hours]
monday = "08:00-17:00"
[[closed_on]]
on = "fourth thursday of november"
name = "Thanksgiving"
[[closed_on]]
ics = "holidays.ics"
[people.ana]
number = "+15550101"
areas = ["repairs"]
stand_in = "ben"
[people.ben]
number = "+15550102"
hours = { monday = ["08:00-12:00"], saturday = "22:00-06:00" }
stand-in = "mary_ann"
[people.mary-ann]
number = "+15550103"
hours = "always"
[teams]
office = ["ben", "mary_ann"]
night_shift = "mary-ann"
[promise]
within = "2h"
each = "10m"
[lines."+15550100"]
"#;

const HOLIDAYS: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:Christmas Day\r\n\
    DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261226\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn who_is_there_and_when_is_settled_person_by_person() {
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join("holidays.ics"), HOLIDAYS).expect("a file");
    let settings = read_in(HOUSE, home.path(), &Environment::default());
    assert!(settings.warnings.is_empty(), "{}", settings.warnings);
    let business = &settings.business;
    let stand_ins: Vec<_> =
        business.people.iter().map(|person| person.stand_in.as_ref().map(|name| name.as_str())).collect();
    assert_eq!(stand_ins, [Some("ben"), Some("mary-ann"), None]);
    let [ana, ben, mary_ann] = business.people.as_slice() else { panic!("{:?}", business.people) };
    assert_eq!((&ana.hours, &mary_ann.hours), (&None, &Some(Hours::Always)));
    let Some(Hours::Weekly(week)) = &ben.hours else { panic!("{:?}", ben.hours) };
    assert_eq!(week.each_ref().map(Vec::len), [1, 0, 0, 0, 0, 1, 0]);
    let teams: Vec<_> = business.teams.iter().map(|team| (team.name.as_str(), team.people.len())).collect();
    assert_eq!(teams, [("office", 2), ("night-shift", 1)]);
    assert_eq!(settings.names(Vec::new()).teams.len(), 2);
    assert_eq!(business.promise_within, SignedDuration::from_hours(2));
    assert_eq!(business.promise_each, SignedDuration::from_mins(10));
    let name_on = |moment: &str| business.closed_for(moment.parse().expect("a moment"));
    assert_eq!(name_on("2026-11-26T10:00:00-05:00"), Some("Thanksgiving"));
    assert_eq!(name_on("2026-12-25T10:00:00-05:00"), Some("Christmas Day"));
    assert_eq!(name_on("2026-12-26T10:00:00-05:00"), None);
}

#[test]
fn a_calendar_that_is_broken_or_gone_keeps_an_edit_back_and_locks_nobody_out() {
    let home = tempfile::tempdir().expect("a folder");
    let told = |text: Option<&str>| {
        let file = home.path().join("holidays.ics");
        match text {
            Some(text) => fs::write(file, text).expect("a file"),
            None => drop(fs::remove_file(file)),
        }
        let environment = Environment::default();
        let strict = settings::read("ringback.toml", HOUSE, home.path(), &environment);
        let again =
            settings::read_again("ringback.toml", HOUSE, home.path(), &environment).expect("settings");
        let Err(LoadError::Wrong(problems)) = strict else { panic!("it reads") };
        let error = problems.to_string();
        assert_eq!(
            again.warnings.to_string(),
            error.replacen("10: ", "10: warning: ", 1).replacen(":7: ", ":7: warning: ", 1)
        );
        assert_eq!(again.business.closed_on.len(), 1);
        error
    };
    assert_eq!(told(None), "ringback.toml:11:7: there is no `holidays.ics` beside `ringback.toml`");
    let cases = [
        ("", "line 1: the file is empty"),
        ("<html>", "line 1: a calendar begins with `BEGIN:VCALENDAR`"),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:X\n",
            "line 2: `BEGIN:VEVENT` is never ended; the file is cut off",
        ),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n",
            "line 3: `END:VCALENDAR`, but line 2 began with `BEGIN:VEVENT`",
        ),
        ("BEGIN:VCALENDAR\nnonsense\nEND:VCALENDAR\n", "line 2: this is no `NAME:value`"),
    ];
    for (text, why) in cases {
        assert_eq!(told(Some(text)), format!("ringback.toml:11:7: `holidays.ics`, {why}"));
    }
    let large = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", "X-NOTHING:at all\n".repeat(70_000));
    assert!(told(Some(&large)).contains("`holidays.ics` is larger than a megabyte"));
}
