//! Spanish, as it is understood on both sides of the ocean; callers are `usted`.

use jiff::civil::{Date, Time};

use super::ears::Ears;
use super::phrases::{Phrases, StaffWords, capitalised, first_word, sentence};
use super::when::{Clock, Day, When, month, weekday};
use super::wording::{Better, Wording};

pub(super) static PHRASES: Phrases = Phrases {
    not_understood: "Perdón, no le entendí.",
    press_zero: "Para hablar con una persona, marque 0.",
    one_moment: "Un momento, por favor.",
    nobody_came: "Lo sentimos, en este momento nadie puede atenderle.",
    nobody_here: "Lo sentimos, en este momento no hay nadie.",
    all_right: "De acuerdo.",
    thank_you: "Gracias.",
    goodbye: "Hasta luego.",
    no_message: "No oímos ningún mensaje, pero sabemos que nos llamó.",
    we_know: "Sabemos que nos llamó.",
    got_message: "Gracias. Tenemos su mensaje.",
    number_in_message: "No pasa nada. Deje un mensaje después del tono y diga en él su número.",
    too_late: "Gracias. Esta persona ya no está esperando. Hasta luego.",
    or_say_it: "O simplemente dígalo.",
    small_problem: "Disculpe, tenemos un pequeño problema con nuestra línea.",
    finding_somebody: "Un momento, buscamos a alguien que le atienda.",
    leave_message: "Por favor, deje un mensaje después del tono y le llamaremos.",
    thanks_for_calling: "Gracias por su llamada. Le llamaremos. Hasta luego.",
    caller_for_you: "Una llamada para usted. Pulse cualquier tecla.",
    try_later: "Disculpe, nuestra línea tiene un problema en este momento. Por favor, llame más tarde.",
    soon: "pronto",
    now: "ahora",
    your_number: "su número",
    someone: "alguien",
    // The key has another name in every country; in most of Latin America it is `numeral`.
    number_from_home: "¿A qué número le llamamos? Márquelo y después la tecla numeral.",
    number_from_anywhere: "¿A qué número le llamamos? \
        Márquelo con el código de su país y después la tecla numeral.",
    confirm_number: |number| {
        format!("Tengo el {number}. Si es correcto, marque 1. Para marcarlo de nuevo, marque 2.")
    },
    confirm_answer: |answer| {
        format!("Tengo {} Si es correcto, marque 1. Para cambiarlo, marque 2.", sentence(answer))
    },
    we_call_back: |by| sentence(&format!("Le llamaremos {by}")),
    two_slots: |sooner, later| format!("Para que le llamemos {sooner}, marque 1. O {later}, marque 2."),
    put_through: "hablar con nosotros",
    this_language: "español",
    choice,
    by: |when| on_day(when, &after("antes de", &clock(when))),
    at: |when| on_day(when, &after("a", &clock(when))),
    staff: StaffWords {
        any_key: "Pulse cualquier tecla.",
        new_caller: "llamada nueva",
        a_new_caller: "una llamada nueva",
        is_calling: |name| format!("llama {name}"),
        urgent: "urgente",
        important: "importante",
    },
};

#[rustfmt::skip]
pub(super) static EARS: Ears = Ears {
    yes: &[
        "si", "claro", "claro que si", "por supuesto", "correcto", "es correcto", "esta bien", "asi es",
        "eso es", "exacto", "exactamente", "de acuerdo", "vale", "ok", "okay", "okey", "dale",
        "perfecto", "muy bien", "sale", "desde luego", "afirmativo", "esta correcto",
    ],
    no: &[
        "no", "para nada", "no es", "no es correcto", "no esta bien", "no es asi", "incorrecto", "esta mal",
        "de ninguna manera", "no esta correcto", "negativo", "nada de eso", "tampoco",
    ],
    person: &[
        "persona", "persona real", "persona de verdad", "operador", "operadora", "representante", "agente",
        "alguien", "un humano", "humano", "recepcionista", "recepcion", "asesor", "asesora", "ejecutivo",
        "ejecutiva", "encargado", "encargada", "el dueno", "la duena", "atencion al cliente", "ser humano",
    ],
    asking: &[
        "yo", "me", "nos", "con", "a", "hablar", "hablo", "puedo", "puede", "podria", "pueden", "podemos",
        "quiero", "necesito", "comunicar", "comunicarme", "comuniqueme", "comunica", "pasar", "paseme",
        "pasame", "pase", "poner", "pongame", "ponerme", "deme", "dame", "ahora", "que", "hay", "ahi", "alli",
        "de", "real", "directamente", "prefiero", "contactar", "transferir", "transfierame",
    ],
    small_talk: &[
        "eh", "em", "este", "pues", "mmm", "mm", "ah", "oh", "hola", "buenas", "buenos dias", "buenas tardes",
        "buenas noches", "por favor", "porfavor", "gracias", "muchas gracias", "quiero", "quisiera",
        "querria", "me gustaria", "necesito", "necesitaria", "deseo", "es para", "llamo por", "llamo para",
        "es por", "es sobre", "disculpe", "perdon", "mire", "oiga", "el", "la", "los", "las", "un", "una",
        "unos", "unas", "mi", "mis", "senor", "senora", "senorita",
    ],
    keys: ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
};

#[rustfmt::skip]
pub(super) static WORDING: Wording = Wording {
    unkind: &[
        Better { said: "invalido", instead: "Perdón, no le entendí." },
        Better { said: "invalida", instead: "Perdón, no le entendí." },
        Better { said: "no valido", instead: "Perdón, no le entendí." },
        Better { said: "no valida", instead: "Perdón, no le entendí." },
        Better { said: "no es valido", instead: "Perdón, no le entendí." },
        Better { said: "no es valida", instead: "Perdón, no le entendí." },
        Better { said: "incorrecto", instead: "Perdón, no le entendí." },
        Better { said: "incorrecta", instead: "Perdón, no le entendí." },
        Better { said: "equivocado", instead: "Perdón, no le entendí." },
        Better { said: "equivocada", instead: "Perdón, no le entendí." },
        Better { said: "se equivoco", instead: "Perdón, no le entendí." },
        Better { said: "error", instead: "Perdón, no pudimos hacerlo." },
        Better { said: "errores", instead: "Perdón, no pudimos hacerlo." },
        Better { said: "erroneo", instead: "Perdón, no le entendí." },
        Better { said: "erronea", instead: "Perdón, no le entendí." },
        Better { said: "fallo", instead: "Perdón, no pudimos hacerlo." },
        Better { said: "fallido", instead: "Perdón, no pudimos hacerlo." },
    ],
    press: "marque",
    not_press: &["apriete", "aplaste", "empuje", "golpee", "disque", "seleccione", "introduzca", "ingrese"],
    also_press: &["pulse", "oprima", "presione", "digite", "teclee", "marca", "pulsa"],
    before_key: &["el", "la", "tecla", "numero", "opcion"],
    star_and_pound: &["asterisco", "estrella", "numeral", "almohadilla", "gato", "signo de numero", "libra"],
    toward_goal: &["para", "si"],
    tiresome: &[
        Better { said: "escuche con atencion", instead: "" },
        Better { said: "escuche atentamente", instead: "" },
        Better { said: "escuche cuidadosamente", instead: "" },
        Better { said: "preste atencion", instead: "" },
        Better { said: "opciones han cambiado", instead: "" },
        Better { said: "menu ha cambiado", instead: "" },
        Better { said: "llamada es importante", instead: "Enseguida le atendemos." },
        Better { said: "llamada es muy importante", instead: "Enseguida le atendemos." },
        Better { said: "visite nuestra pagina", instead: "" },
        Better { said: "visite nuestro sitio", instead: "" },
        Better { said: "visite nuestra web", instead: "" },
        Better { said: "en nuestra pagina web", instead: "" },
    ],
    selling: &[
        "lider", "lideres", "de confianza", "numero uno", "galardonado", "galardonada", "la mejor",
        "el mejor", "los mejores", "las mejores", "oferta especial", "ofertas especiales", "descuento",
        "descuentos", "promocion", "promociones", "rebajas", "calidad garantizada", "servicio de calidad",
        "pregunte por nuestras", "orgullosos de servirle", "satisfaccion garantizada", "por tiempo limitado",
        "sabia que",
    ],
};

/// With its article, unless it has none: `las 3 de la tarde`, `la una y media de la tarde`, `el mediodía`.
fn clock(when: &When) -> String {
    match when.clock {
        Clock::Midnight => "medianoche".to_owned(),
        Clock::Time(time) => time_of_day(time),
    }
}

fn time_of_day(time: Time) -> String {
    let minutes = match time.minute() {
        0 => String::new(),
        15 => " y cuarto".to_owned(),
        30 => " y media".to_owned(),
        minute => format!(" y {minute}"),
    };
    let half = match time.hour() {
        // Not "de la noche", which may be the night before or after.
        0..=5 => "de la madrugada",
        6..=11 => "de la mañana",
        12..=19 => "de la tarde",
        _ => "de la noche",
    };
    match (time.hour(), time.hour() % 12) {
        (0, _) if minutes.is_empty() => "medianoche".to_owned(),
        (12, _) if minutes.is_empty() => "el mediodía".to_owned(),
        (_, 0) => format!("las 12{minutes} {half}"),
        // A voice may read "la 1" as "la uno".
        (_, 1) => format!("la una{minutes} {half}"),
        (_, hour) => format!("las {hour}{minutes} {half}"),
    }
}

/// `a` and `de` melt with `el`: `al mediodía`.
fn after(preposition: &str, clock: &str) -> String {
    match clock.strip_prefix("el ") {
        Some(clock) => format!("{preposition}l {clock}"),
        None => format!("{preposition} {clock}"),
    }
}

fn on_day(when: &When, time: &str) -> String {
    match (&when.clock, &when.day) {
        (Clock::Time(_), Day::Today) => time.to_owned(),
        (Clock::Time(_), Day::Tomorrow) => format!("mañana {time}"),
        (Clock::Time(_), Day::Within(day)) => format!("el {} {time}", weekday(DAYS, *day)),
        (Clock::Time(_), Day::Later(day)) => format!("el {} {time}", calendar_day(*day)),
        (Clock::Midnight, Day::Today) => format!("esta noche {time}"),
        (Clock::Midnight, Day::Tomorrow) => format!("mañana por la noche {time}"),
        (Clock::Midnight, Day::Within(day)) => format!("el {} por la noche {time}", weekday(DAYS, *day)),
        (Clock::Midnight, Day::Later(day)) => format!("la noche del {} {time}", calendar_day(*day)),
    }
}

const DAYS: [&str; 7] = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"];
const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

fn calendar_day(day: Date) -> String {
    format!("{} de {}", day.day(), month(MONTHS, day))
}

fn choice(offer: &str, key: char) -> String {
    let goal = match first_word(offer).as_str() {
        "para" | "si" => capitalised(offer),
        _ => format!("Para {offer}"),
    };
    match key {
        '*' => format!("{goal}, marque asterisco."),
        '#' => format!("{goal}, marque numeral."),
        digit => format!("{goal}, marque {digit}."),
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
            Language::Spanish,
            &[
                ("2026-11-21T15:00:00-05:00", "antes de las 3 de la tarde", "a las 3 de la tarde"),
                (
                    "2026-11-21T15:30:00-05:00",
                    "antes de las 3 y media de la tarde",
                    "a las 3 y media de la tarde",
                ),
                (
                    "2026-11-21T10:05:00-05:00",
                    "antes de las 10 y 5 de la mañana",
                    "a las 10 y 5 de la mañana",
                ),
                ("2026-11-21T12:00:00-05:00", "antes del mediodía", "al mediodía"),
                (
                    "2026-11-21T12:15:00-05:00",
                    "antes de las 12 y cuarto de la tarde",
                    "a las 12 y cuarto de la tarde",
                ),
                ("2026-11-21T13:00:00-05:00", "antes de la una de la tarde", "a la una de la tarde"),
                (
                    "2026-11-21T13:30:00-05:00",
                    "antes de la una y media de la tarde",
                    "a la una y media de la tarde",
                ),
                ("2026-11-21T19:45:00-05:00", "antes de las 7 y 45 de la tarde", "a las 7 y 45 de la tarde"),
                ("2026-11-21T20:00:00-05:00", "antes de las 8 de la noche", "a las 8 de la noche"),
                ("2026-11-22T00:00:00-05:00", "esta noche antes de medianoche", "esta noche a medianoche"),
                (
                    "2026-11-22T00:15:00-05:00",
                    "mañana antes de las 12 y cuarto de la madrugada",
                    "mañana a las 12 y cuarto de la madrugada",
                ),
                (
                    "2026-11-22T01:00:00-05:00",
                    "mañana antes de la una de la madrugada",
                    "mañana a la una de la madrugada",
                ),
                (
                    "2026-11-22T08:00:00-05:00",
                    "mañana antes de las 8 de la mañana",
                    "mañana a las 8 de la mañana",
                ),
                (
                    "2026-11-22T08:30:00-05:00",
                    "mañana antes de las 8 y media de la mañana",
                    "mañana a las 8 y media de la mañana",
                ),
                (
                    "2026-11-23T00:00:00-05:00",
                    "mañana por la noche antes de medianoche",
                    "mañana por la noche a medianoche",
                ),
                (
                    "2026-11-23T08:00:00-05:00",
                    "el lunes antes de las 8 de la mañana",
                    "el lunes a las 8 de la mañana",
                ),
                ("2026-11-27T12:00:00-05:00", "el viernes antes del mediodía", "el viernes al mediodía"),
                (
                    "2026-11-28T00:00:00-05:00",
                    "el viernes por la noche antes de medianoche",
                    "el viernes por la noche a medianoche",
                ),
                (
                    "2026-11-28T08:00:00-05:00",
                    "el 28 de noviembre antes de las 8 de la mañana",
                    "el 28 de noviembre a las 8 de la mañana",
                ),
                (
                    "2026-12-01T13:00:00-05:00",
                    "el 1 de diciembre antes de la una de la tarde",
                    "el 1 de diciembre a la una de la tarde",
                ),
                (
                    "2026-12-04T00:00:00-05:00",
                    "la noche del 3 de diciembre antes de medianoche",
                    "la noche del 3 de diciembre a medianoche",
                ),
                ("2026-11-21T14:59:00.001-05:00", "antes de las 3 de la tarde", "a las 3 de la tarde"),
                (
                    "2027-04-01T08:00:00-04:00",
                    "el 1 de abril antes de las 8 de la mañana",
                    "el 1 de abril a las 8 de la mañana",
                ),
            ],
        );
    }

    #[test]
    fn a_choice_is_spoken_goal_first() {
        for (offer, key, spoken) in [
            ("dejar un mensaje", '1', "Para dejar un mensaje, marque 1."),
            ("facturación", '1', "Para facturación, marque 1."),
            ("para una reparación.", '2', "Para una reparación, marque 2."),
            (
                "que le llamemos antes de las 3 de la tarde",
                '1',
                "Para que le llamemos antes de las 3 de la tarde, marque 1.",
            ),
            ("si es urgente", '3', "Si es urgente, marque 3."),
            ("facturación", '*', "Para facturación, marque asterisco."),
            ("facturación", '#', "Para facturación, marque numeral."),
        ] {
            assert_eq!(PHRASES.choice(offer, key), spoken);
        }
    }

    #[test]
    fn sentences_are_right_with_what_goes_into_them() {
        for (said, expected) in [
            (PHRASES.we_call_back("antes de las 3 de la tarde"), "Le llamaremos antes de las 3 de la tarde."),
            (
                PHRASES.we_call_back("mañana antes de las 9 de la mañana"),
                "Le llamaremos mañana antes de las 9 de la mañana.",
            ),
            (
                PHRASES.two_slots("antes de las 3 de la tarde", "mañana antes de las 10 de la mañana"),
                "Para que le llamemos antes de las 3 de la tarde, marque 1. \
                 O mañana antes de las 10 de la mañana, marque 2.",
            ),
            (
                PHRASES.confirm_number("5 5 5, 0 1 4 2"),
                "Tengo el 5 5 5, 0 1 4 2. Si es correcto, marque 1. Para marcarlo de nuevo, marque 2.",
            ),
            (
                PHRASES.confirm_answer("la casa azul"),
                "Tengo la casa azul. Si es correcto, marque 1. Para cambiarlo, marque 2.",
            ),
            (
                PHRASES.confirm_answer("4711."),
                "Tengo 4 7 1 1. Si es correcto, marque 1. Para cambiarlo, marque 2.",
            ),
            (PHRASES.language_hint('9'), "Para español, marque 9."),
            (PHRASES.human_test('5'), "Para hablar con nosotros, marque 5."),
            (
                PHRASES.accept_prompt(Some("repairs"), Some("Mia Reed"), None),
                "Repairs, Mia Reed. Pulse cualquier tecla.",
            ),
            (
                PHRASES.accept_prompt(Some("repairs"), Some("Mia Reed"), Some(Mark::Urgent)),
                "Urgente, repairs, Mia Reed. Pulse cualquier tecla.",
            ),
            (
                PHRASES.accept_prompt(None, Some("Mia Reed"), Some(Mark::Important)),
                "Importante, Mia Reed. Pulse cualquier tecla.",
            ),
            (
                PHRASES.accept_prompt(Some("repairs"), None, None),
                "Repairs, llamada nueva. Pulse cualquier tecla.",
            ),
            (PHRASES.accept_prompt(None, Some("Mia Reed"), None), "Llama Mia Reed. Pulse cualquier tecla."),
            (PHRASES.accept_prompt(None, None, None), "Una llamada nueva. Pulse cualquier tecla."),
        ] {
            assert_eq!(said, expected);
        }
    }
}
