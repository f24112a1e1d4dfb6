//! The limits of friendliness: the verdicts on the example prompts, and for each rule a flow that passes, one that is
//! warned of and one that is not let live.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::time;
use ringback::business::{Business, DayRange, Hours};
use ringback::call::FlowName;
use ringback::flow::{self, Flow};
use ringback::language::{Language, Rate};
use ringback::lint::{Limits, Report, Subject, lint, text, whisper};
use ringback::notation::Level;
use ringback::walk::Moments;

use crate::flow_mistakes::names;
use crate::ridge;

/// A small flow without a fault.
pub(crate) const GOOD: &str = r#"
[start]
closed = "closed"
open   = "hello"

[step.hello]
say     = "Hi, you've reached {business}."
press.1 = { offer = "for a repair", go = "phones" }
press.2 = { offer = "leave a message", go = "message" }
silence = "phones"

[step.phones]
ring = "on-duty"
for  = "20s"
go   = "message"

[step.message]
message = "Leave a message and we'll call back {promise}."

[step.closed]
say     = "{business}. We're open again {opens}."
press.1 = { offer = "have us call you {promise}", go = "call-me" }
silence = "message"

[step.call-me]
call-back = true
"#;

fn load(source: &str) -> Flow {
    let name = FlowName::parse("test").expect("a name");
    match flow::load(name, "test.toml", source, Some(&names())) {
        Ok((flow, _)) => flow,
        Err(problems) => panic!("{problems}\n{source}"),
    }
}

fn judged(source: &str, business: &Business, limits: &Limits) -> Report {
    let flow = load(source);
    let moments = Moments::of(business, ridge::local(business, "2026-11-18 10:00"));
    let audio = |_: &str| Some(Duration::from_secs(61));
    lint(&Subject { flow: &flow, business, moments: &moments, limits, audio: &audio })
}

fn verdicts(report: &Report) -> Vec<String> {
    let word = |level| if level == Level::Error { "error" } else { "warn" };
    report.findings.iter().map(|finding| format!("{} {}", finding.rule, word(finding.level))).collect()
}

fn told(source: &str) -> Vec<String> {
    verdicts(&judged(source, &ridge::business(), &Limits::default()))
}

/// [`GOOD`] with something else in it.
fn with(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replacen(from, to, 1)
}

/// A menu that explains its keys in its own words.
fn menu(prompt: &str, keys: &str) -> String {
    let keys: String = keys.chars().map(|key| format!("press.{key} = \"message\"\n")).collect();
    let hello = "say     = \"Hi, you've reached {business}.\"\npress.1 = { offer = \"for a repair\", go = \"phones\" }\n\
                 press.2 = { offer = \"leave a message\", go = \"message\" }\n";
    with(hello, &format!("say = {prompt:?}\n{keys}"))
}

#[test]
fn the_example_prompts_get_the_verdicts_printed_beside_them() {
    let menus: [(&str, &str, &[&str]); 5] = [
        (
            "Hi, you've reached Acme Plumbing. For a repair, press 1. For billing, press 2. \
             Or stay on the line and we'll pick up.",
            "12",
            &[],
        ),
        (
            "Acme Plumbing. For repairs, press 1. For new installations, press 2. For billing, press 3. \
             For parts, press 4. For jobs with us, press 5. For everything else, press 6. For a person, press 0.",
            "123456",
            &["L1 warn", "L4 warn", "L10 warn"],
        ),
        (
            "Thank you for calling Acme Plumbing, your trusted partner for quality service. Please listen \
             carefully, as our options have changed. For repairs, press 1. For billing, press 2.",
            "12",
            &["L3 warn", "L14 warn", "L14 warn"],
        ),
        (
            "Acme Plumbing. Press 1 for repairs, press 2 for billing, press 4 for opening hours.",
            "124",
            &["L6 warn", "L6 warn", "L6 warn", "L7 warn"],
        ),
        ("Press 1 to hear this menu in English, or press 2.", "12", &["L6 warn", "L13 error"]),
    ];
    for (prompt, keys, expected) in menus {
        assert_eq!(told(&menu(prompt, keys)), expected, "{prompt}");
    }
    // "L4 warn by the character model only".
    let (rate, third) = (Rate::default(), menus[2].0);
    assert!(rate.time_by_characters(third) > Duration::from_secs(12));

    let invalid = text("Invalid entry. Please try again.", Language::English, false);
    let [finding] = &invalid[..] else { panic!("{invalid:?}") };
    assert_eq!((finding.rule.to_string().as_str(), finding.level), ("L15", Level::Warning));
    assert_eq!(finding.hint.as_deref(), Some("better: \"Sorry, I didn't get that.\""));

    let closed = "say     = \"{business}. We're open again {opens}.\"\n\
                  press.1 = { offer = \"have us call you {promise}\", go = \"call-me\" }\nsilence = \"message\"\n";
    let kind = "say = \"We're closed, and back tomorrow at eight. To have us call you by nine, press 1. To leave a \
                message, stay on the line.\"\npress.1 = \"call-me\"\nsilence = \"message\"\n";
    assert_eq!(told(&with(closed, kind)), Vec::<String>::new());
    let mut late = ridge::business();
    let ten_to_six = DayRange { from: time(10, 0, 0, 0), to: time(18, 0, 0, 0) };
    late.hours = Hours::Weekly(std::array::from_fn(|_| vec![ten_to_six]));
    let report = judged(&with(closed, kind), &late, &Limits::default());
    assert_eq!(verdicts(&report), ["L23 error"], "nine is not within the hours");
    let away = "goodbye = \"Our office is closed. Please call again during business hours. Goodbye.\"\n";
    let unkind = with(closed, away).replace("[step.call-me]\ncall-back = true\n", "");
    assert_eq!(told(&unkind), ["L22 error"]);

    let invite = |words: &str| with("Leave a message and we'll call back {promise}.", words);
    assert_eq!(
        told(&invite("Sorry we missed you. Leave a message and we'll call back by nine.")),
        Vec::<String>::new()
    );
    let long = "Please leave your name, your number, the time you called and a short message after the tone, and we \
                will get back to you.";
    assert_eq!(told(&invite(long)), ["L21 warn"]);

    let limits = Limits::default();
    assert_eq!(whisper("Acme call. Press any key to take it.", &limits), None);
    let staff = "You have an incoming call for Acme Plumbing from a customer. To accept this call, press any key. To \
                 decline, hang up.";
    assert_eq!(whisper(staff, &limits).map(|finding| finding.level), Some(Level::Error));
}

#[test]
fn the_good_flow_is_good_and_its_figures_are_right() {
    let report = judged(GOOD, &ridge::business(), &Limits::default());
    assert_eq!(verdicts(&report), Vec::<String>::new());
    let summary = report.summary;
    // "Ridge Plumbing. We're open again on Monday at 8 a.m.": eleven words.
    assert_eq!(summary.first_choice.map(|time| time.as_millis()), Some(370 + 11 * 395));
    assert_eq!(summary.person.map(|worst| worst.keys), Some(1));
    assert_eq!(summary.call_back.map(|worst| worst.keys), Some(3), "a withheld number is typed");
}

/// So many words.
fn words(count: usize) -> String {
    vec!["hello"; count].join(" ")
}

#[test]
fn each_rule_has_its_limits() {
    let hello = "Hi, you've reached {business}.";
    let key_2 = "press.2 = { offer = \"leave a message\", go = \"message\" }\n";
    let more_keys = |most: u32| {
        let more: String = (3..=most)
            .map(|key| format!("press.{key} = {{ offer = \"for a\", go = \"message\" }}\n"))
            .collect();
        with(key_2, &format!("{key_2}{more}")).replace(hello, "{business}.").replace("for a repair", "for b")
    };
    let deep = |levels: usize| {
        let below: String = (1..=levels)
            .map(|level| {
                let go = if level == levels { "message".to_owned() } else { format!("below{}", level + 1) };
                format!("[step.below{level}]\npress.1 = {{ offer = \"for a\", go = \"{go}\" }}\nsilence = \"message\"\n")
            })
            .collect();
        let first = if levels == 0 { "message" } else { "below1" };
        with("go = \"message\" }", &format!("go = \"{first}\" }}")) + &below
    };
    let asked = |rest: &str| {
        let ask = format!("[step.job]\nask = \"Which job is it?\"\nas = \"job\"\n{rest}go = \"message\"\n");
        with("go = \"message\" }", "go = \"job\" }") + &ask
    };
    let rung = |for_: &str| {
        with("ring = \"on-duty\"\nfor  = \"20s\"", &format!("ring-in-turn = \"on-duty\"\nfor = \"{for_}\""))
    };
    let four_in_words = "For a, press 1. For b, press 2. For c, press 3. For d, press 4.";
    let cases: [(&str, String, &[&str]); 39] = [
        ("four choices", more_keys(4), &[]),
        ("five choices", more_keys(5), &["L1 warn", "L4 warn"]),
        ("seven choices", more_keys(7), &["L1 error", "L4 warn"]),
        ("one menu", deep(0), &[]),
        ("two menus in a row", deep(1), &["L2 warn"]),
        ("three menus in a row", deep(2), &["L2 error", "L2 warn"]),
        ("eleven words", with(hello, &format!("{}.", words(11))), &[]),
        ("twelve words", with(hello, &format!("{}.", words(12))), &["L3 warn"]),
        (
            "a first choice after ten seconds",
            with(hello, &format!("{}.", words(25))),
            &["L3 error", "L4 warn"],
        ),
        ("a menu of twelve seconds", with("for a repair", &format!("for {}", words(15))), &[]),
        ("a longer one", with("for a repair", &format!("for {}", words(16))), &["L4 warn"]),
        ("a menu of more than twenty", with("for a repair", &format!("for {}", words(36))), &["L4 error"]),
        ("the goal first", menu("For a repair, press 1.", "1"), &[]),
        ("the key first", menu("Press 1 for a repair.", "1"), &["L6 warn"]),
        ("a gap", with("press.2", "press.3"), &["L7 warn"]),
        ("a 2 spoken of before a 1", menu("For a, press 2. For b, press 1.", "12"), &["L7 warn"]),
        ("one key for two things", menu("For a, press 1. For b, press 1.", "1"), &["L7 error"]),
        ("a wait of four seconds", with("silence = \"phones\"", "silence = \"phones\"\nwait = \"4s\""), &[]),
        (
            "a wait of three",
            with("silence = \"phones\"", "silence = \"phones\"\nwait = \"3s\""),
            &["L9 warn"],
        ),
        (
            "a wait of eight",
            with("silence = \"phones\"", "silence = \"phones\"\nwait = \"8s\""),
            &["L9 warn"],
        ),
        ("three choices in one breath", menu("For a, press 1. For b, press 2. For c, press 3.", "123"), &[]),
        ("four choices in one breath", menu(four_in_words, "1234"), &["L10 warn"]),
        ("a language first", with("for a repair", "for English"), &["L13 error"]),
        ("a meal first", with("for a repair", "for Italian food"), &[]),
        (
            "another language later",
            with(
                "leave a message\", go = \"message\" }\nsilence",
                "for English\", go = \"message\" }\nsilence",
            ),
            &[],
        ),
        ("an important call", with(hello, "Your call is important."), &["L14 warn"]),
        ("a web address", with(hello, "We're at example.com too."), &["L14 warn"]),
        ("selling", with(hello, "We're the best in town."), &["L14 warn"]),
        ("a push", menu("For a repair, push 1.", "1"), &["L15 warn"]),
        ("an emergency number", with(hello, "In an emergency, dial 911."), &[]),
        ("an error", with(hello, "There was an error."), &["L15 warn"]),
        ("forty seconds of ringing", rung("20s"), &[]),
        ("fifty", rung("25s"), &["L19 warn"]),
        ("eighty", rung("40s"), &["L19 error"]),
        (
            "a minute of music",
            with("ring = \"on-duty\"", "play = \"hello.wav\"\nring = \"on-duty\""),
            &["L20 error"],
        ),
        ("a short answer", asked("digits = 4\n"), &[]),
        ("an answer in a word", asked("words = [\"a drain\", \"a tap\"]\n"), &[]),
        ("a number or a word", asked("words = [\"a drain\"]\ndigits = 10\n"), &["L27 warn"]),
        ("a number that is not read back", asked("digits = 10\nconfirm = false\n"), &["L27 warn"]),
    ];
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(name, source, expected)| {
            let report = judged(source, &ridge::business(), &Limits::default());
            let told: Vec<&str> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
            (verdicts(&report) != *expected).then(|| format!("{name}: {told:?} instead of {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let invite = |count: usize| with("Leave a message and we'll call back {promise}.", &words(count));
    assert_eq!(told(&invite(14)), Vec::<String>::new());
    assert_eq!(told(&invite(15)), ["L21 warn"]);
    assert_eq!(told(&invite(25)), ["L21 error"]);
}

#[test]
fn whoever_rings_the_emergency_phone_in_vain_is_told_a_time_as_well() {
    let closed = "say     = \"{business}. We're open again {opens}.\"\n\
                  press.1 = { offer = \"have us call you {promise}\", go = \"call-me\" }\nsilence = \"message\"\n";
    let in_vain =
        with(closed, "ring = \"ben\"\ngo = \"bye\"\n[step.bye]\ngoodbye = \"Please call again.\"\n");
    let mut business = ridge::business();
    for person in &mut business.people {
        person.hours = Some(Hours::Always);
    }
    let report =
        judged(&in_vain.replace("[step.call-me]\ncall-back = true\n", ""), &business, &Limits::default());
    let closed: Vec<_> = report.findings.iter().filter(|one| one.message.starts_with("outside")).collect();
    assert!(closed.iter().any(|one| one.rule.to_string() == "L22"), "{:?}", verdicts(&report));
}

#[test]
fn what_people_and_hours_have_to_do_with_it() {
    let mut trusting = ridge::business();
    trusting.people[0].trust_answer = true;
    let verdict = |source: &str, business: &Business| verdicts(&judged(source, business, &Limits::default()));
    assert_eq!(verdict(GOOD, &trusting), ["L18 warn", "L18 warn"]);
    let longer = with("for  = \"20s\"", "for = \"30s\"");
    assert_eq!(verdict(&longer, &trusting), ["L17 warn", "L18 warn", "L18 warn"]);
    let silenced = Limits { trusted: false, trusted_ring: Duration::from_secs(22), ..Limits::default() };
    assert_eq!(verdicts(&judged(&longer, &trusting, &silenced)), ["L17 error"]);

    let mut slow = ridge::business();
    slow.promise_within = SignedDuration::from_hours(6);
    assert!(verdict(GOOD, &slow).iter().all(|verdict| verdict == "L23 warn"));
    assert!(!verdict(GOOD, &slow).is_empty());
    let mut never = ridge::business();
    never.hours = Hours::Weekly(std::array::from_fn(|_| Vec::new()));
    assert!(verdict(GOOD, &never).contains(&"L23 error".to_owned()));
    let mut always = ridge::business();
    always.hours = Hours::Always;
    assert_eq!(verdict(GOOD, &always), Vec::<String>::new());
}

#[test]
fn what_ringback_itself_does_is_measured_against_the_limits_too() {
    let mut strict = Limits::default();
    strict.repeats.warn = 1;
    assert!(verdicts(&judged(GOOD, &ridge::business(), &strict)).iter().all(|verdict| verdict == "L11 warn"));
    strict.repeats.error = 1;
    assert!(
        verdicts(&judged(GOOD, &ridge::business(), &strict)).contains(&"L11 error".to_owned()),
        "ringback asks again twice"
    );
    let area = with("for a repair\"", "for a repair\", area = \"repairs\"");
    let mut strict = Limits::default();
    strict.whisper.warn = Duration::from_secs(2);
    assert_eq!(verdicts(&judged(&area, &ridge::business(), &strict)), ["L26 warn"]);
    strict.whisper.error = Duration::from_secs(2);
    assert_eq!(verdicts(&judged(&area, &ridge::business(), &strict)), ["L26 error"]);
    let slow = Limits {
        rate: Rate { per_word: Duration::from_millis(900), ..Rate::default() },
        ..Limits::default()
    };
    assert!(verdicts(&judged(GOOD, &ridge::business(), &slow)).contains(&"L4 warn".to_owned()));
}

#[test]
fn every_language_of_a_flow_is_judged_by_its_own_words() {
    let source = GOOD
        .replace("[start]", "languages = [\"en\", \"es\"]\n[start]")
        .replace(
            "say     = \"Hi, you've reached {business}.\"",
            "say     = { en = \"Hi, you've reached {business}.\", es = \"Su llamada es importante. Error.\" }",
        )
        .replace("offer = \"for a repair\"", "offer = { en = \"for a repair\", es = \"para una reparación\" }")
        .replace("offer = \"leave a message\"", "offer = { en = \"leave a message\", es = \"dejar un mensaje\" }")
        .replace(
            "message = \"Leave a message and we'll call back {promise}.\"",
            "message = { en = \"Leave a message and we'll call back {promise}.\", es = \"Deje un mensaje, por favor, y \
             le llamaremos sin falta en cuanto podamos, como siempre hacemos aquí, {promise}.\" }",
        )
        .replace(
            "say     = \"{business}. We're open again {opens}.\"",
            "say     = { en = \"{business}. We open {opens}.\", es = \"{business}. Abrimos {opens}.\" }",
        )
        .replace(
            "offer = \"have us call you {promise}\"",
            "offer = { en = \"have us call you {promise}\", es = \"que le llamemos {promise}\" }",
        );
    let report = judged(&source, &ridge::business(), &Limits::default());
    assert_eq!(verdicts(&report), ["L4 warn", "L14 warn", "L15 warn", "L21 error"], "{:?}", report.findings);
}

/// Three menus as others have them, in our own words: so many words in all, so many before the first choice.
#[test]
fn well_known_badly_behaved_menus_do_not_go_live() {
    // The sample greeting of a small company that a free telephone system ships: 59 words, 26 of them before the first
    // choice, the goal before the key.
    let greeting = format!("Thanks {}.", words(25));
    let choices = "For sales, press 1. For support, press 2. For a list of all our people, press 3. For other things, \
                   press 4. If you know the name you want, say it or wait.";
    let sample = menu(&format!("{greeting} {choices}"), "1234");
    assert_eq!(told(&sample), ["L3 error", "L4 error", "L10 warn"]);

    // The screening of a call for the person who is rung: 49 words.
    let staff = format!("You have a call. {}.", words(45));
    assert_eq!(whisper(&staff, &Limits::default()).map(|finding| finding.level), Some(Level::Error));

    // The phone tree of a provider's tutorial: keys before goals, and nothing after the choices.
    let tree = menu("Thanks for calling. Press 1 for directions. Press 2 to phone home.", "12");
    assert_eq!(told(&tree), ["L6 warn", "L6 warn"]);
    let tree = tree.replacen("silence = \"phones\"", "silence = \"bye\"", 1) + "[step.bye]\ngoodbye = true\n";
    let tree = tree.replace("press.1 = \"message\"", "press.1 = \"phones\"");
    let name = FlowName::parse("tree").expect("a name");
    let refused = flow::load(name, "tree.toml", &tree, Some(&names())).expect_err("it goes live");
    assert_eq!(
        refused.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>(),
        ["L12: a caller who presses nothing at the step `hello` is sent away"]
    );
}
