//! The simulator's dice: SplitMix64 (Steele, Lea, Flood 2014), one stream per purpose. All draws are plain integer
//! steps made here, so that a seed gives the same bytes on every machine and toolchain.

/// One stream of random numbers.
pub(super) struct Dice(u64);

impl Dice {
    /// The stream that belongs to `key` under `seed`; streams of different keys are independent.
    pub(super) fn of(seed: u64, key: u64) -> Dice {
        Dice(mix(seed ^ mix(key)))
    }

    fn next(&mut self) -> u64 {
        let value = mix(self.0);
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        value
    }

    /// A number from 0 to `bound` - 1.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// True with probability `rate`.
    pub(super) fn chance(&mut self, rate: f64) -> bool {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        unit < rate
    }

    /// One of the items, each as likely as the other.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let index = self.below(u32::try_from(items.len()).expect("tables are short"));
        &items[index as usize]
    }
}

/// The finaliser of SplitMix64: spreads a key over all 64 bits.
pub(super) fn mix(key: u64) -> u64 {
    let mut z = key.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Items drawn in proportion to their weights.
pub(super) struct Weighted<T> {
    items: Vec<T>,
    /// Running sums; the last one is the total.
    sums: Vec<u32>,
}

impl<T> Weighted<T> {
    /// Items of weight 0 are never drawn.
    pub(super) fn new(weighted: impl IntoIterator<Item = (T, u32)>) -> Weighted<T> {
        let mut table = Weighted { items: Vec::new(), sums: Vec::new() };
        let mut sum = 0_u32;
        for (item, weight) in weighted {
            sum = sum.checked_add(weight).expect("weights stay far below 2^32");
            table.items.push(item);
            table.sums.push(sum);
        }
        table
    }

    /// Draws one; the table must not be empty.
    pub(super) fn draw(&self, dice: &mut Dice) -> &T {
        let total = *self.sums.last().expect("drawn from a table that has items");
        let point = dice.below(total);
        &self.items[self.sums.partition_point(|sum| *sum <= point)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_repeats_itself_and_differs_from_its_neighbour() {
        let draw = |key| {
            let mut dice = Dice::of(7, key);
            [dice.below(1000), dice.below(1000), dice.below(1000)]
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn the_generator_is_splitmix64() {
        // First output for seed 0, as its authors publish it.
        assert_eq!(mix(0), 0xE220_A839_7B1D_CDAF);
    }

    #[test]
    fn weights_are_kept_and_weight_zero_is_never_drawn() {
        let table = Weighted::new([('a', 1), ('b', 0), ('c', 3)]);
        let mut dice = Dice::of(3, 3);
        let drawn: Vec<char> = (0..4000).map(|_| *table.draw(&mut dice)).collect();
        let count = |wanted| drawn.iter().filter(|item| **item == wanted).count();
        assert_eq!(count('b'), 0);
        assert!((900..1100).contains(&count('a')), "{}", count('a'));
    }
}
