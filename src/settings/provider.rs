//! `[provider.twilio]`, and `[notify]`.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::address::webhook;
use super::secret::{self, Inline};
use super::{Notify, OnBadSignature, Secret, Surroundings, Twilio, one_of};
use crate::notation::{Placed, Problem, Problems, Table};

/// Reads `[provider.twilio]`. The token comes from the first place that has one: environment, credential, file, and
/// last the settings themselves.
pub(super) fn read_twilio(
    root: &mut Table,
    inline: Inline,
    surroundings: &Surroundings<'_>,
    problems: &mut Problems,
) -> Twilio {
    let mut provider = root.take_table("provider", problems);
    let table = provider.as_mut().and_then(|provider| provider.take_table("twilio", problems));
    if let Some(provider) = provider {
        provider.finish(problems);
    }
    let Some(mut table) = table else {
        return Twilio { auth_token: surroundings.token(), ..Twilio::default() };
    };
    let account_sid = table.take_str("account-sid", problems).map(|text| text.value.trim().to_owned());
    let file = table.take_str("auth-token-file", problems);
    let written = table.take_str("auth-token", problems);
    let path_secret = table.take_str("path-secret", problems);
    let on_bad_signature = table.take_str("on-bad-signature", problems);
    table.finish(problems);

    if let Some(written) = written.filter(|written| !written.value.is_empty()) {
        problems.push(
            Problem::warning(written.span, "whoever sees this file sees the token")
                .hint("put it into a file of its own and name that as `auth_token_file`"),
        );
    }
    // Looked up even where it is not needed, so that a wrong name does not lie in wait.
    let from_file = file.and_then(|name| secret::in_file(surroundings.home, &name, problems));
    let from_settings =
        || inline.auth_token.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(Secret::new);
    let choices = ["reject", "apologise"];
    let on_bad_signature =
        on_bad_signature.and_then(|text| one_of(&text, "on_bad_signature", &choices, problems));
    Twilio {
        account_sid: account_sid.filter(|sid| !sid.is_empty()),
        auth_token: surroundings.token().or(from_file).or_else(from_settings),
        path_secret: path_secret.and_then(|place| {
            let written = inline.path_secret.unwrap_or(place.value);
            read_path_secret(Placed { value: written, span: place.span }, problems)
        }),
        on_bad_signature: match on_bad_signature {
            Some("apologise") => OnBadSignature::Apologise,
            Some(_) | None => OnBadSignature::Reject,
        },
    }
}

fn read_path_secret(text: Placed<String>, problems: &mut Problems) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if text.value.chars().all(fits) && text.value.len() <= 100 {
        return Some(text.value).filter(|secret| !secret.is_empty());
    }
    problems.push(
        Problem::error(text.span, "`path_secret` wants letters, digits and `-` only, at most 100")
            .hint("it becomes a part of the address that you give to the provider"),
    );
    None
}

/// Reads `[notify]`: whom to tell about a missed call. Its program is looked for in `path`.
pub(super) fn read_notify(root: &mut Table, path: Option<&OsStr>, problems: &mut Problems) -> Option<Notify> {
    let mut table = root.take_table("notify", problems)?;
    let heading = table.span.clone();
    let command = table.take_list_of_str("command", problems);
    let address = table.take_str("webhook", problems);
    table.finish(problems);
    match (command, address) {
        (None, None) => None,
        (Some(_), Some(_)) => {
            problems.push(
                Problem::error(heading, "`[notify]` has a `command` and a `webhook`")
                    .hint("keep one of them; a command can call a webhook as well"),
            );
            None
        }
        (Some(words), None) => read_command(words, path, problems),
        (None, Some(text)) => match webhook(&text.value) {
            Ok(address) => Some(Notify::Webhook(address)),
            Err(error) => {
                problems.push(Problem::error(text.span, error.to_string()));
                None
            }
        },
    }
}

fn read_command(words: Vec<Placed<String>>, path: Option<&OsStr>, problems: &mut Problems) -> Option<Notify> {
    let program = words.first().filter(|program| !program.value.trim().is_empty())?;
    let is_missing = path.is_some_and(|path| !is_program(&program.value, path));
    let warning = |message: String| Problem::warning(program.span.clone(), message);
    if words.len() == 1 && program.value.contains(' ') {
        let apart: Vec<String> = program.value.split_whitespace().map(|word| format!("\"{word}\"")).collect();
        problems.push(
            warning("this is taken as one word: the name of a program with blanks".to_owned())
                .hint(format!("write each word apart: `command = [{}]`", apart.join(", "))),
        );
    } else if is_missing && program.value.contains('/') {
        problems.push(
            warning(format!("there is no program `{}`", program.value))
                .hint("write its whole path, and see that it may be run (`chmod +x`)"),
        );
    } else if is_missing {
        problems.push(
            warning(format!("there is no program `{}` in the folders of PATH", program.value))
                .hint("install it, or write where it is, like `\"/usr/local/bin/notify\"`"),
        );
    }
    Some(Notify::Command(words.into_iter().map(|word| word.value).collect()))
}

/// Whether the program would be found: at its path, or else in one of the folders.
fn is_program(program: &str, folders: &OsStr) -> bool {
    let may_run = |file: &Path| {
        fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    };
    if program.contains('/') {
        return may_run(Path::new(program));
    }
    env::split_paths(folders).any(|folder| may_run(&folder.join(program)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(command: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tell");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o700)).unwrap();
        let command = command.replace("HERE", folder.path().to_str().unwrap());
        let (mut root, mut problems) = Table::parse("a.toml", &format!("[notify]\ncommand = {command}\n"));
        assert!(read_notify(&mut root, Some(folder.path().as_os_str()), &mut problems).is_some());
        problems.iter().map(|problem| problem.message.clone()).collect()
    }

    #[test]
    fn a_program_that_is_not_there_is_told_before_it_is_needed() {
        assert_eq!(told("\"tell\""), "");
        assert_eq!(told("[\"HERE/tell\", \"x\"]"), "");
        assert_eq!(told("[\"tel\", \"x\"]"), "there is no program `tel` in the folders of PATH");
        assert_eq!(told("\"/nowhere/tell\""), "there is no program `/nowhere/tell`");
        let blanks = told("\"tell me\"");
        assert_eq!(blanks, "this is taken as one word: the name of a program with blanks");
    }
}
