//! The callers of whom something is known.

use crate::business::Business;
use crate::call::Caller;
use crate::cli::failure::Failure;
use crate::cli::output::{remark, show, show_json};
use crate::cli::shop::Shop;
use crate::cli::table::{Cell, Column, Table};
use crate::cli::when::Look;
use crate::cli::who;
use crate::language::Language;
use crate::store::{CallerFilter, CallerLine, CallerShape};

use super::ListArgs;

pub(super) fn run(shop: &Shop<'_>, which: &ListArgs) -> Result<(), Failure> {
    let filter = which.filter();
    let mut lines = shop.read(|tx| tx.callers(filter))?.unwrap_or_default();
    lines.retain(|line| which.tags.iter().all(|tag| line.tags.contains(tag)));
    lines.retain(|line| which.find.as_deref().is_none_or(|text| has(line, text)));
    if which.json {
        let shapes: Vec<_> = lines.iter().map(|line| CallerShape::of(line, &shop.look.zone)).collect();
        return show_json(&shapes);
    }
    if lines.is_empty() {
        return show(match (filter, &which.find) {
            _ if !which.tags.is_empty() => "Nobody has that tag.\n",
            (_, Some(_)) => "Nobody like that is known.\n",
            (CallerFilter::All, None) => "Nobody is known yet.\n",
            (CallerFilter::Blocked, None) => "Nobody is blocked.\n",
            (CallerFilter::Allowed, None) => "Nobody is on the allow list.\n",
            (CallerFilter::Vip, None) => "Nobody is a VIP.\n",
        });
    }
    show(&table(&lines, &shop.look).render(shop.look.width))?;
    for line in lines.iter().filter(|line| line.blocked.is_some()) {
        if let Some(whose) = ours(line, &shop.settings.business) {
            remark(&format!(
                "{} is {whose}: its calls are not refused, though it is blocked.",
                who::caller(&line.caller, None)
            ));
        }
    }
    Ok(())
}

/// Whether the text stands in the name, or its digits in the number.
fn has(line: &CallerLine, text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = !digits.is_empty() && !text.contains(char::is_alphabetic);
    let named = line.name.as_ref().is_some_and(|name| name.to_lowercase().contains(&text));
    named || is_number && line.caller.identity().is_some_and(|number| number.contains(&digits))
}

fn ours(line: &CallerLine, business: &Business) -> Option<String> {
    let number = line.caller.number()?;
    let phone = business.person_with_number(number).map(|person| format!("the phone of `{}`", person.name));
    phone.or_else(|| business.line(number).map(|_| "a line of yours".to_owned()))
}

fn table(lines: &[CallerLine], look: &Look) -> Table<6> {
    let mut table = Table::new([
        Column::whole("number"),
        Column::giving_way("name", 12),
        Column::whole("speaks"),
        Column::giving_way_last("list", 10),
        Column::giving_way("tags", 8),
        Column::giving_way("talked with", 8),
    ]);
    for line in lines {
        let number = match &line.caller {
            Caller::Number(number) => who::number(number),
            Caller::Withheld | Caller::Other(_) => who::caller(&line.caller, None),
        };
        let talked = line.answered.as_ref().map(|accept| {
            let ago = look.ago(accept.at);
            Cell::of(format!("{} {ago}", accept.by)).or(ago)
        });
        table.push([
            Cell::of(number),
            Cell::of(line.name.as_deref().unwrap_or_default()),
            Cell::of(line.language.map_or("", Language::code)),
            standing(line, look),
            Cell::of(line.tags.join(", ")),
            talked.unwrap_or_default(),
        ]);
    }
    table
}

/// `VIP, blocked 2 days ago by ana`; `VIP, blocked` where there is no room.
fn standing(line: &CallerLine, look: &Look) -> Cell {
    let blocked = line.blocked.as_ref().map(|(at, by)| format!("blocked {} by {by}", look.ago(*at)));
    let words = |blocked: Option<&str>| {
        let lists = [line.vip.then_some("VIP"), line.allowed.is_some().then_some("allowed"), blocked];
        lists.into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    Cell::of(words(blocked.as_deref())).or(words(blocked.is_some().then_some("blocked")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Accept;
    use crate::cli::testing::{ago, ana, look, plain};

    fn lines() -> Vec<CallerLine> {
        let stranger = |number: &str| CallerLine::stranger(Caller::read(number));
        let mia = CallerLine {
            name: Some("Mia Reed of the Corner Bakery".to_owned()),
            vip: true,
            language: Some(Language::Spanish),
            tags: vec!["boiler".to_owned(), "good payer".to_owned()],
            answered: Some(Accept { by: ana(), at: ago(300) }),
            ..stranger("+12125550142")
        };
        let blocked = CallerLine { blocked: Some((ago(3_000), "ana".to_owned())), ..stranger("+15550199") };
        let web = CallerLine { name: Some("\u{1b}[2JWeb\u{202e}".to_owned()), ..stranger("client:web") };
        vec![mia, blocked, web]
    }

    #[test]
    fn the_list_says_what_is_known_of_each() {
        let expected = "\
number           name              speaks  list     tags             talked with
+1 212-555-0142  Mia Reed of the…  es      VIP      boiler, good p…  ana 5 h ago
+1 555-0199                                blocked
client:web       [2JWeb
";
        assert_eq!(plain(&table(&lines(), &look()).render(80)), expected);
    }

    #[test]
    fn a_wide_terminal_shows_all_of_it() {
        let expected = "\
number           name                           speaks  list                       tags                talked with
+1 212-555-0142  Mia Reed of the Corner Bakery  es      VIP                        boiler, good payer  ana 5 h ago
+1 555-0199                                             blocked Thu 1 p.m. by ana
client:web       [2JWeb
";
        assert_eq!(plain(&table(&lines(), &look()).render(120)), expected);
    }
}
