//! Whose number is meant: people type the number, or the name that they gave it.

use crate::call::PhoneNumber;
use crate::cli::clean::Clean;
use crate::cli::failure::Failure;
use crate::cli::shop::Shop;
use crate::cli::who;
use crate::notation::did_you_mean;

use super::spelled;

/// More numbers or names than these are no help.
const MOST_TOLD: usize = 5;

/// The number: in any spelling, or by the name of a caller who is known. A name is taken whole, because a block or a
/// note must not go to whoever happens to be called alike.
pub(in crate::cli) fn whom(shop: &Shop<'_>, text: &str) -> Result<PhoneNumber, Failure> {
    if !text.contains(char::is_alphabetic) {
        return spelled(&shop.settings.business, text).map_err(|error| {
            Failure::wrong_usage(error.to_string()).hint("write it with its country, like `+15550142`")
        });
    }
    let named = shop.read(|tx| tx.named_callers())?.unwrap_or_default();
    let wanted = plain(text);
    let mut same = named.iter().filter(|(_, name)| plain(name) == wanted);
    match (same.next(), same.next()) {
        (Some((number, _)), None) => Ok(number.clone()),
        (Some(_), Some(_)) => Err(several(text, &named)),
        (None, _) => Err(nobody(text, &named)),
    }
}

fn several(text: &str, named: &[(PhoneNumber, String)]) -> Failure {
    let wanted = plain(text);
    let numbers: Vec<&PhoneNumber> =
        named.iter().filter(|(_, name)| plain(name) == wanted).map(|(number, _)| number).collect();
    let told = numbers.iter().take(MOST_TOLD).map(|number| who::number(number)).collect::<Vec<_>>();
    let more = if numbers.len() > told.len() { ", …" } else { "" };
    let (count, name) = (numbers.len(), Clean::of(text));
    Failure::could_not(format!("{count} numbers are called `{name}`: {}{more}", told.join(", ")))
        .hint("say which number you mean")
}

fn nobody(text: &str, named: &[(PhoneNumber, String)]) -> Failure {
    let wanted = plain(text);
    let has_words = |name: &String| wanted.split(' ').all(|word| plain(name).contains(word));
    let mut alike: Vec<&str> =
        named.iter().map(|(_, name)| name).filter(|name| has_words(name)).map(String::as_str).collect();
    alike.sort_unstable();
    alike.dedup();
    if alike.is_empty() {
        alike.extend(did_you_mean(text, named.iter().map(|(_, name)| name.as_str())));
    }
    let meant: Vec<String> = alike.iter().take(MOST_TOLD).map(|name| format!("`{name}`")).collect();
    let failure = Failure::could_not(format!("nobody who is called `{}` is known", Clean::of(text)));
    if meant.is_empty() {
        return failure.hint("write the number with its country, like `+15550142`");
    }
    failure.hint(format!("did you mean {}?", meant.join(" or ")))
}

/// A name as it is compared: letter case and blanks do not count.
fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
