//! Chance, seeded.

/// Chance that can be had again: a linear congruential generator, which is random enough to choose by.
#[derive(Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The same seed, the same chance.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    pub(crate) fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    pub(crate) fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }

    /// Chance of its own for somebody else.
    pub(crate) fn branch(&mut self) -> Self {
        Self(self.below(u64::from(u32::MAX)))
    }
}
