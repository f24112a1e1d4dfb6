//! Chance that falls the same way each time: splitmix64.

pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 to `n` - 1.
    pub(crate) fn below(&mut self, n: i64) -> i64 {
        (self.next() % n.unsigned_abs().max(1)).cast_signed()
    }

    /// From `least` up to but without `most`.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below(most - least)
    }

    pub(crate) fn percent(&mut self, chance: i64) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn one_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as i64)).unwrap_or_default()]
    }

    /// One of several, each as likely as its weight says.
    pub(crate) fn weighed<T: Copy>(&mut self, from: &[(i64, T)]) -> T {
        let mut left = self.below(from.iter().map(|(weight, _)| weight).sum());
        for (weight, one) in from {
            left -= weight;
            if left < 0 {
                return *one;
            }
        }
        from[0].1
    }

    /// A wait of `mean` on average, mostly shorter and sometimes much longer.
    pub(crate) fn wait(&mut self, mean: i64) -> i64 {
        let even = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        (-(1.0 - even).ln() * mean as f64) as i64
    }
}
