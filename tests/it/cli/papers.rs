//! Completions and the manual.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use super::{Shop, run_of};

/// Whether the machine has that program; where it has not, that is said.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_err() {
        eprintln!("SKIPPED: there is no `{program}` here, so its judgement is not asked");
    }
    found.is_ok()
}

#[test]
fn every_shell_gets_its_completions() {
    let nowhere = Shop::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = nowhere.run(&["completions", shell]);
        assert_eq!(run.code, 0, "{}", run.talked);
        for word in ["call-backs", "untag", "export", "jsonl"] {
            assert!(run.said.contains(word), "{word} for {shell}");
        }
    }
    assert_eq!(nowhere.run(&["completions", "cmd"]).code, 2);
}

#[test]
fn bash_understands_its_completions() {
    if !has("bash") {
        return;
    }
    let script = Shop::empty().run(&["completions", "bash"]).said;
    let mut bash = Command::new("bash");
    let mut bash =
        bash.arg("-n").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let run = run_of(bash.wait_with_output().unwrap());
    assert_eq!((run.code, run.talked.as_str()), (0, ""));
    // And it completes: after `callers u` there are two words.
    let asked =
        "COMP_WORDS=(ringback callers u); COMP_CWORD=2; _ringback ringback u callers; echo ${COMPREPLY[@]}";
    let answer = Command::new("bash").args(["-c", &format!("{script}\n{asked}")]).output().unwrap();
    assert_eq!(run_of(answer).said, "unblock untag\n");
}

#[test]
fn the_manual_has_a_page_for_every_command_and_nothing_of_this_machine() {
    let shop = Shop::empty();
    let folder = shop.folder.path().join("man/man1");
    let run = shop.run(&["man", folder.to_str().unwrap()]);
    assert_eq!((run.code, run.said.as_str()), (0, ""), "{}", run.talked);
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in ["ringback.1", "ringback-call-backs.1", "ringback-callers-tag.1", "ringback-man.1"] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
    let home = shop.folder.path().to_str().unwrap();
    for name in &names {
        let page = fs::read_to_string(folder.join(name)).unwrap();
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{name}");
        assert!(!page.contains(home), "{name} tells where this is");
    }
    let main = shop.run(&["man"]);
    assert_eq!(main.said, fs::read_to_string(folder.join("ringback.1")).unwrap());
    if has("man") {
        for name in ["ringback.1", "ringback-callers.1", "ringback-export.1"] {
            let read = Command::new("man")
                .args(["--warnings", "-E", "UTF-8", "-l"])
                .arg(folder.join(name))
                .env("MANWIDTH", "80")
                .env("LC_ALL", "C.UTF-8")
                .output()
                .unwrap();
            let read = run_of(read);
            assert_eq!((read.code, read.talked.as_str()), (0, ""), "{name}");
            assert!(read.said.contains("NOTES AND EXAMPLES"), "{name}: {}", read.said);
        }
    }
    if has("mandoc") {
        let pages = names.iter().map(|name| folder.join(name));
        let judged = run_of(Command::new("mandoc").args(["-Tlint", "-Werror"]).args(pages).output().unwrap());
        assert_eq!(judged.code, 0, "{}", judged.said);
    }
}

#[test]
fn the_commands_that_are_seldom_typed_explain_themselves_in_lines_that_fit() {
    let nowhere = Shop::empty();
    let commands: [&[&str]; 8] = [
        &["completions"],
        &["man"],
        &["people"],
        &["export"],
        &["callers", "tag"],
        &["callers", "note"],
        &["callers", "export"],
        &["callers", "import"],
    ];
    for command in commands {
        let run = nowhere.run(&[command, &["--help"]].concat());
        assert_eq!(run.code, 0, "{command:?}");
        for line in run.said.lines() {
            assert!(line.chars().count() <= 80, "{command:?}: {line}");
        }
    }
}
