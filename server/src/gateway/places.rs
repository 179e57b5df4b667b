//! Places that partners hold, so that nobody's shut the others out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use uuid::Uuid;

/// Each counts for the ids with the same end: of a thousand partners some fifteen share one with another, and its bound as well.
const COUNTERS: usize = 1 << 16;

/// How many each partner holds.
pub struct Places {
    held: Box<[AtomicU16]>,
    most: usize,
}

/// Where a place is counted; whoever took it gives it back.
#[derive(Clone, Copy)]
pub struct Counter(usize);

/// A place that is given back when it is dropped.
pub struct Place {
    places: Arc<Places>,
    counter: Counter,
}

impl Places {
    /// At most so many for each.
    pub fn new(most: u16) -> Self {
        Self { held: std::iter::repeat_with(AtomicU16::default).take(COUNTERS).collect(), most: most.into() }
    }

    /// `None` where the partner holds all that it may.
    pub fn take(&self, partner: Uuid) -> Option<Counter> {
        // The end of an id is random in every version that is made here.
        let [.., high, low] = partner.into_bytes();
        let counter = Counter(usize::from(u16::from_be_bytes([high, low])));
        if usize::from(self.held[counter.0].fetch_add(1, Ordering::AcqRel)) >= self.most {
            self.give_back(counter);
            return None;
        }
        Some(counter)
    }

    /// Once for each that was taken.
    pub fn give_back(&self, counter: Counter) {
        self.held[counter.0].fetch_sub(1, Ordering::AcqRel);
    }
}

impl Place {
    /// As [`Places::take`].
    pub fn take(places: &Arc<Places>, partner: Uuid) -> Option<Self> {
        places.take(partner).map(|counter| Self { places: Arc::clone(places), counter })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.give_back(self.counter);
    }
}
