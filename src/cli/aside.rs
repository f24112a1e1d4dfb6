//! Calls in files that no list shows: journals that were moved aside with what nobody could take in.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::call::PhoneNumber;
use crate::settings::Settings;
use crate::store::{Reader, folder_of, read_journal};

use super::shop::Shop;

/// A journal in which something stands that is in no database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aside {
    pub(super) file: PathBuf,
    /// Lines that can be read, and were not taken in.
    pub(super) left: usize,
    /// Lines that cannot be read.
    pub(super) unreadable: usize,
    /// Numbers that can be made out in either, but for our own.
    numbers: BTreeSet<String>,
}

impl Aside {
    /// What is in it.
    pub(super) fn says(&self) -> String {
        let were =
            |count: usize| if count == 1 { "1 line was".to_owned() } else { format!("{count} lines were") };
        let lines = |count: usize| if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
        let not_in = (self.left > 0).then(|| format!("{} not taken in", were(self.left)));
        let not_read = (self.unreadable > 0).then(|| format!("{} cannot be read", lines(self.unreadable)));
        let told = [not_in, not_read].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let numbers: Vec<&str> = self.numbers.iter().map(String::as_str).collect();
        let numbers = match numbers.as_slice() {
            [] => String::new(),
            numbers => format!(" Numbers that stand there: {}.", numbers.join(", ")),
        };
        format!("`{}`: {told}. Calls may be in it that are on no list.{numbers}", self.file.display())
    }

    /// What to do about it.
    pub(super) fn advice(&self, journal: &Path) -> String {
        if self.unreadable > 0 {
            return "compare the provider's call log of that time with `ringback calls`, and ring back who is missing; \
                    keep the file for whoever mends it, and move it out of this folder when all is clear"
                .to_owned();
        }
        let (file, journal) = (self.file.display(), journal.display());
        format!("stop `ringback serve`, run `cat {file} >> {journal}` and start it again: they come in, once")
    }
}

/// The journals beside the one in use in which something is left.
pub(super) fn kept_aside(shop: &Shop<'_>) -> Vec<Aside> {
    let journal = shop.settings.journal_of(shop.home);
    let current = read_journal(&journal).unwrap_or_default();
    let ids = current.records.into_iter().map(|record| record.id);
    let current: HashSet<String> = ids.chain(current.garbled).collect();
    let mut reader = Reader::open(&shop.home.database()).ok().flatten();
    let mut is_in = |id: &str| {
        let imported =
            reader.as_mut().is_some_and(|reader| reader.read(|tx| tx.is_imported(id)).unwrap_or(false));
        imported || current.contains(id)
    };
    let files = files(&journal, shop.home.folder());
    let found = files.into_iter().filter_map(|file| look(file, &shop.settings, &mut is_in));
    found.filter(|aside| aside.left + aside.unreadable > 0).collect()
}

fn files(journal: &Path, home: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    let name_of = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let garbled = format!("{}.garbled-", name_of(journal));
    let mut files: Vec<PathBuf> = entries(folder_of(journal))
        .map(|entry| entry.path())
        .filter(|path| name_of(path).starts_with(&garbled))
        .collect();
    let restored = entries(home).map(|entry| entry.path());
    let restored = restored.filter(|path| name_of(path).starts_with("before-restore-"));
    files.extend(restored.map(|folder| folder.join("ringback.journal")));
    files.sort();
    files
}

fn look(file: PathBuf, settings: &Settings, is_in: &mut impl FnMut(&str) -> bool) -> Option<Aside> {
    let text = read_journal(&file).ok()?;
    let sound: HashSet<&str> = text.records.iter().map(|record| record.json.as_str()).collect();
    let taken_in: HashSet<&str> =
        text.records.iter().filter(|record| is_in(&record.id)).map(|record| record.json.as_str()).collect();
    let bytes = fs::read(&file).ok()?;
    let whole = String::from_utf8_lossy(&bytes);
    let own = |number: &PhoneNumber| {
        let business = &settings.business;
        business.lines.iter().any(|line| line.number == *number)
            || business.people.iter().any(|person| person.number == *number)
    };
    let mut numbers = BTreeSet::new();
    for line in whole.lines() {
        let json = line.splitn(3, ' ').nth(2).unwrap_or_default();
        if !taken_in.contains(json) {
            numbers.extend(
                numbers_in(line).filter(|number| !own(number)).map(|number| number.as_str().to_owned()),
            );
        }
    }
    let left = sound.difference(&taken_in).count();
    let unreadable = text.garbled.iter().filter(|id| !is_in(id)).count();
    Some(Aside { file, left, unreadable, numbers })
}

/// Whatever looks like a number in international spelling.
fn numbers_in(line: &str) -> impl Iterator<Item = PhoneNumber> {
    line.split('+').skip(1).filter_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        PhoneNumber::parse(&format!("+{digits}")).ok().filter(|_| digits.len() >= 7)
    })
}
