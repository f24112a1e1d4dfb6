//! Where everything stands: rows apart from each other, items near what they are joined to and never too near.

use super::layers::{Item, Layers};

/// Between two items of a row.
const GAP: f64 = 22.0;
/// Between a row of steps and the labels below it, and between these and the next row.
const BETWEEN: f64 = 28.0;

/// A size on the picture.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A rectangle on the picture.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub(super) struct Area {
    /// The middle, from the left.
    pub(super) middle: f64,
    /// The upper edge.
    pub(super) top: f64,
    pub(super) size: Size,
}

impl Area {
    pub(super) fn left(&self) -> f64 {
        self.middle - self.size.width / 2.0
    }

    pub(super) fn right(&self) -> f64 {
        self.middle + self.size.width / 2.0
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + self.size.height
    }
}

/// The places of all items, beginning at 0, 0; the tops and bottoms of all rows; and the size of the whole.
pub(super) struct Places {
    pub(super) items: Vec<Area>,
    pub(super) rows: Vec<(f64, f64)>,
    pub(super) size: Size,
}

/// Places items of these sizes.
pub(super) fn place(layers: &Layers, sizes: &[Size]) -> Places {
    let mut middles = middles(layers, sizes);
    straighten(layers, sizes, &mut middles);
    close_up(layers, sizes, &mut middles);
    let mut items: Vec<Area> = middles
        .iter()
        .zip(sizes)
        .map(|(middle, size)| Area { middle: *middle, top: 0.0, size: *size })
        .collect();
    let mut rows = Vec::new();
    let mut top = 0.0;
    for row in &layers.rows {
        let height = row.iter().map(|item| sizes[*item].height).fold(0.0, f64::max);
        for item in row {
            // Ways in stand right above their arrows, everything else hangs from the row's upper edge.
            let low = matches!(layers.items[*item], Item::Start(_));
            items[*item].top = if low { top + height - sizes[*item].height } else { top };
        }
        rows.push((top, top + height));
        top += height + BETWEEN;
    }
    let left = items.iter().map(Area::left).fold(f64::INFINITY, f64::min);
    items.iter_mut().for_each(|item| item.middle -= left);
    let width = items.iter().map(Area::right).fold(0.0, f64::max);
    Places { items, rows, size: Size { width, height: (top - BETWEEN).max(0.0) } }
}

fn middles(layers: &Layers, sizes: &[Size]) -> Vec<f64> {
    let mut middles = vec![0.0; sizes.len()];
    for row in &layers.rows {
        let mut left = 0.0;
        for item in row {
            middles[*item] = left + sizes[*item].width / 2.0;
            left += sizes[*item].width + GAP;
        }
    }
    let above: Vec<Vec<usize>> = (0..sizes.len()).map(|item| layers.beside(item, true)).collect();
    let below: Vec<Vec<usize>> = (0..sizes.len()).map(|item| layers.beside(item, false)).collect();
    for sweep in 0..60 {
        let down = sweep % 2 == 0;
        // The last rounds look both ways, so that nothing hangs to one side.
        let both = sweep >= 40;
        let mut rows: Vec<&Vec<usize>> = layers.rows.iter().collect();
        if !down {
            rows.reverse();
        }
        for row in rows {
            let wishes: Vec<Wish> = row
                .iter()
                .map(|item| {
                    let (one, other) =
                        if down { (&above[*item], &below[*item]) } else { (&below[*item], &above[*item]) };
                    let near: Vec<usize> =
                        one.iter().chain(other.iter().filter(|_| both || one.is_empty())).copied().collect();
                    wish(*item, &near, layers, &middles)
                })
                .collect();
            let widths: Vec<f64> = row.iter().map(|item| sizes[*item].width).collect();
            for (item, middle) in row.iter().zip(settle(&wishes, &widths)) {
                middles[*item] = middle;
            }
        }
    }
    middles
}

/// Lets long ways run straight down from their labels, as far as the others leave room.
fn straighten(layers: &Layers, sizes: &[Size], middles: &mut [f64]) {
    for _ in 0..3 {
        for row in &layers.rows {
            let wish = |item: &usize| match layers.items[*item] {
                Item::Bend(_) => {
                    let above = layers.beside(*item, true).first().map(|above| middles[*above]);
                    Wish { middle: above.unwrap_or(middles[*item]), weight: 4.0 }
                }
                Item::Start(_) | Item::Step(_) | Item::Label(_) => {
                    Wish { middle: middles[*item], weight: 3.0 }
                }
            };
            let wishes: Vec<Wish> = row.iter().map(wish).collect();
            let widths: Vec<f64> = row.iter().map(|item| sizes[*item].width).collect();
            for (item, middle) in row.iter().zip(settle(&wishes, &widths)) {
                middles[*item] = middle;
            }
        }
    }
}

/// Moves what is not joined to anything at its left as far to the left as it goes: nothing pulls it there.
fn close_up(layers: &Layers, sizes: &[Size], middles: &mut [f64]) {
    let mut islands: Vec<Vec<usize>> = Vec::new();
    for start in 0..sizes.len() {
        if islands.iter().any(|island| island.contains(&start)) {
            continue;
        }
        let mut island = vec![start];
        let mut next = 0;
        while let Some(item) = island.get(next).copied() {
            for other in layers.beside(item, true).into_iter().chain(layers.beside(item, false)) {
                if !island.contains(&other) {
                    island.push(other);
                }
            }
            next += 1;
        }
        islands.push(island);
    }
    let left = |island: &Vec<usize>, middles: &[f64]| {
        island.iter().map(|item| middles[*item] - sizes[*item].width / 2.0).fold(f64::INFINITY, f64::min)
    };
    islands.sort_by(|one, other| left(one, middles).total_cmp(&left(other, middles)));
    for island in islands.iter().skip(1) {
        let mut spare = f64::INFINITY;
        for row in &layers.rows {
            for pair in row.windows(2).filter(|pair| island.contains(&pair[1]) && !island.contains(&pair[0]))
            {
                let (before, item) = (pair[0], pair[1]);
                let gap =
                    middles[item] - sizes[item].width / 2.0 - middles[before] - sizes[before].width / 2.0;
                spare = spare.min(gap - GAP);
            }
        }
        if spare.is_finite() && spare > 0.0 {
            island.iter().for_each(|item| middles[*item] -= spare);
        }
    }
}

/// Where an item would like to stand, and how much that matters.
struct Wish {
    middle: f64,
    weight: f64,
}

fn wish(item: usize, near: &[usize], layers: &Layers, middles: &[f64]) -> Wish {
    // Long ways run straight before anything else.
    let passing = |item: usize| matches!(layers.items[item], Item::Label(_) | Item::Bend(_));
    let pull = |other: &usize| match (passing(item), passing(*other)) {
        (true, true) => 8.0,
        (true, false) | (false, true) => 2.0,
        (false, false) => 1.0,
    };
    let total: f64 = near.iter().map(pull).sum();
    if total == 0.0 {
        return Wish { middle: middles[item], weight: 0.1 };
    }
    let middle = near.iter().map(|other| pull(other) * middles[*other]).sum::<f64>() / total;
    Wish { middle, weight: total }
}

/// As near to all wishes as can be, in this order and without touching: the smallest sum of squares. Neighbours whose
/// wishes cannot both come true are moved together until all can.
fn settle(wishes: &[Wish], widths: &[f64]) -> Vec<f64> {
    let mut offsets = Vec::with_capacity(widths.len());
    let mut offset = 0.0;
    for (index, width) in widths.iter().enumerate() {
        if index > 0 {
            offset += (widths[index - 1] + width) / 2.0 + GAP;
        }
        offsets.push(offset);
    }
    // Groups that stand shoulder to shoulder: where, how heavy, how many.
    let mut groups: Vec<(f64, f64, usize)> = Vec::new();
    for (wish, offset) in wishes.iter().zip(&offsets) {
        let mut group = (wish.middle - offset, wish.weight, 1);
        while let Some((at, weight, many)) = groups.pop_if(|(at, _, _)| *at > group.0) {
            let both = weight + group.1;
            group = ((at * weight + group.0 * group.1) / both, both, many + group.2);
        }
        groups.push(group);
    }
    let starts = groups.iter().flat_map(|(at, _, many)| std::iter::repeat_n(*at, *many));
    starts.zip(offsets).map(|(at, offset)| at + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_keep_their_order_and_their_distance() {
        let wishes = [50.0, 40.0, 45.0, 300.0].map(|middle| Wish { middle, weight: 1.0 });
        let settled = settle(&wishes, &[20.0; 4]);
        assert_eq!(settled, [3.0, 45.0, 87.0, 300.0]);
    }
}
