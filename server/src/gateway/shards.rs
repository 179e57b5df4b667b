//! What is kept for each partner or test key on each product, in maps with a lock each, so that calls of different keys rarely meet.

use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

const SHARDS: usize = 64;
/// A map this large forgets what nobody needs any more.
const CROWDED: usize = 4_096;

type Shard<V> = Mutex<HashMap<(Uuid, String), V, RandomState>>;

pub struct Shards<V> {
    hasher: RandomState,
    shards: Vec<Shard<V>>,
}

impl<V> Default for Shards<V> {
    fn default() -> Self {
        Self { hasher: RandomState::default(), shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl<V> Shards<V> {
    /// Uses the value of one key on one product, or the one that it begins with. Of a crowded map, only what `lasts` stays.
    pub fn with<T>(
        &self,
        whose: Uuid,
        product: &str,
        lasts: impl Fn(&V) -> bool,
        begin: impl FnOnce() -> V,
        act: impl FnOnce(&mut V) -> T,
    ) -> T {
        let at = usize::try_from(self.hasher.hash_one(whose)).unwrap_or(0) % SHARDS;
        // A poisoned lock still guards whole values.
        let mut shard = self.shards[at].lock().unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= CROWDED {
            shard.retain(|_, value| lasts(value));
        }
        act(shard.entry((whose, product.to_owned())).or_insert_with(begin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowded_map_keeps_only_what_lasts() {
        let shards = Shards::<usize>::default();
        let whose = Uuid::from_u128(1);
        let with = |number: usize| shards.with(whose, &number.to_string(), |value| *value == 7, || number, |value| *value);
        (0..CROWDED).for_each(|number| assert_eq!(with(number), number));
        let kept = || shards.shards.iter().map(|shard| shard.lock().unwrap().len()).sum::<usize>();
        assert_eq!(kept(), CROWDED);
        with(CROWDED);
        assert_eq!(kept(), 2, "the one that lasts and the one that came");
        assert_eq!(shards.with(whose, "7", |_| true, || 0, |value| *value), 7);
    }
}
