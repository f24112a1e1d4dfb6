//! What an owner asks before an edit goes live: a picture, a difference, last week once more.

use std::fs;

use super::{Shop, assert_tame, run};
use crate::support::line::TestLine;
use crate::support::sound::wav;

const NOBODY: (&str, &str) = ("never answers", "never answers");

#[test]
fn a_flow_is_drawn_on_the_screen_as_mermaid_and_into_a_file() {
    let shop = Shop::new();
    let tree = shop.run(&["draw", "front-desk"]);
    assert_eq!(tree.code, 0, "{}", tree.talked);
    assert!(tree.said.contains("└─ silence · 40 s → message, see above"), "{}", tree.said);
    assert_tame(&tree);
    let mermaid = shop.run(&["draw", "front-desk", "--mermaid"]);
    assert!(mermaid.said.starts_with("flowchart TD\n"), "{}", mermaid.said);
    let file = shop.folder.path().join("front-desk.svg");
    let written = shop.run(&["draw", "front-desk", "--svg", file.to_str().unwrap()]);
    assert_eq!((written.code, written.said.as_str()), (0, ""), "{}", written.talked);
    let printed = shop.run(&["draw", "front-desk", "--svg"]);
    assert_eq!(printed.said, fs::read_to_string(file).unwrap());
    roxmltree::Document::parse(&printed.said).unwrap();
    assert!(!shop.home().database().exists());
}

#[test]
fn a_wrong_flow_is_neither_drawn_nor_compared() {
    let shop = Shop::new();
    let wrong = shop.folder.path().join("wrong.toml");
    fs::write(&wrong, "[start]\nopen = \"nowhere\"\n").unwrap();
    let wrong = wrong.to_str().unwrap();
    let asked = [vec!["draw", wrong], vec!["diff", "front-desk", wrong], vec!["replay", "--flow", wrong]];
    for arguments in asked {
        let run = shop.run(&arguments);
        assert_eq!((run.code, run.said.as_str()), (78, ""), "{arguments:?}: {}", run.talked);
    }
    assert_eq!(shop.run(&["draw", "nobody"]).code, 1);
}

/// Writes an edit beside the home.
fn edit(shop: &Shop, from: &str, to: &str) -> String {
    let flow = fs::read_to_string(shop.home().flows().join("front-desk.toml")).unwrap();
    assert!(flow.contains(from), "{from}");
    let file = shop.folder.path().join("front-desk.toml");
    fs::write(&file, flow.replace(from, to)).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn an_edit_is_compared_with_what_the_folder_holds() {
    let shop = Shop::new();
    let run = shop.run(&["diff", &edit(&shop, "\"20s\"", "\"25s\"")]);
    assert_eq!(run.code, 0, "{}", run.talked);
    let told = "does nothing                           a person after 22 s → 27 s (+5 s)";
    assert!(run.said.contains(told), "{}", run.said);
    assert!(run.said.contains("presses nothing"), "{}", run.said);
    assert!(run.said.lines().count() < 30, "{}", run.said);
    assert_tame(&run);

    let same = shop.run(&["diff", &edit(&shop, "# all other calls", "# everybody else")]);
    assert_eq!((same.code, same.said.as_str()), (0, "Nothing changes for callers.\n"), "{}", same.talked);

    let json = shop.run(&["diff", &edit(&shop, "\"20s\"", "\"25s\""), "--json"]).json();
    let change = json["changes"].as_array().unwrap().iter().find(|change| change["path"] == "").unwrap();
    assert_eq!((&change["before"]["seconds"], &change["after"]["seconds"]), (&22.into(), &27.into()));
    assert!(!shop.home().database().exists());
}

/// A file of quiet, so long.
fn quiet(seconds: u32) -> Vec<u8> {
    let rate: u32 = 8_000;
    let length = 2 * rate * seconds;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + length).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16u32.to_le_bytes());
    wav.extend([1, 0, 1, 0]);
    wav.extend(rate.to_le_bytes());
    wav.extend((2 * rate).to_le_bytes());
    wav.extend([2, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend(length.to_le_bytes());
    wav.resize(44 + length as usize, 0);
    wav
}

#[test]
fn a_recorded_welcome_counts_with_its_true_length() {
    let shop = Shop::new();
    let audio = shop.folder.path().join("audio");
    fs::create_dir(&audio).unwrap();
    fs::write(audio.join("hello.wav"), quiet(9)).unwrap();
    let welcome = "say  = \"Hi, you've reached {business}.\"";
    let run = shop.run(&["diff", &edit(&shop, welcome, "play = \"hello.wav\"")]);
    assert_eq!(run.code, 0, "{}", run.talked);
    assert!(run.said.contains("a person after 22 s → 29 s (+7 s)"), "{}", run.said);
}

#[test]
fn without_calls_there_is_nothing_to_replay_and_no_database_is_made() {
    let shop = Shop::new();
    let run = shop.run(&["replay", "--flow", "front-desk"]);
    assert_eq!((run.code, run.said.as_str()), (0, "There are no calls to play.\n"));
    assert!(!shop.home().database().exists());
    assert_eq!(shop.run(&["replay", "--since", "soon", "--flow", "front-desk"]).code, 2);
}

#[tokio::test]
async fn past_calls_are_played_through_an_edit_beside_the_live_flow() {
    let line = TestLine::open().await;
    line.rings("", ("accepts after 15s and talks 90s", "never answers")).await;
    line.rings("1", NOBODY).await;
    let folder = line.close().await;
    let live = folder.path().join("ivr-flows/front-desk.toml");
    let shorter = fs::read_to_string(&live).unwrap().replace("\"20s\"", "\"5s\"");
    let file = folder.path().join("front-desk.toml");
    fs::write(&file, shorter).unwrap();
    let file = file.to_str().unwrap();

    let same = run(folder.path(), &["replay", "--since", "50y", "--flow", "front-desk"]);
    assert_eq!(same.said, "2 calls: nothing changes for any of them.\n", "{}", same.talked);
    let other = run(folder.path(), &["replay", "--since", "50y", "--flow", file]);
    assert_eq!(other.code, 0, "{}", other.talked);
    assert!(other.said.contains("message empty"), "{}", other.said);
    let summary = "2 calls: 1 changes, 1 more missed, 1 fewer answered, median seconds to a person";
    assert!(other.said.replace('\n', " ").contains(summary), "{}", other.said);
    assert!(other.talked.contains("not known in 1 call: the caller met no choice then"), "{}", other.talked);
    assert_tame(&other);
    let json = run(folder.path(), &["replay", "--since", "50y", "--flow", file, "--json"]).json();
    assert_eq!(json["changed"][0]["from"]["by"], "ana");
    assert_eq!(json["changed"][0]["to"]["reason"], "voicemail_empty");
    assert_eq!(
        (&json["totals"]["before"]["answered"], &json["totals"]["after"]["answered"]),
        (&1.into(), &0.into())
    );

    let diff = run(folder.path(), &["diff", file]);
    assert!(diff.said.contains("(-15 s)"), "{}", diff.said);
}

/// A home with a flow that plays a file and asks a question, and an edit of it somewhere else.
fn with_a_question(from: &str, to: &str) -> (Shop, String) {
    let shop = Shop::new();
    let flow = "[start]\nopen = \"hello\"\n[step.hello]\nplay = \"hello.wav\"\n\
                press.1 = { offer = \"tell us about the old boiler in your cellar\", go = \"job\" }\n\
                silence = \"busy\"\n\
                [step.job]\nask = \"What is your number?\"\nas = \"job\"\ndigits = 4\nconfirm = true\n\
                go = \"busy\"\n[step.busy]\nsay = \"Sorry.\"\n\
                press.1 = { offer = \"have us call you back {promise}\", go = \"call-me\" }\n\
                silence = \"call-me\"\n[step.call-me]\ncall-back = true\n";
    let audio = shop.home().flows().join("audio");
    fs::create_dir_all(&audio).unwrap();
    fs::write(audio.join("hello.wav"), wav(4)).unwrap();
    fs::write(audio.join("longer.wav"), wav(8)).unwrap();
    fs::write(shop.home().flows().join("front-desk.toml"), flow).unwrap();
    let file = edit(&shop, from, to);
    (shop, file)
}

#[test]
fn a_file_counts_with_its_length_wherever_the_edit_stands() {
    let (shop, file) = with_a_question("hello.wav", "longer.wav");
    let run = shop.run(&["diff", "front-desk", &file, "--json"]);
    assert_eq!(run.code, 0, "{}", run.talked);
    let change = &run.json()["changes"][0];
    let seconds = |when: &str| change[when]["seconds"].as_u64().unwrap();
    assert_eq!(seconds("after") - seconds("before"), 4, "{change}");
    let (drawn, longer) = (shop.run(&["draw", "front-desk"]).said, shop.run(&["draw", &file]).said);
    let silence = |tree: &str| {
        let line = tree.lines().rfind(|line| line.contains("silence · ")).unwrap_or_default().to_owned();
        line.split(' ').filter_map(|word| word.parse::<u64>().ok()).next().unwrap()
    };
    assert_eq!(silence(&longer) - silence(&drawn), 4, "{longer}");
}

#[test]
fn a_question_is_one_step_of_a_way_and_a_long_way_is_shown_whole() {
    let (shop, file) = with_a_question("Sorry.", "Sorry, we are all on a job right now.");
    let run = shop.run(&["diff", "front-desk", &file]);
    assert_eq!(run.code, 0, "{}", run.talked);
    assert_tame(&run);
    let open = run.said.split("\n\n").next().unwrap_or_default();
    let flat = open.split_whitespace().collect::<Vec<_>>().join(" ");
    let way = "\"tell us about the old boiler in your cellar\" (1), answers, \"have us call you back \
               {promise}\" (1): a call-back after";
    assert_eq!(flat.matches(way).count(), 1, "{}", run.said);
    assert!(!flat.contains("answers, answers") && !run.said.contains('…'), "{}", run.said);
}
