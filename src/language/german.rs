//! German; callers are `Sie`, and no sentence needs to know whether they are men or women.

use jiff::civil::{Date, Time};

use super::ears::Ears;
use super::phrases::{Phrases, StaffWords, capitalised, first_word, sentence};
use super::when::{Clock, Day, When, month, weekday};
use super::wording::{Better, Wording};

pub(super) static PHRASES: Phrases = Phrases {
    not_understood: "Entschuldigung, das habe ich nicht verstanden.",
    press_zero: "Um mit jemandem zu sprechen, drücken Sie die 0.",
    one_moment: "Einen Moment, bitte.",
    nobody_came: "Leider kann gerade niemand ans Telefon kommen.",
    nobody_here: "Leider ist gerade niemand da.",
    all_right: "In Ordnung.",
    thank_you: "Vielen Dank.",
    goodbye: "Auf Wiederhören.",
    no_message: "Ich habe keine Nachricht gehört, aber wir wissen, dass Sie angerufen haben.",
    we_know: "Wir wissen, dass Sie angerufen haben.",
    got_message: "Vielen Dank. Wir haben Ihre Nachricht.",
    number_in_message: "Das macht nichts. Sprechen Sie nach dem Ton und nennen Sie uns dabei Ihre Nummer.",
    too_late: "Vielen Dank. Dieser Anruf hat sich schon erledigt. Auf Wiederhören.",
    or_say_it: "Oder sagen Sie es einfach.",
    small_problem: "Entschuldigung, wir haben gerade ein kleines Problem mit unserer Leitung.",
    finding_somebody: "Einen Moment, wir suchen jemanden für Sie.",
    leave_message: "Bitte sprechen Sie nach dem Ton, wir rufen Sie zurück.",
    thanks_for_calling: "Vielen Dank für Ihren Anruf. Wir rufen Sie zurück. Auf Wiederhören.",
    caller_for_you: "Ein Anruf für Sie. Bitte Taste drücken.",
    try_later: "Entschuldigung, unsere Leitung hat gerade ein Problem. Bitte rufen Sie später noch einmal an.",
    soon: "bald",
    now: "jetzt",
    your_number: "Ihre Nummer",
    someone: "jemand",
    number_from_home: "Welche Nummer sollen wir anrufen? Tippen Sie sie ein und drücken Sie dann die Rautetaste.",
    number_from_anywhere: "Welche Nummer sollen wir anrufen? \
        Tippen Sie sie mit Landesvorwahl ein und drücken Sie dann die Rautetaste.",
    confirm_number: |number| {
        format!(
            "Ich habe die Nummer {number}. Wenn das stimmt, drücken Sie die 1. Zum Ändern drücken Sie die 2."
        )
    },
    confirm_answer: |answer| {
        format!(
            "Ich habe {} Wenn das stimmt, drücken Sie die 1. Zum Ändern drücken Sie die 2.",
            sentence(answer)
        )
    },
    we_call_back: |by| format!("Wir rufen Sie {by} zurück."),
    two_slots: |sooner, later| format!("Für einen Anruf {sooner} drücken Sie die 1, oder {later} die 2."),
    put_through: "um verbunden zu werden",
    this_language: "für Deutsch",
    choice,
    by,
    at,
    staff: StaffWords {
        any_key: "Bitte Taste drücken.",
        new_caller: "neuer Anruf",
        a_new_caller: "ein neuer Anruf",
        is_calling: |name| format!("{name} ruft an"),
        urgent: "dringend",
        important: "wichtig",
    },
};

#[rustfmt::skip]
pub(super) static EARS: Ears = Ears {
    yes: &[
        "ja", "jawohl", "jo", "joa", "jep", "genau", "richtig", "das ist richtig", "stimmt", "das stimmt",
        "ja genau", "korrekt", "das ist korrekt", "in ordnung", "okay", "ok", "klar", "na klar", "sicher",
        "naturlich", "gern", "gerne", "passt", "das passt", "perfekt", "selbstverstandlich", "ist richtig",
        "so ist es", "alles klar",
    ],
    no: &[
        "nein", "ne", "nee", "no", "nicht richtig", "das ist nicht richtig", "stimmt nicht",
        "das stimmt nicht", "das ist falsch", "falsch", "nicht korrekt", "das ist nicht korrekt",
        "auf keinen fall", "passt nicht", "das passt nicht", "leider nein", "leider nicht", "keineswegs",
    ],
    person: &[
        "mensch", "menschen", "person", "jemand", "jemanden", "jemandem", "mitarbeiter", "mitarbeiterin",
        "mitarbeitern", "berater", "beraterin", "kundenberater", "kundenservice", "kundendienst", "zentrale",
        "vermittlung", "empfang", "rezeption", "ansprechpartner", "ansprechpartnerin", "chef", "chefin",
        "echter mensch", "irgendjemand", "irgendjemanden", "irgendjemandem", "irgendwer", "personlich",
        "sekretariat", "operator",
    ],
    asking: &[
        "ich", "mich", "mir", "mit", "zu", "zum", "zur", "an", "kann", "konnte", "konnen", "konnten",
        "mochte", "will", "wurde", "wollte", "brauche", "sprechen", "reden", "verbinden", "verbinde",
        "durchstellen", "stellen", "durch", "geben", "sie", "echten", "echter", "echte", "richtigen",
        "lieber", "jetzt", "direkt", "ist", "da", "dort", "gerne", "gern", "haben", "hatte", "bei", "am",
        "telefon",
    ],
    small_talk: &[
        "ah", "ahm", "ahem", "ehm", "hm", "hmm", "tja", "also", "nun", "na", "oh", "hallo", "guten tag",
        "guten morgen", "guten abend", "gruss gott", "servus", "moin", "bitte", "danke", "danke schon",
        "vielen dank", "ich mochte", "ich mochte gern", "ich mochte gerne", "ich wurde gern",
        "ich wurde gerne", "ich hatte gern", "ich hatte gerne", "ich will", "ich brauche", "ich wollte",
        "es geht um", "ich rufe an wegen", "wegen", "entschuldigung", "mal", "eigentlich", "einfach", "der",
        "die", "das", "den", "dem", "ein", "eine", "einen", "einem", "einer", "mein", "meine", "meinen",
        "meiner", "meinem",
    ],
    keys: ["eins", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun"],
};

#[rustfmt::skip]
pub(super) static WORDING: Wording = Wording {
    unkind: &[
        Better { said: "ungultig", instead: "Entschuldigung, das habe ich nicht verstanden." },
        Better { said: "ungultige", instead: "Entschuldigung, das habe ich nicht verstanden." },
        Better { said: "ungultiger", instead: "Entschuldigung, das habe ich nicht verstanden." },
        Better { said: "nicht gultig", instead: "Entschuldigung, das habe ich nicht verstanden." },
        Better { said: "falsch", instead: "Entschuldigung, das habe ich nicht verstanden." },
        Better { said: "falsche", instead: "Entschuldigung, das habe ich nicht verstanden." },
        Better { said: "falschen", instead: "Entschuldigung, das habe ich nicht verstanden." },
        Better { said: "falscheingabe", instead: "Entschuldigung, das habe ich nicht verstanden." },
        Better { said: "inkorrekt", instead: "Entschuldigung, das habe ich nicht verstanden." },
        Better { said: "nicht korrekt", instead: "Entschuldigung, das habe ich nicht verstanden." },
        Better { said: "fehler", instead: "Das hat leider nicht geklappt." },
        Better { said: "fehlerhaft", instead: "Das hat leider nicht geklappt." },
        Better { said: "fehlerhafte", instead: "Das hat leider nicht geklappt." },
        Better { said: "fehlgeschlagen", instead: "Das hat leider nicht geklappt." },
        Better { said: "gescheitert", instead: "Das hat leider nicht geklappt." },
    ],
    press: "drücken",
    not_press: &["wahlen", "betatigen", "tippen", "eingeben", "geben", "wahle", "hauen"],
    also_press: &["drucken", "drucke", "druckt"],
    before_key: &["sie", "bitte", "die", "auf", "taste", "ziffer", "nummer"],
    star_and_pound: &["stern", "sterntaste", "raute", "rautetaste"],
    toward_goal: &["fur", "um", "wenn", "falls", "damit", "zum", "zur"],
    tiresome: &[
        Better { said: "horen sie aufmerksam", instead: "" },
        Better { said: "horen sie genau", instead: "" },
        Better { said: "horen sie gut zu", instead: "" },
        Better { said: "aufmerksam zu", instead: "" },
        Better { said: "auswahl hat sich geandert", instead: "" },
        Better { said: "menu hat sich geandert", instead: "" },
        Better { said: "optionen haben sich geandert", instead: "" },
        Better { said: "anruf ist uns wichtig", instead: "Wir sind gleich für Sie da." },
        Better { said: "anruf ist uns sehr wichtig", instead: "Wir sind gleich für Sie da." },
        Better { said: "anliegen ist uns wichtig", instead: "Wir sind gleich für Sie da." },
        Better { said: "besuchen sie unsere", instead: "" },
        Better { said: "besuchen sie uns im internet", instead: "" },
        Better { said: "auf unserer website", instead: "" },
        Better { said: "auf unserer webseite", instead: "" },
        Better { said: "auf unserer internetseite", instead: "" },
    ],
    selling: &[
        "fuhrend", "fuhrender", "fuhrende", "marktfuhrer", "nummer eins", "ausgezeichnet", "preisgekront",
        "vertrauen", "beste", "bester", "besten", "sonderangebot", "sonderangebote", "angebote", "rabatt",
        "rabatte", "aktion", "aktionen", "qualitat", "meisterqualitat", "wussten sie",
        "fragen sie nach unseren", "zufriedenheit garantiert", "nur fur kurze zeit", "ihr partner fur",
        "kompetenter partner",
    ],
};

fn by(when: &When) -> String {
    let clock = clock(when);
    match when.day {
        // Midnight needs no day beside "bis": it is that of today.
        Day::Today => format!("bis {clock}"),
        Day::Tomorrow => format!("bis morgen um {clock}"),
        Day::Within(day) => format!("bis {} um {clock}", weekday(DAYS, day)),
        Day::Later(day) => format!("bis zum {} um {clock}", calendar_day(day)),
    }
}

fn at(when: &When) -> String {
    let clock = clock(when);
    match when.day {
        Day::Today => format!("um {clock}"),
        Day::Tomorrow => format!("morgen um {clock}"),
        Day::Within(day) => format!("am {} um {clock}", weekday(DAYS, day)),
        Day::Later(day) => format!("am {} um {clock}", calendar_day(day)),
    }
}

fn clock(when: &When) -> String {
    match (&when.clock, &when.day) {
        (Clock::Midnight, Day::Today) => "Mitternacht".to_owned(),
        // German has a name of its own for the end of a day.
        (Clock::Midnight, Day::Tomorrow | Day::Within(_) | Day::Later(_)) => "24 Uhr".to_owned(),
        (Clock::Time(time), _) => time_of_day(*time),
    }
}

fn time_of_day(time: Time) -> String {
    match (time.hour(), time.minute()) {
        (0, 0) => "Mitternacht".to_owned(),
        (12, 0) => "12 Uhr mittags".to_owned(),
        // A voice may read "1 Uhr" as "eins Uhr".
        (1, 0) => "ein Uhr".to_owned(),
        (1, minute) => format!("ein Uhr {minute}"),
        (hour, 0) => format!("{hour} Uhr"),
        (hour, minute) => format!("{hour} Uhr {minute}"),
    }
}

const DAYS: [&str; 7] = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];
const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

fn calendar_day(day: Date) -> String {
    format!("{}. {}", day.day(), month(MONTHS, day))
}

fn choice(offer: &str, key: char) -> String {
    let goal = match first_word(offer).as_str() {
        "um" | "wenn" | "damit" | "falls" | "sollten" => format!("{},", capitalised(offer)),
        "für" | "zum" | "zur" | "zu" | "bei" => capitalised(offer),
        _ => format!("Für {offer}"),
    };
    match key {
        '*' => format!("{goal} drücken Sie die Sterntaste."),
        '#' => format!("{goal} drücken Sie die Rautetaste."),
        digit => format!("{goal} drücken Sie die {digit}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::when::tests::assert_said;
    use crate::language::{Language, Mark};

    #[test]
    fn times_are_said_as_people_say_them() {
        assert_said(
            Language::German,
            &[
                ("2026-11-21T15:00:00-05:00", "bis 15 Uhr", "um 15 Uhr"),
                ("2026-11-21T15:30:00-05:00", "bis 15 Uhr 30", "um 15 Uhr 30"),
                ("2026-11-21T10:05:00-05:00", "bis 10 Uhr 5", "um 10 Uhr 5"),
                ("2026-11-21T12:00:00-05:00", "bis 12 Uhr mittags", "um 12 Uhr mittags"),
                ("2026-11-21T12:15:00-05:00", "bis 12 Uhr 15", "um 12 Uhr 15"),
                ("2026-11-21T13:00:00-05:00", "bis 13 Uhr", "um 13 Uhr"),
                ("2026-11-21T13:30:00-05:00", "bis 13 Uhr 30", "um 13 Uhr 30"),
                ("2026-11-21T19:45:00-05:00", "bis 19 Uhr 45", "um 19 Uhr 45"),
                ("2026-11-21T20:00:00-05:00", "bis 20 Uhr", "um 20 Uhr"),
                ("2026-11-22T00:00:00-05:00", "bis Mitternacht", "um Mitternacht"),
                ("2026-11-22T00:15:00-05:00", "bis morgen um 0 Uhr 15", "morgen um 0 Uhr 15"),
                ("2026-11-22T01:00:00-05:00", "bis morgen um ein Uhr", "morgen um ein Uhr"),
                ("2026-11-22T08:00:00-05:00", "bis morgen um 8 Uhr", "morgen um 8 Uhr"),
                ("2026-11-22T08:30:00-05:00", "bis morgen um 8 Uhr 30", "morgen um 8 Uhr 30"),
                ("2026-11-23T00:00:00-05:00", "bis morgen um 24 Uhr", "morgen um 24 Uhr"),
                ("2026-11-23T08:00:00-05:00", "bis Montag um 8 Uhr", "am Montag um 8 Uhr"),
                (
                    "2026-11-27T12:00:00-05:00",
                    "bis Freitag um 12 Uhr mittags",
                    "am Freitag um 12 Uhr mittags",
                ),
                ("2026-11-28T00:00:00-05:00", "bis Freitag um 24 Uhr", "am Freitag um 24 Uhr"),
                ("2026-11-28T08:00:00-05:00", "bis zum 28. November um 8 Uhr", "am 28. November um 8 Uhr"),
                ("2026-12-01T13:00:00-05:00", "bis zum 1. Dezember um 13 Uhr", "am 1. Dezember um 13 Uhr"),
                ("2026-12-04T00:00:00-05:00", "bis zum 3. Dezember um 24 Uhr", "am 3. Dezember um 24 Uhr"),
                ("2026-11-21T14:59:00.001-05:00", "bis 15 Uhr", "um 15 Uhr"),
                ("2027-04-01T08:00:00-04:00", "bis zum 1. April um 8 Uhr", "am 1. April um 8 Uhr"),
            ],
        );
    }

    #[test]
    fn a_choice_is_spoken_goal_first() {
        for (offer, key, spoken) in [
            ("eine Reparatur", '1', "Für eine Reparatur drücken Sie die 1."),
            ("für die Buchhaltung", '1', "Für die Buchhaltung drücken Sie die 1."),
            (
                "um eine Nachricht zu hinterlassen.",
                '2',
                "Um eine Nachricht zu hinterlassen, drücken Sie die 2.",
            ),
            (
                "Um bis 15 Uhr zurückgerufen zu werden,",
                '1',
                "Um bis 15 Uhr zurückgerufen zu werden, drücken Sie die 1.",
            ),
            ("wenn es eilt", '3', "Wenn es eilt, drücken Sie die 3."),
            ("bei Notfällen", '4', "Bei Notfällen drücken Sie die 4."),
            ("zur Buchhaltung", '5', "Zur Buchhaltung drücken Sie die 5."),
            ("eine Reparatur", '*', "Für eine Reparatur drücken Sie die Sterntaste."),
            ("eine Reparatur", '#', "Für eine Reparatur drücken Sie die Rautetaste."),
        ] {
            assert_eq!(PHRASES.choice(offer, key), spoken);
        }
    }

    #[test]
    fn sentences_are_right_with_what_goes_into_them() {
        for (said, expected) in [
            (PHRASES.we_call_back("bis 15 Uhr"), "Wir rufen Sie bis 15 Uhr zurück."),
            (PHRASES.we_call_back("bis morgen um 9 Uhr"), "Wir rufen Sie bis morgen um 9 Uhr zurück."),
            (
                PHRASES.two_slots("bis 15 Uhr", "bis morgen um 10 Uhr"),
                "Für einen Anruf bis 15 Uhr drücken Sie die 1, oder bis morgen um 10 Uhr die 2.",
            ),
            (
                PHRASES.confirm_number("5 5 5, 0 1 4 2"),
                "Ich habe die Nummer 5 5 5, 0 1 4 2. Wenn das stimmt, drücken Sie die 1. \
                 Zum Ändern drücken Sie die 2.",
            ),
            (
                PHRASES.confirm_answer("das blaue Haus"),
                "Ich habe das blaue Haus. Wenn das stimmt, drücken Sie die 1. Zum Ändern drücken Sie die 2.",
            ),
            (
                PHRASES.confirm_answer("4711."),
                "Ich habe 4 7 1 1. Wenn das stimmt, drücken Sie die 1. Zum Ändern drücken Sie die 2.",
            ),
            (PHRASES.language_hint('9'), "Für Deutsch drücken Sie die 9."),
            (PHRASES.human_test('5'), "Um verbunden zu werden, drücken Sie die 5."),
            (
                PHRASES.accept_prompt(Some("repairs"), Some("Mia Reed"), None),
                "Repairs, Mia Reed. Bitte Taste drücken.",
            ),
            (
                PHRASES.accept_prompt(Some("repairs"), Some("Mia Reed"), Some(Mark::Urgent)),
                "Dringend, repairs, Mia Reed. Bitte Taste drücken.",
            ),
            (
                PHRASES.accept_prompt(None, Some("Mia Reed"), Some(Mark::Important)),
                "Wichtig, Mia Reed. Bitte Taste drücken.",
            ),
            (
                PHRASES.accept_prompt(Some("repairs"), None, None),
                "Repairs, neuer Anruf. Bitte Taste drücken.",
            ),
            (PHRASES.accept_prompt(None, Some("Mia Reed"), None), "Mia Reed ruft an. Bitte Taste drücken."),
            (PHRASES.accept_prompt(None, None, None), "Ein neuer Anruf. Bitte Taste drücken."),
        ] {
            assert_eq!(said, expected);
        }
    }
}
