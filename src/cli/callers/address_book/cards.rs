//! Cards (`.vcf`), as phones write them: version 2.1, 3 or 4.

use calcard::vcard::{VCard, VCardEntry, VCardParameterName, VCardProperty, VCardType, VCardValue};
use calcard::{Entry as Component, Parser};

use super::{Book, Entry, is_vip};

pub(super) fn read(text: &str) -> Book {
    let mut book = Book::default();
    for (line, card) in split(text) {
        let is_whole = card.lines().any(|line| line.trim().eq_ignore_ascii_case("end:vcard"));
        let Component::VCard(card) = Parser::new(card).entry() else {
            book.complain(line, "the card that begins here cannot be read");
            continue;
        };
        if !is_whole {
            book.complain(line, "the card that begins here has no end");
            continue;
        }
        let entry = person(&mut book, &card, line);
        book.people.push(entry);
    }
    book
}

/// Every card by itself, with the line on which it begins, so that a broken one spoils no other.
fn split(text: &str) -> Vec<(usize, &str)> {
    let mut starts = Vec::new();
    let mut byte = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if line.trim_end().eq_ignore_ascii_case("begin:vcard") {
            starts.push((index + 1, byte));
        }
        byte += line.len();
    }
    let ends = starts.iter().skip(1).map(|(_, byte)| *byte).chain([text.len()]);
    let cards = starts.iter().zip(ends);
    cards.map(|((line, start), end)| (*line, &text[*start..end])).collect()
}

fn person(book: &mut Book, card: &VCard, line: usize) -> Entry {
    let name = [VCardProperty::Fn, VCardProperty::N, VCardProperty::Org].iter().find_map(|property| {
        let entry = card.property(property)?;
        let name =
            if *property == VCardProperty::N { called(entry) } else { texts(entry).next()?.to_owned() };
        Some(name).filter(|name| !name.trim().is_empty())
    });
    let phones = card.entries.iter().filter(|entry| entry.name == VCardProperty::Tel && !is_fax(entry));
    let numbers = phones.filter_map(|entry| texts(entry).next()).map(plain_number);
    let spoken = card.property(&VCardProperty::Lang).or_else(|| card.property(&VCardProperty::Language));
    let spoken = spoken.and_then(|entry| texts(entry).next()).unwrap_or_default();
    let labels = card.entries.iter().filter(|entry| entry.name == VCardProperty::Categories);
    let labels: Vec<&str> = labels.flat_map(texts).collect();
    Entry {
        line,
        numbers: numbers.filter(|number| !number.is_empty()).collect(),
        vip: labels.iter().copied().any(is_vip),
        tags: book.tags(line, labels.iter().copied()),
        own: None,
        name: name.and_then(|name| book.name(line, &name)),
        language: book.language(line, spoken),
    }
}

/// `Reed;Mia;;Dr.;` as people say it: `Dr. Mia Reed`.
fn called(entry: &VCardEntry) -> String {
    let parts: Vec<String> = entry.values.iter().map(|value| words(value).join(" ")).collect();
    let part = |index: usize| parts.get(index).map_or("", String::as_str);
    [part(3), part(1), part(2), part(0), part(4)].join(" ")
}

fn texts(entry: &VCardEntry) -> impl Iterator<Item = &str> {
    entry.values.iter().flat_map(words)
}

fn words(value: &VCardValue) -> Vec<&str> {
    if let VCardValue::Component(words) = value {
        return words.iter().map(String::as_str).collect();
    }
    value.as_text().into_iter().collect()
}

/// A fax or a pager, and nothing that somebody calls from.
fn is_fax(entry: &VCardEntry) -> bool {
    let types = |wanted: VCardType| {
        let typed = entry.params.iter().filter(|param| param.name == VCardParameterName::Type);
        typed.filter_map(|param| param.value.as_type()).any(move |found| found.iana() == Some(&&wanted))
    };
    (types(VCardType::Fax) || types(VCardType::Pager)) && !types(VCardType::Voice) && !types(VCardType::Cell)
}

/// A number without what a URI adds: `tel:+1-555-0142;phone-context=…`.
fn plain_number(text: &str) -> String {
    let bare = match text.split_once(':') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("tel") => {
            rest.split(';').next().unwrap_or_default()
        }
        Some(_) | None => text,
    };
    bare.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;

    #[test]
    fn cards_of_every_version_are_read() {
        let cards = "\
BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:P=C3=A9rez;Jos=C3=A9;;;\r\nTEL;CELL:+1 555 0142\r\nTEL;WORK;FAX:+1 555 0149\r\nEND:VCARD\r\n\
BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Mia\r\n  Reed\r\nN:Reed;Mia;;Dr.;\r\nTEL;TYPE=HOME,VOICE:(212) 555-0143\r\nitem1.TEL;type=pref:555-0144\r\nCATEGORIES:Customers,VIP\r\nPHOTO;ENCODING=b;TYPE=JPEG:AAAA\r\n BBBB\r\nEND:VCARD\r\n\
begin:vcard\r\nversion:4.0\r\nfn:Lou Park\r\nlang;pref=1:es-MX\r\ntel;value=uri;type=\"voice,home\":tel:+1-555-0145;ext=7\r\ntel;type=pager:+15550146\r\nend:vcard\r\n";
        let expected = [
            "1: José Pérez [+1 555 0142] -",
            "7: Mia Reed [(212) 555-0143 | 555-0144] - vip #customers",
            "18: Lou Park [+1-555-0145] es",
        ];
        assert_eq!(told(cards.as_bytes()), expected);
    }

    #[test]
    fn a_broken_card_spoils_no_other() {
        let cards = "\
BEGIN:VCARD\nFN:Cut Off\nTEL:+15550141\n\
BEGIN:VCARD\nVERSION:3.0\nthis is no line\nORG:Hill Bakery;Kitchen\nTEL:+15550142\nEND:VCARD\n\
BEGIN:VCARD\nFN:\nN:Reed;Mia\nLANG:tlh\nEND:VCARD\n";
        let expected = [
            "4: Hill Bakery [+15550142] -",
            "10: Mia Reed [] -",
            "1! the card that begins here has no end",
            "10! ringback does not speak `tlh`; it speaks `en`, `es`, `fr`, `de`",
        ];
        assert_eq!(told(cards.as_bytes()), expected);
    }
}
