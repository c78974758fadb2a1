//! Sizes in bytes.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Span;

/// A number of bytes. `GB` is 2^30, as Windows counts it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Size(u64);

const UNITS: [(&str, u64); 4] =
    [("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)];

impl Size {
    /// A number of bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// This size taken `percent` hundredths of a time, rounded up.
    pub const fn percent(self, percent: u64) -> Size {
        let bytes = (self.0 as u128 * percent as u128).div_ceil(100);
        Size(if bytes > u64::MAX as u128 { u64::MAX } else { bytes as u64 })
    }

    /// What is left after taking `other` away; nothing when that is more.
    pub const fn less(self, other: Size) -> Size {
        Size(self.0.saturating_sub(other.0))
    }

    /// How long it takes to work through this size at so much for a gigabyte, rounded up to the
    /// millisecond.
    pub const fn time_at(self, for_a_gigabyte: Span) -> Span {
        let ms = (self.0 as u128 * for_a_gigabyte.ms() as u128).div_ceil(1 << 30);
        Span::from_ms(if ms > u64::MAX as u128 { u64::MAX } else { ms as u64 })
    }
}

impl Add for Size {
    type Output = Size;

    fn add(self, other: Size) -> Size {
        Size(self.0.saturating_add(other.0))
    }
}

impl Sum for Size {
    fn sum<I: Iterator<Item = Size>>(sizes: I) -> Size {
        sizes.fold(Size(0), Add::add)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, scale): &&(&str, u64)| self.0 > 0 && self.0.is_multiple_of(*scale);
        match UNITS.iter().find(fits) {
            Some((unit, scale)) => write!(f, "{}{unit}", self.0 / scale),
            None => write!(f, "{}B", self.0),
        }
    }
}

impl fmt::Debug for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is no size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeError;

impl fmt::Display for SizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size such as 12GB, 500MB or 0B, a whole number with its unit")
    }
}

impl std::error::Error for SizeError {}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let unit = UNITS.iter().find(|(unit, _)| text.ends_with(unit)).unwrap_or(&("B", 1));
        let number = text.strip_suffix(unit.0).ok_or(SizeError)?;
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SizeError);
        }
        let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit.1));
        bytes.map(Self).ok_or(SizeError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_back_what_they_print() {
        for text in ["12GB", "500MB", "0B", "7B", "3TB"] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), text);
        }
        for wrong in ["12", "GB", "1.5GB", "12 GB", "12gb", "99999999999TB"] {
            assert_eq!(wrong.parse::<Size>(), Err(SizeError), "{wrong}");
        }
    }

    #[test]
    fn what_a_size_takes_is_rounded_up_to_the_millisecond() {
        let each = Span::from_secs(800);
        assert_eq!(Size::from_bytes(2 << 30).time_at(each).to_string(), "26m40s");
        assert_eq!(Size::from_bytes(1).time_at(each), Span::from_ms(1));
        assert_eq!(Size::from_bytes(u64::MAX).time_at(Span::from_ms(u64::MAX)).ms(), u64::MAX);
    }
}
