//! Moments and spans in whole milliseconds.
//!
//! Absent on purpose: a clock and a calendar. A moment is an argument wherever one is needed.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A moment, in milliseconds since the start: of the scenario in the simulator, of 1970 (UTC) live.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(u64);

/// A length of time in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(u64);

impl Time {
    /// The start.
    pub const START: Time = Time(0);
    /// Later than any moment that a run reaches.
    pub const NEVER: Time = Time(u64::MAX);

    /// The moment this many milliseconds after the start.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the start.
    pub const fn ms(self) -> u64 {
        self.0
    }

    /// The time that passed since `earlier`; none when that lies ahead.
    pub const fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// A span of milliseconds.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// A span of seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000)
    }

    /// The span in milliseconds.
    pub const fn ms(self) -> u64 {
        self.0
    }

    /// The part `numerator / denominator` of this span, rounded up to the millisecond.
    pub const fn part(self, numerator: u64, denominator: u64) -> Span {
        let ms = (self.0 as u128 * numerator as u128).div_ceil(denominator as u128);
        Span(if ms > u64::MAX as u128 { u64::MAX } else { ms as u64 })
    }
}

impl Add<Span> for Time {
    type Output = Time;

    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Span;

    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Span;

    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, ms) = (self.0 / 1_000, self.0 % 1_000);
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        write!(f, "{hours:02}:{minutes:02}:{:02}.{ms:03}", seconds % 60)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, ms) = (self.0 / 1_000, self.0 % 1_000);
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        match (hours, minutes) {
            (0, 0) => {}
            (0, _) => write!(f, "{minutes}m")?,
            _ => write!(f, "{hours}h{minutes:02}m")?,
        }
        let longer = hours > 0 || minutes > 0;
        match (seconds, ms, longer) {
            (0, 0, true) => Ok(()),
            (_, 0, true) => write!(f, "{seconds:02}s"),
            (_, _, true) => write!(f, "{seconds:02}.{ms:03}s"),
            (_, 0, false) => write!(f, "{seconds}s"),
            (_, _, false) => write!(f, "{seconds}.{ms:03}s"),
        }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is no span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanError;

impl fmt::Display for SpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time such as 90s, 10m, 2h30m or 7.2s, with its units in falling order")
    }
}

impl std::error::Error for SpanError {}

impl FromStr for Span {
    type Err = SpanError;

    /// Reads `1d2h30m5.250s`: whole numbers with falling units, seconds with up to three decimals.
    fn from_str(text: &str) -> Result<Self, SpanError> {
        const UNITS: [(char, u64); 4] =
            [('d', 86_400_000), ('h', 3_600_000), ('m', 60_000), ('s', 1_000)];
        let mut total: u64 = 0;
        let mut units = UNITS.iter();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|c: char| c.is_ascii_alphabetic()).ok_or(SpanError)?;
            let (number, tail) = rest.split_at(end);
            let unit = tail.chars().next().ok_or(SpanError)?;
            let (_, scale) = units.find(|(letter, _)| *letter == unit).ok_or(SpanError)?;
            let ms = milliseconds(number, *scale).ok_or(SpanError)?;
            total = total.checked_add(ms).ok_or(SpanError)?;
            rest = &tail[1..];
        }
        if text.is_empty() { Err(SpanError) } else { Ok(Self(total)) }
    }
}

fn milliseconds(number: &str, scale: u64) -> Option<u64> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = !number.contains('.');
    let well_formed = plain || (scale == 1_000 && (1..=3).contains(&decimals.len()));
    if whole.is_empty() || !digits(whole) || !digits(decimals) || !well_formed {
        return None;
    }
    let thousandths: u64 = format!("{decimals:0<3}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(scale)?.checked_add(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_in_falling_units_only() {
        let read = |text: &str| text.parse::<Span>().map(Span::ms);
        assert_eq!(read("90s"), Ok(90_000));
        assert_eq!(read("2h30m"), Ok(9_000_000));
        assert_eq!(read("1d1s"), Ok(86_401_000));
        assert_eq!(read("7.2s"), Ok(7_200));
        for wrong in ["", "10", "5 m", "30m2h", "1.5h", "7.s", "1m1m", "-5s", "99999999999999999d"]
        {
            assert_eq!(read(wrong), Err(SpanError), "{wrong}");
        }
    }

    #[test]
    fn what_is_printed_reads_back() {
        for ms in [0, 40, 5_000, 65_000, 60_000, 4_152_040, 3_600_000, 90_061_001] {
            let span = Span::from_ms(ms);
            assert_eq!(span.to_string().parse(), Ok(span), "{span}");
        }
        assert_eq!(Time::from_ms(608_200).to_string(), "00:10:08.200");
        assert_eq!(Time::from_ms(90_000_000).to_string(), "25:00:00.000");
    }

    #[test]
    fn parts_round_up() {
        assert_eq!(Span::from_ms(10).part(1, 3), Span::from_ms(4));
        assert_eq!(Span::from_ms(u64::MAX).part(3, 1), Span::from_ms(u64::MAX));
    }
}
