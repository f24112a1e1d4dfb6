//! What the people of the business do: they look at the list at their own pace, ring back or do not, and forget.

use jiff::Timestamp;
use ringback::business::Away;
use ringback::call::{PersonName, PhoneNumber};
use ringback::store::{Contact, StoreError};

use crate::support::line::TestLine;

use super::callers;
use super::town::Town;

/// Half of the regulars stand in the owner's address book, the first of them as VIPs.
pub(super) fn import_the_address_book(line: &TestLine) {
    line.write(|tx| {
        for nth in 0..callers::REGULARS / 2 {
            let number = PhoneNumber::parse(&callers::regular(nth)).unwrap();
            let name = Some(format!("Regular {nth}"));
            let contact = Contact { number: number.clone(), name, language: None, vip: nth < callers::VIPS };
            let news = tx.contact_news(&contact)?;
            tx.import_contact(&number, &news, "contacts.vcf")?;
        }
        Ok::<_, StoreError>(())
    });
}

/// A person, or all of the business, is not there for a while.
pub(super) fn steps_away(line: &TestLine, who: Option<&str>, until: Timestamp) {
    let (away, now) = (Away { until, reason: None }, line.now());
    let ana = name("ana");
    line.write(|tx| match who {
        Some(person) => tx.person_steps_away(&name(person), &away, &ana, now),
        None => tx.step_away(&away, &ana, now),
    });
}

/// Somebody looks at the list.
pub(super) fn works(_town: &mut Town, _person: &'static str) {}

fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap()
}
