//! Tags: short words of the business for sorting its callers.

use crate::call::{Caller, PhoneNumber};
use crate::cli::clean::Clean;
use crate::cli::failure::Failure;
use crate::cli::output::show;
use crate::cli::shop::Shop;
use crate::cli::who;
use crate::store::MOST_TAGS;

use super::address_book::tidy_name;

/// The most letters of a tag.
const LONGEST_TAG: usize = 30;

/// A tag as it is kept: in small letters. `,` and `;` stand between tags in tables.
pub(super) fn tag(text: &str) -> Result<String, String> {
    let tag = tidy_name(text).unwrap_or_default().to_lowercase();
    let length = tag.chars().count();
    if length == 0 || length > LONGEST_TAG || text.contains(char::is_control) {
        return Err(format!("a tag has 1 to {LONGEST_TAG} letters"));
    }
    if tag.contains([',', ';']) || !tag.starts_with(char::is_alphanumeric) {
        return Err("a tag begins with a letter, and has no `,` or `;` in it".to_owned());
    }
    if tag == "vip" {
        return Err("VIPs are not tagged: `ringback callers vip` puts them first".to_owned());
    }
    Ok(tag)
}

pub(super) fn add(shop: &Shop<'_>, number: &PhoneNumber, tags: &[String]) -> Result<(), Failure> {
    let caller = Caller::Number(number.clone());
    let line = shop.write(|tx| {
        let mut all = tx.caller_line(&caller)?.map(|line| line.tags).unwrap_or_default();
        all.extend(tags.iter().cloned());
        all.sort();
        all.dedup();
        if all.len() > MOST_TAGS {
            return Err(Failure::could_not(format!("a caller has at most {MOST_TAGS} tags"))
                .hint("ringback callers untag NUMBER TAG"));
        }
        for tag in tags {
            tx.tag(number, tag)?;
        }
        Ok(tx.caller_line(&caller)?)
    })?;
    let (name, tags) = line.map(|line| (line.name, line.tags)).unwrap_or_default();
    let told = format!("{}: {}.", who::caller(&caller, name.as_deref()), tags.join(", "));
    show(&format!("{}\n", Clean::of(&told)))
}

pub(super) fn take(shop: &Shop<'_>, number: &PhoneNumber, tags: &[String]) -> Result<(), Failure> {
    let caller = Caller::Number(number.clone());
    let known = shop.read(|tx| tx.caller_line(&caller))?.flatten();
    let shown = who::caller(&caller, known.as_ref().and_then(|line| line.name.as_deref()));
    let has = known.map(|line| line.tags).unwrap_or_default();
    if let Some(missing) = tags.iter().find(|tag| !has.contains(tag)) {
        let failure = Failure::could_not(format!("{} has no tag `{missing}`", Clean::of(&shown)));
        return Err(match has.is_empty() {
            true => failure,
            false => failure.hint(format!("the tags are {}", has.join(", "))),
        });
    }
    let left = shop.write(|tx| {
        for tag in tags {
            tx.untag(number, tag)?;
        }
        Ok(tx.caller_line(&caller)?.map(|line| line.tags).unwrap_or_default())
    })?;
    let left = if left.is_empty() { "no tags any more".to_owned() } else { left.join(", ") };
    show(&format!("{}\n", Clean::of(&format!("{shown}: {left}."))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_short_word_in_small_letters() {
        assert_eq!(tag(" Good  Payer ").as_deref(), Ok("good payer"));
        assert_eq!(tag("Größe-2").as_deref(), Ok("größe-2"));
        for text in
            ["", " ", "\u{202e}", "a\tb", "\u{1b}[2J", "a,b", "a;b", "*a", "=a", "VIP", &"x".repeat(31)]
        {
            assert!(tag(text).is_err(), "{text:?}");
        }
        assert_eq!(tag(&"X".repeat(30)), Ok("x".repeat(30)));
    }
}
