//! A table with a header, as Google Contacts, Outlook or a spreadsheet write it.

use csv::{ReaderBuilder, StringRecord};

use crate::cli::export::unguarded;

use super::own::OwnColumns;
use super::{Book, Entry, NotABook, is_vip};

/// Words of a heading under which phone numbers stand.
const PHONES: [&str; 14] = [
    "phone",
    "phones",
    "mobile",
    "telephone",
    "tel",
    "cell",
    "cellphone",
    "landline",
    "telefon",
    "handy",
    "mobil",
    "teléfono",
    "téléphone",
    "móvil",
];
/// Words of a heading that make it something else than a person's own phone: who picks up there is no caller.
const NO_PHONES: [&str; 11] = [
    "fax",
    "pager",
    "telex",
    "isdn",
    "tty",
    "type",
    "label",
    "assistant",
    "extension",
    "country",
    "provider",
];

/// What a column is for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Column {
    Name,
    First,
    Middle,
    Last,
    Firm,
    /// What the number of the next column is: `Mobile`, `Work Fax`.
    Kind,
    Number,
    Language,
    Vip,
    Labels,
    Tags,
}

pub(super) fn read(text: &str) -> Result<Book, NotABook> {
    // Excel says on a line before the table what stands between two cells.
    let told = text.split_once('\n').filter(|(first, _)| first.starts_with("sep="));
    let (text, mut line) = told.map_or((text, 1), |(_, rest)| (rest, 2));
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter(text)).flexible(true).from_reader(text.as_bytes());
    // Text in memory that is UTF-8 has no way to fail, but for being empty, which reads as no columns.
    let headings = reader.headers().cloned().unwrap_or_default();
    let columns: Vec<Option<Column>> = headings.iter().map(column).collect();
    if !columns.contains(&Some(Column::Number)) {
        let names = headings.iter().take(8).map(|heading| format!("`{}`", heading.trim()));
        return Err(NotABook::NoNumbers(names.collect::<Vec<_>>().join(", ")));
    }
    let own = OwnColumns::find(&headings);
    let mut book = Book::default();
    let mut record = StringRecord::new();
    let mut start = 0;
    loop {
        let from = reader.position().byte() as usize;
        // The lines of the record before, and blank lines, which belong to no record.
        let blank = text[from..].len() - text[from..].trim_start_matches(['\r', '\n']).len();
        line += lines_in(&text[start..from + blank]);
        start = from + blank;
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(book),
            Err(error) => {
                book.complain(line, error.to_string());
                continue;
            }
        }
        let end = (reader.position().byte() as usize).clamp(start, text.len());
        if end == text.len() && is_unclosed(&text[start..end]) {
            book.complain(line, "a quote that begins here is never closed; nothing after it can be read");
            return Ok(book);
        }
        if record.iter().any(|cell| !cell.trim().is_empty()) {
            let mut entry = person(&mut book, (&columns, &record), line);
            entry.own = own.as_ref().map(|own| own.read(&mut book, &record, line));
            book.people.push(entry);
        }
    }
}

/// What stands most often in the first line, outside quotes.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.trim_start().bytes().take_while(|byte| *byte != b'\n') {
        quoted ^= byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(mark, _)| *mark == byte && !quoted) {
            *count += 1;
        }
    }
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    best.map_or(b',', |(mark, _)| *mark)
}

fn lines_in(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// A quote that is never closed makes the rest of the file one record of many lines.
fn is_unclosed(record: &str) -> bool {
    record.trim().contains('\n') && record.matches('"').count() % 2 == 1
}

/// What a heading says: `Phone 1 - Value`, `Mobile Phone`, `Given Name`.
fn column(heading: &str) -> Option<Column> {
    let heading = heading.to_lowercase();
    let words: Vec<&str> =
        heading.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let plain = words.join(" ");
    match plain.as_str() {
        "name" | "full name" | "display name" | "contact" | "contact name" | "customer" | "caller" => {
            return Some(Column::Name);
        }
        "first name" | "given name" | "first" | "firstname" | "vorname" => return Some(Column::First),
        "middle name" | "additional name" | "middle" => return Some(Column::Middle),
        "last name" | "family name" | "surname" | "last" | "lastname" | "nachname" => {
            return Some(Column::Last);
        }
        "company" | "organization name" | "organization" | "firm" | "business" | "firma" => {
            return Some(Column::Firm);
        }
        "number" | "numbers" | "number s" | "nummer" | "número" | "numéro" => return Some(Column::Number),
        "language" | "lang" | "sprache" | "idioma" | "langue" => return Some(Column::Language),
        "vip" => return Some(Column::Vip),
        "labels" | "group membership" | "categories" => return Some(Column::Labels),
        "tags" | "tag" => return Some(Column::Tags),
        _ => {}
    }
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    if has(&PHONES) && has(&["label", "type"]) {
        return Some(Column::Kind);
    }
    (has(&PHONES) && !has(&NO_PHONES)).then_some(Column::Number)
}

fn person(book: &mut Book, (columns, record): (&[Option<Column>], &StringRecord), line: usize) -> Entry {
    let cells = |wanted: Column| {
        let pairs = columns.iter().zip(record.iter());
        pairs.filter(move |(column, _)| **column == Some(wanted)).map(|(_, cell)| unguarded(cell).trim())
    };
    let first = |wanted: Column| cells(wanted).find(|cell| !cell.is_empty()).unwrap_or_default();
    let parts = [Column::First, Column::Middle, Column::Last].map(first).join(" ");
    let named = [first(Column::Name), parts.as_str(), first(Column::Firm)];
    let name = named.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_default();
    let is_fax = |index: usize| {
        let kind = index.checked_sub(1).filter(|before| columns[*before] == Some(Column::Kind));
        let kind = kind.and_then(|before| record.get(before)).unwrap_or_default().to_lowercase();
        kind.contains("fax") || kind.contains("pager")
    };
    let phones = columns.iter().zip(record.iter()).enumerate();
    let phones = phones.filter(|(index, (column, _))| **column == Some(Column::Number) && !is_fax(*index));
    // Google puts several numbers of one kind into one cell, with `:::` between.
    let numbers =
        phones.flat_map(|(_, (_, cell))| unguarded(cell).split([';', ',', '|', '\n', ':'])).map(str::trim);
    // Spreadsheets are told by a `'` that a number is text.
    let numbers = numbers
        .map(|number| number.trim_start_matches('\''))
        .filter(|number| !number.is_empty())
        .map(str::to_owned);
    let labels =
        cells(Column::Labels).flat_map(|cell| cell.split([';', ','])).flat_map(|cell| cell.split(":::"));
    let tags = cells(Column::Tags).flat_map(|cell| cell.split([';', ',']));
    let labels: Vec<&str> = labels.chain(tags).collect();
    Entry {
        line,
        name: book.name(line, name),
        numbers: numbers.collect(),
        language: book.language(line, first(Column::Language)),
        vip: book.vip(line, first(Column::Vip)) || labels.iter().copied().any(is_vip),
        tags: book.tags(line, labels.iter().copied()),
        own: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    #[test]
    fn a_table_of_ones_own_has_its_columns_in_any_order() {
        let table = "\
VIP;Number(s);Name;Language;Tags
yes;+1 555 0142; Mia  Reed ;es;Boiler, good payer
;555-0143, (212) 555-0144;Lou Park;German;

no;+15550145;;;vip
";
        let expected = [
            "2: Mia Reed [+1 555 0142] es vip #boiler #good payer",
            "3: Lou Park [555-0143 | (212) 555-0144] de",
            "5: - [+15550145] - vip",
        ];
        assert_eq!(told(table.as_bytes()), expected);
    }

    #[test]
    fn what_google_exports_is_read() {
        let table = "\
First Name,Middle Name,Last Name,Organization Name,Notes,Labels,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value
Mia,,Reed,,\"rings
twice\",VIP ::: Landlords ::: * myContacts,mia@example.com,Mobile,+1 555-0142 ::: +1 555-0143,Work Fax,+1 555-0149
,,,Hill Bakery,,* myContacts,,Work,+1 555-0144,,
";
        let expected =
            ["2: Mia Reed [+1 555-0142 | +1 555-0143] - vip #landlords", "4: Hill Bakery [+1 555-0144] -"];
        assert_eq!(told(table.as_bytes()), expected);
        let old = "Name,Given Name,Family Name,Group Membership,Phone 1 - Type,Phone 1 - Value\nMia Reed,Mia,Reed,* vip,Home,+15550142\n";
        assert_eq!(told(old.as_bytes()), ["2: Mia Reed [+15550142] - vip"]);
    }

    #[test]
    fn what_outlook_exports_is_read_without_fax_and_assistant() {
        let table = "\
\"Title\",\"First Name\",\"Last Name\",\"Company\",\"Assistant's Phone\",\"Business Fax\",\"Business Phone\",\"Mobile Phone\",\"TTY/TDD Phone\",\"Government ID Number\",\"Language\"
\"Ms\",\"Mia\",\"Reed\",\"Hill Bakery\",\"+15550147\",\"+15550148\",\"+15550142\",\"+15550143\",\"+15550149\",\"12\",\"\"
";
        assert_eq!(told(table.as_bytes()), ["2: Mia Reed [+15550142 | +15550143] -"]);
    }

    #[test]
    fn what_guards_a_cell_from_a_spreadsheet_is_taken_off() {
        let table = "name,number\n'=1+1,+15550142\n'tis Mia,'+15550143\n";
        let expected = ["2: =1+1 [+15550142] -", "3: 'tis Mia [+15550143] -"];
        assert_eq!(told(table.as_bytes()), expected);
    }

    #[test]
    fn what_is_no_tag_is_named_by_its_line() {
        let table = format!("number,name,tags\n+15550142,Mia,{};b\n", "x".repeat(31));
        let expected = [
            "2: Mia [+15550142] - #b".to_owned(),
            format!("2! `{}` is no tag: a tag has 1 to 30 letters", "x".repeat(31)),
        ];
        assert_eq!(told(table.as_bytes()), expected);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_line() {
        let table = "name,number,language,vip\nMia,+15550142,Klingon,maybe\nLou\nJo,+15550143,,,too,much\n\"Pat,+15550144\nKim,+15550145\n";
        let expected = [
            "2: Mia [+15550142] -",
            "3: Lou [] -",
            "4: Jo [+15550143] -",
            "2! ringback does not speak `Klingon`; it speaks `en`, `es`, `fr`, `de`",
            "2! `maybe` in `vip` is neither `yes` nor `no`",
            "5! a quote that begins here is never closed; nothing after it can be read",
        ];
        assert_eq!(told(table.as_bytes()), expected);
    }

    #[test]
    fn the_mark_that_excel_writes_before_a_table_is_no_heading() {
        let table = "sep=;\r\nname;number\r\n\r\n\"Reed, Mia\";+15550142\r\nLou;\r\n";
        assert_eq!(told(table.as_bytes()), ["4: Reed, Mia [+15550142] -", "5: Lou [] -"]);
    }

    #[test]
    fn a_table_without_numbers_or_heading_is_none() {
        let columns = |text: &str| match read(text) {
            Err(NotABook::NoNumbers(columns)) => columns,
            other => panic!("{other:?}"),
        };
        assert_eq!(columns("Name,E-mail\nMia,mia@example.com\n"), "`Name`, `E-mail`");
        assert_eq!(columns("Mia Reed,+15550142\n"), "`Mia Reed`, `+15550142`");
    }
}
