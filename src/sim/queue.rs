//! What will happen, in the order of (time, sequence): at the same moment, first come, first
//! served.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::Time;

struct Waiting<E> {
    key: Reverse<(Time, u64)>,
    event: E,
}

impl<E> PartialEq for Waiting<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<E> Eq for Waiting<E> {}

impl<E> PartialOrd for Waiting<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Waiting<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

/// Events that wait for their time.
pub(super) struct Queue<E> {
    heap: BinaryHeap<Waiting<E>>,
    sequence: u64,
    popped: u64,
}

impl<E> Queue<E> {
    pub(super) fn new() -> Self {
        Self { heap: BinaryHeap::new(), sequence: 0, popped: 0 }
    }

    pub(super) fn push(&mut self, at: Time, event: E) {
        self.sequence += 1;
        self.heap.push(Waiting { key: Reverse((at, self.sequence)), event });
    }

    pub(super) fn next_time(&self) -> Option<Time> {
        self.heap.peek().map(|waiting| waiting.key.0.0)
    }

    /// The next event that is due by `until`, with its time.
    pub(super) fn pop(&mut self, until: Time) -> Option<(Time, E)> {
        if self.next_time()? > until {
            return None;
        }
        self.popped += 1;
        self.heap.pop().map(|waiting| (waiting.key.0.0, waiting.event))
    }

    /// How many events have been taken so far.
    pub(super) fn popped(&self) -> u64 {
        self.popped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_time_keeps_the_order_of_arrival() {
        let mut queue = Queue::new();
        for (at, event) in [(5, 'b'), (1, 'a'), (5, 'c'), (9, 'e'), (5, 'd')] {
            queue.push(Time::from_ms(at), event);
        }
        let due: String =
            std::iter::from_fn(|| queue.pop(Time::from_ms(8))).map(|(_, event)| event).collect();
        assert_eq!(due, "abcd");
        assert_eq!(queue.next_time(), Some(Time::from_ms(9)));
    }
}
