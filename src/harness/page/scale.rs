//! Where a moment stands in the picture.
//!
//! A run is seconds of failover between hours of quiet. To scale, one of the two cannot be seen;
//! so the distance between two moments grows with the order of magnitude of the time between
//! them: a day is some seven times as wide as a second. The picture says so, gives the length of
//! what it shortens most, and can be switched to scale.

use crate::model::{Span, Time};

/// From here on the shortened time is marked as such.
pub(super) const FOLDED_FROM: Span = Span::from_secs(600);

/// Room for a mark.
const STEP: u64 = 13;
/// What each doubling of the time adds.
const DOUBLING: u64 = 6;
/// What is shorter than this needs no more than its mark.
const SHORT_MS: u64 = 250;
/// Room before the first moment and after the last.
pub(super) const MARGIN: u64 = 16;

/// The moments of a run and where they stand.
pub(super) struct Scale {
    moments: Vec<Time>,
    places: Vec<u64>,
}

impl Scale {
    pub(super) fn new(mut moments: Vec<Time>) -> Self {
        moments.sort();
        moments.dedup();
        let mut places = vec![MARGIN; moments.len().min(1)];
        for pair in moments.windows(2) {
            let last = places[places.len() - 1];
            places.push(last + width(pair[1].since(pair[0])));
        }
        Self { moments, places }
    }

    /// The number of a moment; of a time between two, that of the earlier one.
    pub(super) fn number(&self, time: Time) -> usize {
        self.moments.partition_point(|moment| *moment <= time).saturating_sub(1)
    }

    pub(super) fn moments(&self) -> &[Time] {
        &self.moments
    }

    pub(super) fn places(&self) -> &[u64] {
        &self.places
    }

    /// How wide the whole picture is.
    pub(super) fn width(&self) -> u64 {
        self.places.last().map_or(0, |last| last + MARGIN)
    }
}

/// The logarithm to base 2, straight between two powers of it: in whole numbers, so that every
/// machine draws the same.
fn width(gap: Span) -> u64 {
    let times = 1 + gap.ms() / SHORT_MS;
    let whole = u64::from(times.ilog2());
    let power = 1 << whole;
    STEP + DOUBLING * whole + DOUBLING * (times - power) / power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_is_wider_and_a_day_is_not_too_wide() {
        let spans = [0, 100, 250, 500, 1_000, 1_100, 60_000, 3_600_000, 86_400_000, u64::MAX];
        let widths: Vec<u64> = spans.iter().map(|ms| width(Span::from_ms(*ms))).collect();
        assert!(widths.is_sorted(), "{widths:?}");
        assert_eq!(width(Span::from_ms(10)), STEP);
        assert!(width(Span::from_secs(86_400)) < 130);
    }

    #[test]
    fn a_time_between_two_moments_belongs_to_the_earlier_one() {
        let moments = [7, 0, 7, 20].map(Time::from_ms);
        let scale = Scale::new(moments.to_vec());
        assert_eq!(scale.moments().len(), 3);
        let numbers = [0, 6, 7, 19, 20, 99].map(|ms| scale.number(Time::from_ms(ms)));
        assert_eq!(numbers, [0, 0, 1, 1, 2, 2]);
        assert_eq!(scale.width(), scale.places()[2] + MARGIN);
    }
}
