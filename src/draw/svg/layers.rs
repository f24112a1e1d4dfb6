//! Which step stands in which row: as far down as the longest way to it, and between two rows one for the labels.

use super::super::{Chart, From};

/// What stands somewhere in a row.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A way in.
    Start(usize),
    /// A step, by its number.
    Step(usize),
    /// The label of a way, by its number.
    Label(usize),
    /// A way on its way past.
    Bend(usize),
}

/// A way from row to row.
#[derive(Clone, Debug)]
pub(super) struct Path {
    /// The number of the way in the chart.
    pub(super) way: usize,
    /// The items that it leads through, from above to below: with its ends, one in each row.
    pub(super) through: Vec<usize>,
    /// Whether the caller goes it from below to above.
    pub(super) upwards: bool,
}

/// Rows of items, and the ways between them.
#[derive(Clone, Debug)]
pub(super) struct Layers {
    pub(super) items: Vec<Item>,
    /// The items of each row, from left to right. Rows of steps are even, rows of labels odd.
    pub(super) rows: Vec<Vec<usize>>,
    pub(super) paths: Vec<Path>,
}

impl Layers {
    /// Ways from a step to itself are left to the step.
    pub(super) fn of(chart: &Chart) -> Self {
        let graph = Graph::of(chart);
        let ranks = graph.ranks();
        let mut layers = Self { items: graph.nodes.clone(), rows: Vec::new(), paths: Vec::new() };
        let depth = ranks.iter().max().map_or(0, |deepest| deepest + 1);
        layers.rows = vec![Vec::new(); 2 * depth];
        for node in graph.in_order() {
            layers.rows[2 * ranks[node]].push(node);
        }
        for edge in &graph.edges {
            let (upper, lower) = if edge.upwards { (edge.to, edge.from) } else { (edge.from, edge.to) };
            let mut through = vec![upper];
            let label = 2 * ranks[upper] + 1;
            for row in label..2 * ranks[lower] {
                layers.rows[row].push(layers.items.len());
                through.push(layers.items.len());
                layers.items.push(if row == label { Item::Label(edge.way) } else { Item::Bend(edge.way) });
            }
            through.push(lower);
            layers.paths.push(Path { way: edge.way, through, upwards: edge.upwards });
        }
        layers.untangle();
        layers
    }

    /// Puts the items of each row in the order of those they are joined to, down and up again, and keeps the order in
    /// which the fewest ways cross.
    fn untangle(&mut self) {
        let mut best = (self.crossings(), self.rows.clone());
        for sweep in 0..24 {
            let places = self.places();
            let down = sweep % 2 == 0;
            let order: Vec<usize> = if down {
                (1..self.rows.len()).collect()
            } else {
                (0..self.rows.len().saturating_sub(1)).rev().collect()
            };
            let mut places = places;
            for row in order {
                let beside = |item: usize| self.beside(item, down);
                let wish = |item: usize| {
                    let beside = beside(item);
                    match beside.len() {
                        0 => places[item] as f64,
                        many => beside.iter().map(|other| places[*other] as f64).sum::<f64>() / many as f64,
                    }
                };
                let mut wishes: Vec<(f64, usize)> =
                    self.rows[row].iter().map(|item| (wish(*item), *item)).collect();
                wishes.sort_by(|(one, _), (other, _)| one.total_cmp(other));
                let sorted: Vec<usize> = wishes.into_iter().map(|(_, item)| item).collect();
                sorted.iter().enumerate().for_each(|(place, item)| places[*item] = place);
                self.rows[row] = sorted;
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.rows.clone());
            }
        }
        self.rows = best.1;
    }

    /// Where each item stands in its row.
    fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.items.len()];
        for row in &self.rows {
            row.iter().enumerate().for_each(|(place, item)| places[*item] = place);
        }
        places
    }

    /// What the item is joined to in the row above, or in the one below.
    pub(super) fn beside(&self, item: usize, above: bool) -> Vec<usize> {
        let pairs = self.paths.iter().flat_map(|path| path.through.windows(2));
        let beside = pairs.filter_map(|pair| match above {
            true => (pair[1] == item).then_some(pair[0]),
            false => (pair[0] == item).then_some(pair[1]),
        });
        beside.collect()
    }

    fn crossings(&self) -> usize {
        let places = self.places();
        let mut crossings = 0;
        for row in &self.rows {
            let mut pairs = Vec::new();
            for path in &self.paths {
                let pair = path.through.windows(2).find(|pair| row.contains(&pair[0]));
                pairs.extend(pair.map(|pair| (places[pair[0]], places[pair[1]])));
            }
            for (index, (from, to)) in pairs.iter().enumerate() {
                let crosses = |(other_from, other_to): &&(usize, usize)| {
                    (from < other_from && to > other_to) || (from > other_from && to < other_to)
                };
                crossings += pairs[index + 1..].iter().filter(crosses).count();
            }
        }
        crossings
    }
}

struct Edge {
    way: usize,
    from: usize,
    to: usize,
    upwards: bool,
}

struct Graph {
    nodes: Vec<Item>,
    edges: Vec<Edge>,
}

impl Graph {
    fn of(chart: &Chart) -> Self {
        let mut nodes: Vec<Item> = (0..chart.shapes.len()).map(Item::Step).collect();
        let mut edges = Vec::new();
        for (index, way) in chart.ways.iter().enumerate() {
            let from = match way.from {
                From::Step(from) => from,
                From::Start(_) => {
                    nodes.push(Item::Start(index));
                    nodes.len() - 1
                }
            };
            if from != way.to {
                edges.push(Edge { way: index, from, to: way.to, upwards: false });
            }
        }
        let mut graph = Self { nodes, edges };
        graph.turn_rounds();
        graph
    }

    /// Turns the ways that lead back to a step which the caller has passed, so that all others lead down.
    fn turn_rounds(&mut self) {
        let (mut entered, mut left) = (vec![false; self.nodes.len()], vec![false; self.nodes.len()]);
        for root in self.roots() {
            let mut walk = vec![(root, 0)];
            entered[root] = true;
            while let Some((node, skip)) = walk.pop() {
                let next = (skip..self.edges.len()).find(|edge| self.edges[*edge].from == node);
                let Some(edge) = next else {
                    left[node] = true;
                    continue;
                };
                walk.push((node, edge + 1));
                let to = self.edges[edge].to;
                self.edges[edge].upwards = entered[to] && !left[to];
                if !entered[to] {
                    entered[to] = true;
                    walk.push((to, 0));
                }
            }
        }
    }

    fn roots(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|node| matches!(self.nodes[*node], Item::Start(_))).collect()
    }

    /// The ends of an edge, from above to below.
    fn down(edge: &Edge) -> (usize, usize) {
        if edge.upwards { (edge.to, edge.from) } else { (edge.from, edge.to) }
    }

    /// The row of each node: below everything that leads to it. Bounded, because no round is left.
    fn ranks(&self) -> Vec<usize> {
        let mut ranks = vec![0; self.nodes.len()];
        for _ in &self.nodes {
            for edge in &self.edges {
                let (upper, lower) = Self::down(edge);
                ranks[lower] = ranks[lower].max(ranks[upper] + 1);
            }
        }
        // A way in stands right above the step that it leads to.
        for edge in &self.edges {
            if matches!(self.nodes[edge.from], Item::Start(_)) {
                ranks[edge.from] = ranks[edge.to] - 1;
            }
        }
        ranks
    }

    /// The nodes as a caller comes to them, which is a good order to begin with.
    fn in_order(&self) -> Vec<usize> {
        let mut order = Vec::new();
        let mut waiting: Vec<usize> = self.roots();
        waiting.reverse();
        while let Some(node) = waiting.pop() {
            if order.contains(&node) {
                continue;
            }
            order.push(node);
            let next = self.edges.iter().rev().filter(|edge| edge.from == node);
            waiting.extend(next.map(|edge| edge.to));
        }
        order
    }
}
