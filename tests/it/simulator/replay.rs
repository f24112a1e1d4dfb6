//! Whatever the order and however often: one call of a run once more, on a line of its own whose clock stands still, as it
//! came and shuffled. Both must end in the same rows.

use jiff::{SignedDuration, Timestamp};
use ringback::store::{CallFilter, StoreError, Tx};

use super::dice::Dice;
use super::ledger::{Broken, broken};
use super::line::{Arrival, Clocks, Fate, Health, Line};

/// A request as it was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub target: String,
    pub body: String,
}

impl Sent {
    /// What may come at any time, or never; everything else comes in its order.
    fn only_tells(&self) -> bool {
        ["/status", "/progress", "/recording/", "/transcript/"].iter().any(|word| self.target.contains(word))
    }
}

/// Sends the requests of one call in two orders.
pub fn in_any_order(sent: &[Sent], (edition, at): (usize, Timestamp), dice: &mut Dice) -> Result<(), Broken> {
    let plain: Vec<&Sent> = sent.iter().collect();
    let (told, asked): (Vec<&Sent>, Vec<&Sent>) = sent.iter().partition(|one| one.only_tells());
    let mut order = asked;
    for first in order.clone() {
        if dice.chance(400) {
            let begin = order.iter().position(|one| std::ptr::eq(*one, first)).unwrap_or_default() as i64;
            order.insert(dice.between(begin + 1, order.len() as i64) as usize, first);
        }
    }
    for one in told {
        for _ in 0..=dice.below(2) {
            order.insert(dice.below(order.len() as u64 + 1) as usize, one);
        }
    }
    let (wanted, found) = (rows(&plain, edition, at)?, rows(&order, edition, at)?);
    if wanted == found {
        return Ok(());
    }
    let differs = wanted.lines().zip(found.lines()).find(|(one, two)| one != two);
    let targets: Vec<_> = order.iter().map(|one| one.target.as_str()).collect();
    broken("P4", format!("in the order {targets:?} the rows differ: {differs:?}"))
}

/// What stands in the store after these requests.
fn rows(requests: &[&Sent], edition: usize, at: Timestamp) -> Result<String, Broken> {
    let clocks = Clocks { now: at, steady: SignedDuration::ZERO };
    let mut line = Line::open(edition, clocks);
    for Sent { target, body } in requests {
        line.hear(&[Arrival { target, body, clocks, fate: Fate::Well }], Health::Well)?;
    }
    // The rows count, and not what is remembered of them.
    line.clerk.forget();
    Ok(line.clerk.write(move |tx| in_words(tx, at)).unwrap())
}

fn in_words(tx: &mut Tx<'_>, at: Timestamp) -> Result<String, StoreError> {
    let mut text = String::new();
    for call in tx.calls(&CallFilter::default())? {
        let record = tx.take_call(call.id)?;
        text += &format!("{call:#?}\n{record:#?}\n{:#?}\n", tx.path_of(call.id)?);
    }
    for entry in tx.call_back_lines(true, at)? {
        text += &format!("{entry:#?}\n");
    }
    // An entry that was taken back leaves a gap in the numbers.
    let mut kept: Vec<&str> = Vec::new();
    for row in text.lines() {
        let is_of_entry = kept
            .last()
            .is_some_and(|before| before.ends_with("CallBackId(") || before.ends_with("call_back: Some("));
        if !is_of_entry || row.trim().trim_end_matches(',').parse::<i64>().is_err() {
            kept.push(row);
        }
    }
    Ok(kept.join("\n"))
}
