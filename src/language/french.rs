//! French; callers are `vous`, and no sentence needs to know whether they are men or women.

use jiff::civil::{Date, Time};

use super::ears::Ears;
use super::phrases::{Phrases, StaffWords, capitalised, first_word, sentence};
use super::when::{Clock, Day, When, month, weekday};
use super::wording::{Better, Wording};

pub(super) static PHRASES: Phrases = Phrases {
    not_understood: "Pardon, je n'ai pas compris.",
    press_zero: "Pour parler à quelqu'un, tapez 0.",
    one_moment: "Un instant, s'il vous plaît.",
    nobody_came: "Désolé, personne ne peut vous répondre pour le moment.",
    nobody_here: "Désolé, il n'y a personne pour le moment.",
    all_right: "Très bien.",
    thank_you: "Merci.",
    goodbye: "Au revoir.",
    no_message: "Je n'ai pas entendu de message, mais nous savons que vous avez appelé.",
    we_know: "Nous savons que vous avez appelé.",
    got_message: "Merci. Nous avons bien votre message.",
    number_in_message: "Ce n'est pas grave. Laissez un message après le bip, avec votre numéro.",
    too_late: "Merci. Cette personne n'attend plus. Au revoir.",
    or_say_it: "Ou dites-le simplement.",
    small_problem: "Désolé, nous avons un petit problème avec notre ligne.",
    finding_somebody: "Un instant, nous cherchons quelqu'un pour vous répondre.",
    leave_message: "Laissez-nous un message après le bip, et nous vous rappellerons.",
    thanks_for_calling: "Merci de votre appel. Nous vous rappellerons. Au revoir.",
    caller_for_you: "Un appel pour vous. Appuyez sur une touche.",
    try_later: "Désolé, notre ligne a un problème en ce moment. Rappelez plus tard, s'il vous plaît.",
    soon: "bientôt",
    now: "maintenant",
    your_number: "votre numéro",
    someone: "quelqu'un",
    number_from_home: "À quel numéro pouvons-nous vous rappeler ? Tapez-le, puis la touche dièse.",
    number_from_anywhere: "À quel numéro pouvons-nous vous rappeler ? \
        Tapez-le avec l'indicatif du pays, puis la touche dièse.",
    confirm_number: |number| {
        format!("J'ai noté le {number}. Si c'est bien cela, tapez 1. Pour le changer, tapez 2.")
    },
    confirm_answer: |answer| {
        format!("J'ai noté {} Si c'est bien cela, tapez 1. Pour changer, tapez 2.", sentence(answer))
    },
    we_call_back: |by| sentence(&format!("Nous vous rappellerons {by}")),
    two_slots: |sooner, later| format!("Pour un appel {sooner}, tapez 1. Ou {later}, tapez 2."),
    put_through: "nous parler",
    this_language: "le français",
    choice,
    by: |when| on_day(when, "avant"),
    at: |when| on_day(when, "à"),
    staff: StaffWords {
        any_key: "Tapez une touche.",
        new_caller: "nouvel appel",
        a_new_caller: "un nouvel appel",
        is_calling: |name| format!("{name} appelle"),
        urgent: "urgent",
        important: "important",
    },
};

#[rustfmt::skip]
pub(super) static EARS: Ears = Ears {
    yes: &[
        "oui", "ouais", "ouaip", "si", "d accord", "daccord", "c est ca", "cest ca", "c est bien ca",
        "c est cela", "c est bien cela", "c est correct", "c est exact", "c est bon", "exact", "exactement",
        "correct", "tout a fait", "bien sur", "absolument", "parfait", "ok", "okay", "tres bien",
        "volontiers", "voila", "effectivement",
    ],
    no: &[
        "non", "nan", "pas du tout", "ce n est pas ca", "c est pas ca", "ce n est pas cela",
        "ce n est pas correct", "c est pas correct", "ce n est pas exact", "c est faux", "faux", "incorrect",
        "ce n est pas bon", "c est pas bon", "pas vraiment", "negatif", "surtout pas",
    ],
    person: &[
        "personne", "vraie personne", "quelqu un", "quelquun", "conseiller", "conseillere", "operateur",
        "operatrice", "humain", "etre humain", "agent", "standard", "standardiste", "receptionniste",
        "accueil", "l accueil", "responsable", "patron", "patronne", "service client", "interlocuteur",
        "representant", "collaborateur", "secretaire", "secretariat",
    ],
    asking: &[
        "je", "j", "moi", "me", "m", "nous", "peux", "puis", "pouvez", "pourriez", "peut", "pourrais", "veux",
        "voudrais", "aimerais", "souhaite", "parler", "parle", "avoir", "ai", "besoin", "a", "au", "avec",
        "passer", "passez", "joindre", "contacter", "mettre", "mettez", "en", "relation", "vous", "vrai",
        "vraie", "reel", "reelle", "de", "d", "directement", "maintenant", "prefere", "y", "il", "est", "ce",
        "qu", "ligne", "transferer", "transferez",
    ],
    small_talk: &[
        "euh", "heu", "ben", "bah", "bon", "alors", "donc", "hein", "hum", "ah", "oh", "eh", "bonjour",
        "bonsoir", "salut", "allo", "s il vous plait", "sil vous plait", "s il te plait", "svp", "merci",
        "merci beaucoup", "je voudrais", "je veux", "j aimerais", "jaimerais", "je souhaite",
        "je souhaiterais", "j ai besoin de", "j ai besoin d", "j appelle pour", "jappelle pour", "c est pour",
        "cest pour", "c est au sujet de", "excusez moi", "pardon", "le", "la", "les", "l", "un", "une", "des",
        "du", "mon", "ma", "mes", "madame", "monsieur",
    ],
    keys: ["un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"],
};

#[rustfmt::skip]
pub(super) static WORDING: Wording = Wording {
    unkind: &[
        Better { said: "invalide", instead: "Pardon, je n'ai pas compris." },
        Better { said: "non valide", instead: "Pardon, je n'ai pas compris." },
        Better { said: "n est pas valide", instead: "Pardon, je n'ai pas compris." },
        Better { said: "incorrect", instead: "Pardon, je n'ai pas compris." },
        Better { said: "incorrecte", instead: "Pardon, je n'ai pas compris." },
        Better { said: "errone", instead: "Pardon, je n'ai pas compris." },
        Better { said: "erronee", instead: "Pardon, je n'ai pas compris." },
        Better { said: "faux", instead: "Pardon, je n'ai pas compris." },
        Better { said: "fausse", instead: "Pardon, je n'ai pas compris." },
        Better { said: "mauvais", instead: "Pardon, je n'ai pas compris." },
        Better { said: "mauvaise", instead: "Pardon, je n'ai pas compris." },
        Better { said: "vous vous etes trompe", instead: "Pardon, je n'ai pas compris." },
        Better { said: "erreur", instead: "Désolé, cela n'a pas marché." },
        Better { said: "erreurs", instead: "Désolé, cela n'a pas marché." },
        Better { said: "echec", instead: "Désolé, cela n'a pas marché." },
        Better { said: "echoue", instead: "Désolé, cela n'a pas marché." },
    ],
    press: "tapez",
    not_press: &[
        "enfoncez", "pressez", "composez", "poussez", "frappez", "selectionnez", "saisissez", "entrez",
    ],
    also_press: &["appuyez sur", "faites", "appuie sur", "tape", "fais"],
    before_key: &["le", "la", "touche", "chiffre", "numero"],
    star_and_pound: &["etoile", "diese", "asterisque", "carre"],
    toward_goal: &["pour", "si", "afin"],
    tiresome: &[
        Better { said: "ecoutez attentivement", instead: "" },
        Better { said: "ecouter attentivement", instead: "" },
        Better { said: "veuillez ecouter", instead: "" },
        Better { said: "pretez attention", instead: "" },
        Better { said: "options ont change", instead: "" },
        Better { said: "menu a change", instead: "" },
        Better { said: "appel est important", instead: "Nous sommes à vous dans un instant." },
        Better { said: "appel est tres important", instead: "Nous sommes à vous dans un instant." },
        Better { said: "visitez notre site", instead: "" },
        Better { said: "consultez notre site", instead: "" },
        Better { said: "rendez vous sur notre site", instead: "" },
        Better { said: "sur notre site internet", instead: "" },
    ],
    selling: &[
        "leader", "numero un", "de confiance", "partenaire de confiance", "prime", "primee", "meilleur",
        "meilleure", "meilleurs", "meilleures", "offre speciale", "offres speciales", "promotion",
        "promotions", "remise", "remises", "soldes", "service de qualite", "qualite garantie",
        "a votre service depuis", "duree limitee", "le saviez vous", "prix bas", "satisfaction garantie",
        "fiers de",
    ],
};

fn clock(time: Time) -> String {
    match (time.hour(), time.minute()) {
        (0, 0) => "minuit".to_owned(),
        (12, 0) => "midi".to_owned(),
        (0, minute) => format!("0 heure {minute}"),
        // A voice may read "1 heure" as "un heure".
        (1, 0) => "une heure".to_owned(),
        (1, minute) => format!("une heure {minute}"),
        (hour, 0) => format!("{hour} heures"),
        (hour, minute) => format!("{hour} heures {minute}"),
    }
}

fn on_day(when: &When, before: &str) -> String {
    let clock = match when.clock {
        Clock::Time(time) => clock(time),
        Clock::Midnight => "minuit".to_owned(),
    };
    match (&when.clock, &when.day) {
        (Clock::Time(_), Day::Today) => format!("{before} {clock}"),
        (Clock::Time(_), Day::Tomorrow) => format!("demain {before} {clock}"),
        (Clock::Time(_), Day::Within(day)) => format!("{} {before} {clock}", weekday(DAYS, *day)),
        (Clock::Time(_), Day::Later(day)) => format!("le {} {before} {clock}", calendar_day(*day)),
        (Clock::Midnight, Day::Today) => format!("ce soir {before} {clock}"),
        (Clock::Midnight, Day::Tomorrow) => format!("demain soir {before} {clock}"),
        (Clock::Midnight, Day::Within(day)) => format!("{} soir {before} {clock}", weekday(DAYS, *day)),
        (Clock::Midnight, Day::Later(day)) => format!("le soir du {} {before} {clock}", calendar_day(*day)),
    }
}

const DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

fn calendar_day(day: Date) -> String {
    let number = if day.day() == 1 { "1er".to_owned() } else { day.day().to_string() };
    format!("{number} {}", month(MONTHS, day))
}

fn choice(offer: &str, key: char) -> String {
    let goal = match first_word(offer).as_str() {
        "pour" | "si" | "afin" => capitalised(offer),
        first if first.starts_with("s'il") || first.starts_with("s’il") => capitalised(offer),
        _ => format!("Pour {offer}"),
    };
    match key {
        '*' => format!("{goal}, tapez étoile."),
        '#' => format!("{goal}, tapez dièse."),
        digit => format!("{goal}, tapez {digit}."),
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
            Language::French,
            &[
                ("2026-11-21T15:00:00-05:00", "avant 15 heures", "à 15 heures"),
                ("2026-11-21T15:30:00-05:00", "avant 15 heures 30", "à 15 heures 30"),
                ("2026-11-21T10:05:00-05:00", "avant 10 heures 5", "à 10 heures 5"),
                ("2026-11-21T12:00:00-05:00", "avant midi", "à midi"),
                ("2026-11-21T12:15:00-05:00", "avant 12 heures 15", "à 12 heures 15"),
                ("2026-11-21T13:00:00-05:00", "avant 13 heures", "à 13 heures"),
                ("2026-11-21T13:30:00-05:00", "avant 13 heures 30", "à 13 heures 30"),
                ("2026-11-21T19:45:00-05:00", "avant 19 heures 45", "à 19 heures 45"),
                ("2026-11-21T20:00:00-05:00", "avant 20 heures", "à 20 heures"),
                ("2026-11-22T00:00:00-05:00", "ce soir avant minuit", "ce soir à minuit"),
                ("2026-11-22T00:15:00-05:00", "demain avant 0 heure 15", "demain à 0 heure 15"),
                ("2026-11-22T01:00:00-05:00", "demain avant une heure", "demain à une heure"),
                ("2026-11-22T08:00:00-05:00", "demain avant 8 heures", "demain à 8 heures"),
                ("2026-11-22T08:30:00-05:00", "demain avant 8 heures 30", "demain à 8 heures 30"),
                ("2026-11-23T00:00:00-05:00", "demain soir avant minuit", "demain soir à minuit"),
                ("2026-11-23T08:00:00-05:00", "lundi avant 8 heures", "lundi à 8 heures"),
                ("2026-11-27T12:00:00-05:00", "vendredi avant midi", "vendredi à midi"),
                ("2026-11-28T00:00:00-05:00", "vendredi soir avant minuit", "vendredi soir à minuit"),
                ("2026-11-28T08:00:00-05:00", "le 28 novembre avant 8 heures", "le 28 novembre à 8 heures"),
                (
                    "2026-12-01T13:00:00-05:00",
                    "le 1er décembre avant 13 heures",
                    "le 1er décembre à 13 heures",
                ),
                (
                    "2026-12-04T00:00:00-05:00",
                    "le soir du 3 décembre avant minuit",
                    "le soir du 3 décembre à minuit",
                ),
                ("2026-11-21T14:59:00.001-05:00", "avant 15 heures", "à 15 heures"),
                ("2027-04-01T08:00:00-04:00", "le 1er avril avant 8 heures", "le 1er avril à 8 heures"),
            ],
        );
    }

    #[test]
    fn a_choice_is_spoken_goal_first() {
        for (offer, key, spoken) in [
            ("laisser un message", '1', "Pour laisser un message, tapez 1."),
            ("la facturation", '1', "Pour la facturation, tapez 1."),
            ("pour une réparation.", '2', "Pour une réparation, tapez 2."),
            ("être rappelé avant 15 heures", '1', "Pour être rappelé avant 15 heures, tapez 1."),
            ("s'il y a urgence", '3', "S'il y a urgence, tapez 3."),
            ("la facturation", '*', "Pour la facturation, tapez étoile."),
            ("la facturation", '#', "Pour la facturation, tapez dièse."),
        ] {
            assert_eq!(PHRASES.choice(offer, key), spoken);
        }
    }

    #[test]
    fn sentences_are_right_with_what_goes_into_them() {
        for (said, expected) in [
            (PHRASES.we_call_back("avant 15 heures"), "Nous vous rappellerons avant 15 heures."),
            (PHRASES.we_call_back("demain avant 9 heures"), "Nous vous rappellerons demain avant 9 heures."),
            (
                PHRASES.two_slots("avant 15 heures", "demain avant 10 heures"),
                "Pour un appel avant 15 heures, tapez 1. Ou demain avant 10 heures, tapez 2.",
            ),
            (
                PHRASES.confirm_number("5 5 5, 0 1 4 2"),
                "J'ai noté le 5 5 5, 0 1 4 2. Si c'est bien cela, tapez 1. Pour le changer, tapez 2.",
            ),
            (
                PHRASES.confirm_answer("la maison bleue."),
                "J'ai noté la maison bleue. Si c'est bien cela, tapez 1. Pour changer, tapez 2.",
            ),
            (
                PHRASES.confirm_answer("4711."),
                "J'ai noté 4 7 1 1. Si c'est bien cela, tapez 1. Pour changer, tapez 2.",
            ),
            (PHRASES.language_hint('9'), "Pour le français, tapez 9."),
            (PHRASES.human_test('5'), "Pour nous parler, tapez 5."),
            (
                PHRASES.accept_prompt(Some("repairs"), Some("Mia Reed"), None),
                "Repairs, Mia Reed. Tapez une touche.",
            ),
            (
                PHRASES.accept_prompt(Some("repairs"), Some("Mia Reed"), Some(Mark::Urgent)),
                "Urgent, repairs, Mia Reed. Tapez une touche.",
            ),
            (
                PHRASES.accept_prompt(None, Some("Mia Reed"), Some(Mark::Important)),
                "Important, Mia Reed. Tapez une touche.",
            ),
            (PHRASES.accept_prompt(Some("repairs"), None, None), "Repairs, nouvel appel. Tapez une touche."),
            (PHRASES.accept_prompt(None, Some("Mia Reed"), None), "Mia Reed appelle. Tapez une touche."),
            (PHRASES.accept_prompt(None, None, None), "Un nouvel appel. Tapez une touche."),
        ] {
            assert_eq!(said, expected);
        }
    }
}
