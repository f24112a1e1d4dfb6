//! `ringback init`: a business of one's own, in this folder.

mod put_back;

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::business::Hours;
use crate::call::{AreaName, FlowName, PhoneNumber};
use crate::flow::{self, Then};
use crate::notation::did_you_mean;
use crate::settings::{self, Answers, Environment, Home, NewPerson};
use crate::switchboard::SHIPPED;

use super::backup::unwritable;
use super::check;
use super::failure::{Failure, lost_settings};
use super::output::{remark, show};
use super::week;

const EXAMPLES: &str = "\
Writes `ringback.toml` with a comment to every line, and flows that fit it.
On a terminal it asks for what is not given; with `--yes` it asks nothing.

Examples:
  ringback init --business \"Ridge Plumbing\" --time-zone America/New_York \\
    --line +15550100 --person Ana=+15550101 --hours \"mon-fri 09:00-17:00\" --yes
  ringback init --flow restaurant
  ringback init --put-back";

/// What is written into a new `ivr-flows/` beside the flow.
const BESIDE: [(&str, &str); 2] = [
    ("README.md", include_str!("../../../ivr-flows/README.md")),
    (".schema/flow.schema.json", include_str!("../../../ivr-flows/.schema/flow.schema.json")),
];

/// Set up a business in this folder
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What callers hear as the business's name
    #[arg(long, value_name = "NAME")]
    pub business: Option<String>,
    /// The time zone in which its hours are meant, like `America/New_York`
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// A number that callers ring; may be given several times
    #[arg(long = "line", value_name = "NUMBER")]
    pub lines: Vec<String>,
    /// Somebody who takes calls, with the phone to ring; may be given several times
    #[arg(long = "person", value_name = "NAME=NUMBER")]
    pub people: Vec<String>,
    /// When somebody is there: `always`, or `mon-fri 09:00-17:00`
    #[arg(long, value_name = "HOURS")]
    pub hours: Option<String>,
    /// The flow to begin with: `front-desk`, or another of those that ringback brings
    #[arg(long, value_name = "FLOW", default_value = "front-desk", value_parser = shipped)]
    pub flow: (FlowName, &'static str),
    /// Ask nothing
    #[arg(long, short)]
    pub yes: bool,
    /// Write lost settings and flows again, as they were live last
    #[arg(long, conflicts_with_all = ["business", "time_zone", "lines", "people", "hours", "flow", "yes"])]
    pub put_back: bool,
}

/// Sets up a business.
pub fn run(args: Args, home: &Home) -> Result<(), Failure> {
    if args.put_back {
        return put_back::run(home);
    }
    if home.settings().exists() {
        let there = Failure::could_not(format!(
            "`{}` is there already, and was left alone",
            home.settings().display()
        ));
        return Err(
            there.hint("edit it, then run `ringback check`; or choose another folder with `--home DIR`")
        );
    }
    if home.database().exists() {
        remark(&format!(
            "There is a database here: its calls stay, and only settings and a flow are made. If the settings were lost: \
             {}.",
            lost_settings(home)
        ));
    }
    let mut input = io::stdin().lock();
    let silent = args.yes || !io::stdin().is_terminal();
    let flow = args.flow.clone();
    let answers = Talk { silent, input: &mut input }.all(args, home)?;
    let settings = settings::render(&answers);
    // Whatever the questions let through: nothing is written that `check` would refuse.
    settings::read(settings::FILE, &settings, home.folder(), &Environment::default()).map_err(|error| {
        Failure::wrong_usage("the answers do not fit, and nothing was written").because(&error)
    })?;
    write_home(home, &settings, flow)?;
    remark(&format!("{}: {}", answers.business, week::in_words(&answers.hours)));
    check::run(check::Args::default(), home)?;
    remark(&format!(
        "Next: put your provider's key and your public address in place (`ringback.toml` says where), \
         then `ringback serve`. To hear the line first: `ringback rehearse {}`",
        answers.flow
    ));
    Ok(())
}

/// An option's name, the question for it, and what a mere return key means.
type Question = (&'static str, &'static str, Option<&'static str>);

const BUSINESS: Question = ("--business", "What is your business called?", None);
const TIME_ZONE: Question = ("--time-zone", "In which time zone are you?", Some("America/New_York"));
const LINE: Question = ("--line", "Which number do callers ring?", None);
const PERSON: Question = ("--person", "Who takes calls, and on which phone? (Ana=+15550101)", None);
const HOURS: Question =
    ("--hours", "When is somebody there? (always, or mon-fri 09:00-17:00)", Some("always"));

struct Talk<'a> {
    silent: bool,
    input: &'a mut dyn BufRead,
}

impl Talk<'_> {
    /// Takes what was given and asks for the rest, where somebody can be asked.
    fn all(&mut self, args: Args, home: &Home) -> Result<Answers, Failure> {
        let business = self.one(args.business, BUSINESS, business)?;
        let time_zone = self.one(args.time_zone, TIME_ZONE, time_zone)?;
        let country = settings::country(&time_zone, "en-US");
        let lines = self.several(args.lines, LINE, |text, lines| line(text, &country, lines))?;
        let people = self.several(args.people, PERSON, |text, people| {
            let person = person(text, &country)?;
            fits(&person, people, &lines).map(|()| person)
        })?;
        let hours = self.one(args.hours.or(args.yes.then(|| "always".to_owned())), HOURS, hours)?;
        let (flow, text) = args.flow;
        let areas = areas_in(home, (&flow, text));
        Ok(Answers { business, time_zone, hours, people, areas, lines, flow })
    }

    fn one<T>(
        &mut self,
        given: Option<String>,
        question: Question,
        read: impl Fn(&str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match given {
            Some(text) => read(text.trim()),
            None if self.silent => Err(missing(question.0)),
            None => self.until_understood(question, read),
        }
    }

    /// Every answer is read with those before it in view.
    fn several<T>(
        &mut self,
        given: Vec<String>,
        question: Question,
        read: impl Fn(&str, &[T]) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        if !given.is_empty() {
            for text in given {
                all.push(read(text.trim(), &all)?);
            }
            return Ok(all);
        }
        if self.silent {
            return Err(missing(question.0));
        }
        all.push(self.until_understood(question, |text| read(text, &[]))?);
        while let Some(text) = self.question(("", "Another one? (return for no)", None))? {
            match read(&text, &all) {
                Ok(one) => all.push(one),
                Err(failure) => drop(failure.print()),
            }
        }
        Ok(all)
    }

    fn until_understood<T>(
        &mut self,
        question: Question,
        read: impl Fn(&str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        loop {
            let Some(text) = self.question(question)? else {
                remark("An answer is needed here; Ctrl-C leaves, and nothing is written.");
                continue;
            };
            match read(&text) {
                Ok(answer) => return Ok(answer),
                Err(failure) => drop(failure.print()),
            }
        }
    }

    /// Asks, and gives what was typed; `None` for nothing.
    fn question(&mut self, (_, question, usual): Question) -> Result<Option<String>, Failure> {
        let gone = |error: io::Error| Failure::could_not("nobody answers").because(&error);
        let usual_shown = usual.map_or_else(String::new, |usual| format!(" [{usual}]"));
        anstream::eprint!("{question}{usual_shown} ");
        io::stderr().flush().map_err(gone)?;
        let mut line = String::new();
        if self.input.read_line(&mut line).map_err(gone)? == 0 {
            // The question's line is still open.
            anstream::eprintln!();
            return Err(Failure::could_not("the questions were not answered, and nothing was written"));
        }
        let text = line.trim();
        Ok(if text.is_empty() { usual.map(str::to_owned) } else { Some(text.to_owned()) })
    }
}

/// The areas that flows of this home speak of already; without somebody for them they could not go live.
fn areas_in(home: &Home, (any, new): (&FlowName, &str)) -> Vec<AreaName> {
    let mut areas = BTreeSet::new();
    let files = fs::read_dir(home.flows()).into_iter().flatten().flatten();
    let there = files.filter_map(|file| fs::read_to_string(file.path()).ok());
    for text in there.chain([new.to_owned()]) {
        // What is no flow, or has mistakes, is for `check` to tell.
        let Ok((flow, _)) = flow::load(any.clone(), "", &text, None) else { continue };
        for step in flow.steps {
            areas.extend(step.area);
            if let Then::Press(menu) = step.then {
                areas.extend(menu.choices.into_iter().filter_map(|choice| choice.area));
            }
        }
    }
    areas.into_iter().collect()
}

/// A flow that ringback brings.
fn shipped(name: &str) -> Result<(FlowName, &'static str), String> {
    let all = || SHIPPED.iter().map(|(name, _)| *name);
    let Some((name, text)) = SHIPPED.into_iter().find(|(known, _)| *known == name) else {
        let names = all().collect::<Vec<_>>().join(", ");
        let near = did_you_mean(name, all()).map(|near| format!("did you mean `{near}`? "));
        return Err(format!("{}there are {names}", near.unwrap_or_default()));
    };
    FlowName::parse(name).map(|name| (name, text)).map_err(|error| error.to_string())
}

fn missing(option: &str) -> Failure {
    Failure::wrong_usage(format!("`{option}` is missing")).hint("`ringback init --help` shows an example")
}

fn business(text: &str) -> Result<String, Failure> {
    if text.is_empty() {
        return Err(Failure::wrong_usage("the business has no name")
            .hint("write what callers hear, like `Ridge Plumbing`"));
    }
    if text.chars().count() > settings::LONGEST_NAME {
        let failure = Failure::wrong_usage("the business's name is too long to be listened to");
        return Err(
            failure.hint(format!("callers hear all of it: at most {} letters", settings::LONGEST_NAME))
        );
    }
    Ok(text.to_owned())
}

fn time_zone(text: &str) -> Result<String, Failure> {
    if settings::time_zone(text).is_some() {
        return Ok(text.to_owned());
    }
    let failure = Failure::wrong_usage(format!("there is no time zone `{text}`"));
    let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    match did_you_mean(text, known.iter().map(String::as_str)) {
        Some(near) => Err(failure.hint(format!("did you mean `{near}`?"))),
        None => Err(failure.hint("zones are written like `America/New_York` or `Europe/Berlin`")),
    }
}

fn number(text: &str, country: &str) -> Result<PhoneNumber, Failure> {
    settings::spell(text, country).map_err(|error| {
        Failure::wrong_usage(error.to_string())
            .hint("write it with `+` and the country's code, like `+15550100`")
    })
}

fn line(text: &str, country: &str, lines: &[PhoneNumber]) -> Result<PhoneNumber, Failure> {
    let line = number(text, country)?;
    if lines.contains(&line) {
        return Err(Failure::wrong_usage(format!("the line `{line}` is there already")));
    }
    Ok(line)
}

fn person(text: &str, country: &str) -> Result<NewPerson, Failure> {
    let hint = "write it like `Ana=+15550101`";
    let Some((name, phone)) = text.split_once('=') else {
        let failure = Failure::wrong_usage(format!("`{text}` does not say who and on which phone"));
        return Err(failure.hint(hint));
    };
    let name = name.trim();
    if name.is_empty() {
        return Err(Failure::wrong_usage(format!("`{text}` has no name")).hint(hint));
    }
    if settings::plain_word(name).is_none() {
        let failure = Failure::wrong_usage(format!("flows cannot call anybody by the name `{name}`"));
        return Err(failure.hint(
            "write it with letters from a to z here, and not as `on-duty` or `last-person`, which flows know \
             already; how it is said is `name = \"…\"` in `ringback.toml`",
        ));
    }
    Ok(NewPerson { name: capitalised(name), number: number(phone.trim(), country)? })
}

/// Whether somebody can be added to the others.
fn fits(person: &NewPerson, people: &[NewPerson], lines: &[PhoneNumber]) -> Result<(), Failure> {
    let NewPerson { name, number } = person;
    if people.iter().any(|other| settings::plain_word(&other.name) == settings::plain_word(name)) {
        let failure = Failure::wrong_usage(format!("there is somebody called `{name}` already"));
        return Err(failure.hint(format!("tell them apart, like `{name} Lee={number}`")));
    }
    if let Some(other) = people.iter().find(|other| other.number == *number) {
        let failure = Failure::wrong_usage(format!("`{name}` and `{}` have the same number", other.name));
        return Err(failure.hint("one phone is one person"));
    }
    if lines.contains(number) {
        let failure = Failure::wrong_usage(format!("`{number}` is the line that callers ring"));
        return Err(
            failure.hint(format!("give the phone on which {name} picks up; a call would ring itself"))
        );
    }
    Ok(())
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn hours(text: &str) -> Result<Hours, Failure> {
    settings::parse_hours(text).map_err(|error| {
        let failure =
            Failure::wrong_usage(format!("`{text}` does not say when somebody is there")).because(&error);
        failure.hint(error.hint())
    })
}

/// The settings come last: a home is set up when they are there.
fn write_home(home: &Home, settings: &str, (flow, text): (FlowName, &str)) -> Result<(), Failure> {
    write_beside(home)?;
    write_new(&home.flows().join(format!("{flow}.toml")), text)?;
    write_new(&home.settings(), settings)?;
    show(&format!("wrote {} and {}\n", home.settings().display(), home.flows().display()))
}

/// What explains flows, and helps editors with them.
fn write_beside(home: &Home) -> Result<(), Failure> {
    let folder = home.flows().join(".schema");
    fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
    BESIDE.into_iter().try_for_each(|(file, text)| write_new(&home.flows().join(file), text).map(drop))
}

/// Writes a file that only its owner reads, whole or not at all; `false` where there is one, which is left alone.
fn write_new(path: &Path, text: &str) -> Result<bool, Failure> {
    if path.exists() {
        return Ok(false);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part);
    let written = made.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    let named = written.and_then(|()| fs::rename(&part, path));
    named.map(|()| true).map_err(|error| {
        let _ = fs::remove_file(&part);
        unwritable(path, &error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(people: &[&str]) -> Args {
        Args {
            business: Some("Ridge Plumbing".to_owned()),
            time_zone: Some("America/New_York".to_owned()),
            lines: vec!["+15550100".to_owned()],
            people: people.iter().map(|person| (*person).to_owned()).collect(),
            hours: Some("mon-fri 09:00-17:00".to_owned()),
            flow: shipped("front-desk").unwrap(),
            yes: true,
            put_back: false,
        }
    }

    /// What stops it, in a home in which nothing may be written then.
    fn refused(args: Args) -> String {
        let folder = tempfile::tempdir().unwrap();
        let failure = run(args, &Home::new(folder.path())).unwrap_err().to_string();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{failure}");
        failure
    }

    #[test]
    fn what_check_would_refuse_is_not_written() {
        let people: [(&[&str], &str); 7] = [
            (&["Ana=+15550101", "ana=+15550102"], "there is somebody called `Ana` already"),
            (&["Ana=+15550101", "Ben=+15550101"], "`Ben` and `Ana` have the same number"),
            (&["Ana=+15550100"], "`+15550100` is the line that callers ring"),
            (&["=+15550101"], "`=+15550101` has no name"),
            (&["李=+15550101"], "flows cannot call anybody by the name `李`"),
            (&["Ana"], "`Ana` does not say who and on which phone"),
            (&[], "`--person` is missing"),
        ];
        for (people, expected) in people {
            let failure = refused(args(people));
            assert!(failure.starts_with(&format!("error: {expected}\n")), "{failure}");
        }
        let ana = || args(&["Ana=+15550101"]);
        let nameless = refused(Args { business: Some(" ".to_owned()), ..ana() });
        assert!(nameless.starts_with("error: the business has no name\n"), "{nameless}");
        let long = refused(Args { business: Some("x".repeat(200)), ..ana() });
        assert!(long.contains("too long"), "{long}");
        let control = refused(Args { business: Some("Ridge\u{7}Plumbing".to_owned()), ..ana() });
        assert!(control.starts_with("error: the answers do not fit, and nothing was written\n"), "{control}");
        let night = refused(Args { hours: Some("Mon-Fri 9-5".to_owned()), ..ana() });
        assert!(night.ends_with("hint: write `09:00-17:00`; over midnight: `21:00-05:00`\n"), "{night}");
    }

    #[test]
    fn a_question_is_asked_again_until_the_answer_can_be_written() {
        let typed = "\nRidge Plumbing\n\n+15550100\n+15550100\n\nAna=+15550100\nAna=+15550101\n\nMon-Fri 9-5\nmon-fri 9-17\n";
        let mut input = typed.as_bytes();
        let mut talk = Talk { silent: false, input: &mut input };
        let nothing =
            Args { business: None, time_zone: None, lines: vec![], hours: None, yes: false, ..args(&[]) };
        let answers = talk.all(nothing, &Home::new("/nowhere")).unwrap();
        assert_eq!(answers.business, "Ridge Plumbing");
        assert_eq!(answers.time_zone, "America/New_York");
        assert_eq!((answers.lines.len(), answers.people.len()), (1, 1));
        assert_eq!(week::in_words(&answers.hours), "open Monday to Friday 9 a.m. to 5 p.m.");
        assert!(input.is_empty());
    }
}
