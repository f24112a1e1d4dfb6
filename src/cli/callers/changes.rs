//! One number, changed by hand.

use crate::call::{Caller, PhoneNumber};
use crate::cli::clean::Clean;
use crate::cli::failure::Failure;
use crate::cli::output::{remark, show};
use crate::cli::shop::Shop;
use crate::cli::who;
use crate::language::Language;
use crate::store::CallerLine;

use super::address_book::{LONGEST_NAME, tidy_name};

/// What is longer is a letter, and no line for whoever rings back.
const LONGEST_NOTE: usize = 2_000;

pub(super) fn block(shop: &Shop<'_>, number: &PhoneNumber, by: Option<&str>) -> Result<(), Failure> {
    let business = &shop.settings.business;
    let name = who::person_or_owner(business, by)?;
    if let Some(person) = business.person_with_number(number) {
        return Err(Failure::could_not(format!("that is the phone of `{}`", person.name)));
    }
    if business.line(number).is_some() {
        return Err(Failure::could_not("that is a line of yours"));
    }
    let (is_news, known) = shop.write(|tx| {
        let known = tx.caller_line(&Caller::Number(number.clone()))?;
        Ok((tx.block(number, &name, shop.look.now)?, known))
    })?;
    let is = if is_news { "is blocked" } else { "was blocked already" };
    show(&format!("{} {is}.\n", shown(number, known.as_ref())))?;
    remark_owner(shop, by);
    if known.is_some_and(|line| line.allowed.is_some()) {
        remark("It is on the allow list too, which counts more: `ringback callers disallow` takes it off.");
    }
    Ok(())
}

pub(super) fn unblock(shop: &Shop<'_>, number: &PhoneNumber) -> Result<(), Failure> {
    let was_blocked = shop.has_database() && shop.write(|tx| Ok(tx.unblock(number)?))?;
    let shown = who::number(number);
    if !was_blocked {
        let hint = "ringback callers list --blocked";
        return Err(Failure::could_not(format!("{shown} is not blocked")).hint(hint));
    }
    show(&format!("{shown} gets through again.\n"))
}

pub(super) fn allow(shop: &Shop<'_>, number: &PhoneNumber, by: Option<&str>) -> Result<(), Failure> {
    let name = who::person_or_owner(&shop.settings.business, by)?;
    let (is_news, known) = shop.write(|tx| {
        let known = tx.caller_line(&Caller::Number(number.clone()))?;
        Ok((tx.allow(number, &name, shop.look.now)?, known))
    })?;
    let is = if is_news { "is always let through" } else { "was on the allow list already" };
    show(&format!("{} {is}.\n", shown(number, known.as_ref())))?;
    remark_owner(shop, by);
    if known.is_some_and(|line| line.blocked.is_some()) {
        remark("It stays on the block list, which does not count while it is allowed.");
    }
    Ok(())
}

pub(super) fn disallow(shop: &Shop<'_>, number: &PhoneNumber) -> Result<(), Failure> {
    let was_allowed = shop.has_database() && shop.write(|tx| Ok(tx.disallow(number)?))?;
    if !was_allowed {
        let message = format!("{} is not on the allow list", who::number(number));
        return Err(Failure::could_not(message).hint("ringback callers list --allowed"));
    }
    let known = known(shop, number)?;
    let is_blocked = known.as_ref().is_some_and(|line| line.blocked.is_some());
    let then = if is_blocked { "is blocked again" } else { "is treated like others again" };
    show(&format!("{} {then}.\n", shown(number, known.as_ref())))
}

pub(super) fn vip(shop: &Shop<'_>, number: &PhoneNumber) -> Result<(), Failure> {
    let is_news = shop.write(|tx| Ok(tx.set_vip(number, true)?))?;
    let is = if is_news { "is first on every list" } else { "was a VIP already" };
    show(&format!("{} {is}.\n", shown(number, known(shop, number)?.as_ref())))
}

pub(super) fn not_vip(shop: &Shop<'_>, number: &PhoneNumber) -> Result<(), Failure> {
    let was_vip = shop.has_database() && shop.write(|tx| Ok(tx.set_vip(number, false)?))?;
    if !was_vip {
        let message = format!("{} is not a VIP", who::number(number));
        return Err(Failure::could_not(message).hint("ringback callers list --vip"));
    }
    show(&format!("{} is treated like others again.\n", shown(number, known(shop, number)?.as_ref())))
}

/// An empty name is none.
pub(super) fn name(shop: &Shop<'_>, number: &PhoneNumber, text: &str) -> Result<(), Failure> {
    let name = tidy_name(text);
    if name.is_none() && !text.is_empty() {
        return Err(Failure::wrong_usage("there is nothing to read in that name"));
    }
    if name.as_ref().is_some_and(|name| name.chars().count() > LONGEST_NAME) {
        return Err(Failure::wrong_usage(format!("a name has at most {LONGEST_NAME} characters")));
    }
    let before = known(shop, number)?.and_then(|line| line.name);
    if name.is_none() && before.is_none() {
        return Err(Failure::could_not(format!("{} has no name", who::number(number))));
    }
    shop.write(|tx| Ok(tx.set_name(number, name.as_deref(), None)?))?;
    let number = who::number(number);
    let told = match (name, before) {
        (Some(name), Some(before)) if name != before => format!("{number} is {name}, and was {before}."),
        (Some(name), _) => format!("{number} is {name}."),
        (None, _) => format!("{number} has no name any more."),
    };
    show(&format!("{}\n", Clean::of(&told)))
}

pub(super) fn note(
    shop: &Shop<'_>,
    number: &PhoneNumber,
    (text, by): (&str, Option<&str>),
) -> Result<(), Failure> {
    let name = who::person_or_owner(&shop.settings.business, by)?;
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_NOTE {
        return Err(Failure::wrong_usage(format!("a note has 1 to {LONGEST_NOTE} letters")));
    }
    shop.write(|tx| Ok(tx.add_caller_note(number, &name, shop.look.now, text)?))?;
    show(&format!("{}: noted.\n", shown(number, known(shop, number)?.as_ref())))?;
    remark_owner(shop, by);
    Ok(())
}

pub(super) fn language(
    shop: &Shop<'_>,
    number: &PhoneNumber,
    language: Option<Language>,
) -> Result<(), Failure> {
    shop.write(|tx| Ok(tx.set_language(&Caller::Number(number.clone()), language, None)?))?;
    let shown = shown(number, known(shop, number)?.as_ref());
    match language {
        Some(language) => show(&format!("{shown} is spoken to in `{language}`.\n")),
        None => show(&format!("{shown} has no language of their own any more.\n")),
    }
}

/// In whose name it stands where nobody said who they are and it may have been somebody else.
fn remark_owner(shop: &Shop<'_>, by: Option<&str>) {
    let business = &shop.settings.business;
    if by.is_none_or(|by| by.trim().is_empty()) && business.people.len() > 1 {
        let owner = who::spoken(business, &business.owner);
        remark(&format!(
            "hint: written down in the name of {owner}; `--as NAME` or RINGBACK_AS says who you are"
        ));
    }
}

fn known(shop: &Shop<'_>, number: &PhoneNumber) -> Result<Option<CallerLine>, Failure> {
    Ok(shop.read(|tx| tx.caller_line(&Caller::Number(number.clone())))?.flatten())
}

/// The number with the name that it has, ready for a terminal.
fn shown(number: &PhoneNumber, known: Option<&CallerLine>) -> Clean {
    let name = known.and_then(|line| line.name.as_deref());
    Clean::of(&who::caller(&Caller::Number(number.clone()), name))
}
