//! Phone numbers as people spell them. The only module that wakes the phone-number library, which takes tens of
//! milliseconds and megabytes: never on the way of a call, and not for a file that is right.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

use crate::call::PhoneNumber;

/// Text that is not a phone number in any spelling.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a phone number, neither with `+` nor as one writes it in {country}")]
pub struct NotSpelled {
    /// What was typed.
    pub text: String,
    /// The country whose spelling was tried.
    pub country: String,
}

/// Reads a number as people write it: E.164, with `+` and blanks, or as in `country` (two letters: `US`). E.164 is
/// taken as it stands, without asking the library.
pub fn spell(text: &str, country: &str) -> Result<PhoneNumber, NotSpelled> {
    let text = text.trim();
    if let Ok(number) = PhoneNumber::parse(text) {
        return Ok(number);
    }
    // Vanity numbers and extensions would lose a part without a word.
    if text.chars().any(char::is_alphabetic) {
        return Err(not_spelled(text, country));
    }
    let region = Region::from_code(country).ok();
    if let Ok(known) = PHONE_NUMBER_UTIL.parse(text, region)
        && PHONE_NUMBER_UTIL.is_valid_number(&known)
        && known.extension.is_none()
        && let Ok(number) = PhoneNumber::parse(&PHONE_NUMBER_UTIL.format(&known, PhoneNumberFormat::E164))
    {
        return Ok(number);
    }
    // The library knows only numbers that are given out; `(0)` is the one case where leaving out marks is not enough.
    let bare: String = text.chars().filter(|c| !" -./()\u{a0}".contains(*c)).collect();
    match PhoneNumber::parse(&bare) {
        Ok(number) if !text.contains("(0)") => Ok(number),
        Ok(_) | Err(_) => Err(not_spelled(text, country)),
    }
}

/// The same, for people's lists: a number of seven digits, as neighbours in North America write it (`555-0142`), has the
/// area code of `near`, a number of the business itself.
pub fn spell_near(text: &str, country: &str, near: &PhoneNumber) -> Result<PhoneNumber, NotSpelled> {
    let spelled = spell(text, country);
    let bare: String = text.trim().chars().filter(|c| !" -.\u{a0}".contains(*c)).collect();
    let is_local =
        bare.len() == 7 && bare.bytes().all(|b| b.is_ascii_digit()) && !bare.starts_with(['0', '1']);
    if spelled.is_ok() || !is_local || !matches!(country, "US" | "CA") {
        return spelled;
    }
    let area = near.as_str().strip_prefix("+1").and_then(|rest| rest.get(..rest.len().checked_sub(7)?));
    let whole = area.and_then(|area| PhoneNumber::parse(&format!("+1{area}{bare}")).ok());
    whole.map_or(spelled, Ok)
}

fn not_spelled(text: &str, country: &str) -> NotSpelled {
    NotSpelled { text: text.to_owned(), country: country.to_owned() }
}

/// Zones and the country whose people use them; the first that fits counts.
const ZONES: [(&str, &str); 40] = [
    ("America/Toronto", "CA"),
    ("America/Vancouver", "CA"),
    ("America/Edmonton", "CA"),
    ("America/Winnipeg", "CA"),
    ("America/Halifax", "CA"),
    ("America/St_Johns", "CA"),
    ("America/Regina", "CA"),
    ("Canada/", "CA"),
    ("America/Mexico_City", "MX"),
    ("America/Sao_Paulo", "BR"),
    ("America/Bogota", "CO"),
    ("America/Lima", "PE"),
    ("America/Santiago", "CL"),
    ("America/Argentina/", "AR"),
    ("Europe/London", "GB"),
    ("Europe/Dublin", "IE"),
    ("Europe/Berlin", "DE"),
    ("Europe/Vienna", "AT"),
    ("Europe/Zurich", "CH"),
    ("Europe/Paris", "FR"),
    ("Europe/Brussels", "BE"),
    ("Europe/Amsterdam", "NL"),
    ("Europe/Luxembourg", "LU"),
    ("Europe/Madrid", "ES"),
    ("Europe/Lisbon", "PT"),
    ("Europe/Rome", "IT"),
    ("Europe/Copenhagen", "DK"),
    ("Europe/Stockholm", "SE"),
    ("Europe/Oslo", "NO"),
    ("Europe/Helsinki", "FI"),
    ("Europe/Warsaw", "PL"),
    ("Europe/Prague", "CZ"),
    ("Asia/Kolkata", "IN"),
    ("Asia/Singapore", "SG"),
    ("Asia/Tokyo", "JP"),
    ("Asia/Jerusalem", "IL"),
    ("Africa/Johannesburg", "ZA"),
    ("Australia/", "AU"),
    ("Pacific/Auckland", "NZ"),
    ("US/", "US"),
];

/// The country whose way of writing numbers a business uses: by its time zone, which says where it is, else by the
/// region of its language (`en-GB`), else the United States.
pub fn country(time_zone: &str, language: &str) -> String {
    if let Some((_, country)) = ZONES.iter().find(|(zone, _)| time_zone.starts_with(zone)) {
        return (*country).to_owned();
    }
    let is_region = |part: &&str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic());
    language.split(['-', '_']).skip(1).find(is_region).unwrap_or("US").to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str, country: &str) -> Option<String> {
        spell(text, country).ok().map(|number| number.as_str().to_owned())
    }

    #[test]
    fn the_spellings_of_one_number_are_one_number() {
        for text in [
            "+12125550142",
            "(212) 555-0142",
            "212-555-0142",
            "212.555.0142",
            "1 212 555 0142",
            "+1 212 555-0142",
        ] {
            assert_eq!(spelled(text, "US").as_deref(), Some("+12125550142"), "{text}");
        }
        assert_eq!(spelled("030 1234567", "DE").as_deref(), Some("+49301234567"));
        assert_eq!(spelled("+49 (0)30 1234567", "US").as_deref(), Some("+49301234567"));
    }

    #[test]
    fn neighbours_leave_the_area_code_out() {
        let near = |text: &str, country: &str, line: &str| {
            let line = PhoneNumber::parse(line).expect("a number");
            spell_near(text, country, &line).ok().map(|number| number.to_string())
        };
        assert_eq!(near("555-0142", "US", "+12125550100").as_deref(), Some("+12125550142"));
        assert_eq!(near("555 0142", "US", "+15550100").as_deref(), Some("+15550142"));
        assert_eq!(near("(212) 555-0142", "US", "+13125550100").as_deref(), Some("+12125550142"));
        for (text, country, line) in [
            ("555-0142", "US", "+442079460018"),
            ("55-0142", "US", "+12125550100"),
            ("055-0142", "US", "+12125550100"),
        ] {
            assert_eq!(near(text, country, line), None, "{text} {country} {line}");
        }
    }

    #[test]
    fn a_number_with_plus_need_not_be_given_out() {
        assert_eq!(spelled("+15550100", "US").as_deref(), Some("+15550100"));
        assert_eq!(spelled("+1 555 0100", "US").as_deref(), Some("+15550100"));
    }

    #[test]
    fn what_would_be_a_guess_is_refused() {
        for text in
            ["", "ana", "555-0142", "911", "sip:ana", "1-800-PLUMBER", "+1 212 555 0142 ext. 5", "+", "12"]
        {
            assert_eq!(spelled(text, "US"), None, "{text}");
        }
        assert_eq!(spelled("030 1234567", "no country"), None);
    }

    #[test]
    fn the_country_is_where_the_business_is() {
        let cases = [
            ("America/New_York", "en-US", "US"),
            ("Europe/Berlin", "en-US", "DE"),
            ("America/Toronto", "en", "CA"),
            ("UTC", "en-GB", "GB"),
            ("UTC", "zh-Hans-SG", "SG"),
            ("UTC", "en", "US"),
        ];
        for (zone, language, expected) in cases {
            assert_eq!(country(zone, language), expected, "{zone} {language}");
        }
    }
}
