//! `ringback check --explain L4`: why a rule is there, its numbers, and from whom.

use crate::lint::{Explained, Limits, Rule, explained};
use crate::settings::{self, Environment, Home};

use super::super::failure::Failure;
use super::super::output::{fold, show, terminal_width};

/// One rule, or the list of all for an empty name.
pub(super) fn show_rule(name: &str, home: &Home) -> Result<(), Failure> {
    // The numbers in force, where there are settings that can be read.
    let limits = settings::load(home.folder(), &Environment::of_process())
        .map_or_else(|_| Limits::default(), |settings| settings.lint);
    let width = terminal_width();
    if name.is_empty() {
        let line = |rule: Rule| fold(&format!("{rule:<4} {}", explained(rule, &limits).measures), width, 5);
        return show(&Rule::ALL.map(line).concat());
    }
    let Some(rule) = Rule::parse(name) else {
        let failure = Failure::wrong_usage(format!("there is no rule `{name}`"));
        return Err(failure.hint("there are L1 to L28; `ringback check --explain` lists them"));
    };
    show(&told(&explained(rule, &limits), width))
}

fn told(rule: &Explained, width: usize) -> String {
    let ours = match rule.ours {
        Some(which) => format!(
            "{which} {} ours, and can be set: `{}` below `[lint]` in ringback.toml",
            if which == "both" { "are" } else { "is" },
            example(rule.rule)
        ),
        None => format!("not ours, but from {}; it cannot be set", rule.source.words()),
    };
    [
        format!("{} measures {}.", rule.rule, rule.measures),
        format!("warns: {}", rule.warn),
        format!("error: {}", rule.error),
        format!("why: {}", rule.why),
        format!("source: {}", rule.source.words()),
        format!("numbers: {ours}"),
    ]
    .map(|line| fold(&line, width, 9))
    .concat()
}

/// As it may stand in the settings.
fn example(rule: Rule) -> String {
    let numbers = match rule {
        Rule::L1 => "error = 6",
        Rule::L2 => "error = 2",
        Rule::L3 => "warn = \"5s\", error = \"10s\"",
        Rule::L4 => "warn = \"12s\", error = \"20s\"",
        Rule::L9 => "warn = [\"4s\", \"7s\"]",
        Rule::L11 => "warn = 2, error = 3",
        Rule::L16 => "error = \"5s\"",
        Rule::L17 => "error = \"25s\"",
        Rule::L18 => "warn = false",
        Rule::L19 => "warn = \"45s\", error = \"75s\"",
        Rule::L21 => "warn = \"6s\", error = \"10s\"",
        Rule::L23 => "warn = \"4h\"",
        _ => "warn = \"4s\", error = \"8s\"",
    };
    format!("{rule} = {{ {numbers} }}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_set_is_shown_as_it_may_be_written() {
        for rule in Rule::ALL.into_iter().filter(|rule| explained(*rule, &Limits::default()).ours.is_some()) {
            let text = format!("{}\n[lint]\n{}\n", settings::SAMPLE, example(rule));
            let read = settings::read("t", &text, std::path::Path::new("."), &Environment::default());
            let settings = read.unwrap_or_else(|error| panic!("{rule}: {error}"));
            assert!(settings.lint == Limits::default() || rule == Rule::L18, "{rule}");
        }
    }

    #[test]
    fn a_rule_is_told_on_a_few_lines() {
        let told = told(&explained(Rule::L4, &Limits::default()), 80);
        assert!(
            told.starts_with("L4 measures time to hear the whole menu once.\nwarns: over 12 s\n"),
            "{told}"
        );
        assert!(told.contains("both are ours, and can be set"), "{told}");
        assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    }
}
