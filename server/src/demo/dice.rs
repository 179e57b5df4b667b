//! A small seeded generator, so that the demo of one moment is always the same.

use std::f64::consts::TAU;
use uuid::{Builder, Uuid};

/// SplitMix64: one number of state, good enough for sample data and nothing else.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number, each as likely as the other.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 (included) to 1 (not included).
    pub fn unit(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with this chance.
    pub fn chance(&mut self, of: f64) -> bool {
        self.unit() < of
    }

    /// Standard normal, by the method of Box and Muller.
    pub fn normal(&mut self) -> f64 {
        let (radius, angle) = (1.0 - self.unit(), self.unit() * TAU);
        (-2.0 * radius.ln()).sqrt() * angle.cos()
    }

    /// A whole number that is `mean` on average: how often something happens in a while.
    pub fn count(&mut self, mean: f64) -> usize {
        let drawn = (mean + self.normal() * mean.sqrt()).max(0.0);
        drawn as usize + usize::from(self.chance(drawn.fract()))
    }

    /// One of `items`, as likely as its weight says; `None` where there is nothing to choose from.
    pub fn pick<'a, T>(&mut self, items: &'a [T], weight: impl Fn(&T) -> u32) -> Option<&'a T> {
        let all: u32 = items.iter().map(&weight).sum();
        let mut left = (self.unit() * f64::from(all)) as u32;
        items.iter().find(|item| match left.checked_sub(weight(item)) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        })
    }

    /// A UUIDv7 of this moment, in milliseconds since 1970.
    pub fn id_at(&mut self, millis: u64) -> Uuid {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.roll().to_be_bytes());
        random[8..].copy_from_slice(&self.roll().to_be_bytes()[..2]);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_rolls_the_same() {
        let rolls = |seed| {
            let mut dice = Dice::new(seed);
            [dice.roll(), dice.roll(), dice.roll()]
        };
        assert_eq!(rolls(7), rolls(7));
        assert_ne!(rolls(7), rolls(8));
    }

    #[test]
    fn counts_have_their_mean() {
        for mean in [0.3, 4.0, 80.0] {
            let mut dice = Dice::new(1);
            let average = (0..20_000).map(|_| dice.count(mean)).sum::<usize>() as f64 / 20_000.0;
            assert!((average - mean).abs() < 0.15 + mean * 0.02, "{average} for {mean}");
        }
    }

    #[test]
    fn weights_decide_how_often_something_is_picked() {
        let mut dice = Dice::new(3);
        let picked = (0..10_000).filter(|_| dice.pick(&[1, 9, 0], |weight| *weight) == Some(&9)).count();
        assert!((8_800..9_200).contains(&picked), "{picked}");
        assert!((0..1_000).all(|_| dice.pick(&[1, 9, 0], |weight| *weight) != Some(&0)));
        assert_eq!(dice.pick(&[0u32; 0], |weight| *weight), None);
    }

    #[test]
    fn ids_are_in_the_order_of_time() {
        let mut dice = Dice::new(5);
        let (early, late) = (dice.id_at(1_700_000_000_000), dice.id_at(1_700_000_000_001));
        assert!(early < late);
        assert_eq!(early.get_version_num(), 7);
    }
}
