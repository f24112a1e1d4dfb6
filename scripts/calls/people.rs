//! Those who ring, and what the business knows of them.

use crate::dice::Dice;

/// Numbers that ring again and again.
pub(crate) const REGULARS: i64 = 60_000;

const FIRST: [&str; 20] = [
    "Pat", "Sam", "Kim", "Lee", "Alex", "Chris", "Dana", "Jo", "Max", "Robin", "Toni", "Zoë", "Ari", "Bo",
    "Cleo", "Eden", "Finn", "Gray", "Noor", "Sasha",
];

const LAST: [&str; 16] = [
    "Doe", "Roe", "Poe", "Brook", "Field", "Hill", "Lake", "Moss", "Reed", "Stone", "Wood", "Marsh", "Quill",
    "Thorne", "Vale", "Winter",
];

/// Who rings in one call.
#[derive(Clone)]
pub(crate) struct Caller {
    /// Nothing for a withheld number.
    pub(crate) number: Option<String>,
    /// Which of the regulars it is.
    pub(crate) regular: Option<usize>,
    pub(crate) blocked: bool,
    /// What the network sends as a name.
    pub(crate) shown: Option<String>,
}

impl Caller {
    /// Some ring often and most hardly ever; strangers ring once.
    pub(crate) fn any(dice: &mut Dice) -> Self {
        let stranger =
            |number: String, blocked| Self { number: Some(number), regular: None, blocked, shown: None };
        match dice.below(100) {
            0..4 => Self { number: None, regular: None, blocked: false, shown: None },
            4..7 => stranger(spammer(dice.below(300)), true),
            7..17 => stranger(format!("+155500{:06}", dice.below(900_000)), false),
            _ => {
                let (one, other, third) = (dice.below(1000), dice.below(1000), dice.below(1000));
                let index = one * other / 1000 * third / 1000 * REGULARS / 1000 + dice.below(REGULARS / 1000);
                let shown = dice.percent(40).then(|| name_of(index).to_uppercase());
                let regular = usize::try_from(index).ok();
                Self { number: Some(number_of(index)), regular, blocked: false, shown }
            }
        }
    }
}

pub(crate) fn number_of(regular: i64) -> String {
    format!("+155501{regular:05}")
}

pub(crate) fn spammer(index: i64) -> String {
    format!("+155509{index:05}")
}

/// The name in the address book; one in five regulars has one.
pub(crate) fn known_name(regular: i64) -> Option<String> {
    (regular % 5 == 0).then(|| name_of(regular))
}

pub(crate) fn is_vip(regular: i64) -> bool {
    regular % 490 == 0
}

fn name_of(regular: i64) -> String {
    let of = |names: &[&'static str], index: i64| names[usize::try_from(index).unwrap_or(0) % names.len()];
    format!("{} {}", of(&FIRST, regular / 5), of(&LAST, regular / 100 + regular))
}
