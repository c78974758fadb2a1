//! Local time: what a clock on the wall shows, to the minute.
//!
//! Absent on purpose: zones and summer time. A run knows one local time, that of its cluster, and
//! it goes on evenly.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::time::{Span, Time};

/// A minute of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LocalTime {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
}

const DAY_MS: u64 = 86_400_000;
const HOUR_MS: u64 = 3_600_000;

impl LocalTime {
    /// Midnight at the beginning of 1 March 2004, so that a moment of a run reads as a time of day.
    pub const MIDNIGHT: LocalTime = LocalTime { year: 2004, month: 3, day: 1, hour: 0, minute: 0 };

    /// What the clock shows at a moment, when it showed this at the start.
    pub fn at(self, moment: Time) -> LocalTime {
        let since_midnight = self.ms_of_day() + moment.ms() % DAY_MS;
        let days = moment.ms() / DAY_MS + since_midnight / DAY_MS;
        let minutes = (since_midnight % DAY_MS) / 60_000;
        let mut date =
            LocalTime { hour: (minutes / 60) as u32, minute: (minutes % 60) as u32, ..self };
        for _ in 0..days {
            date = date.next_day();
        }
        date
    }

    /// The hour, 0 to 23.
    pub const fn hour(self) -> u32 {
        self.hour
    }

    /// How long it is from a moment to the next time that the clock shows this full hour; no time
    /// at all when it shows it at that very moment. `self` is what it showed at the start.
    pub const fn until_hour(self, moment: Time, hour: u32) -> Span {
        let now = (self.ms_of_day() + moment.ms() % DAY_MS) % DAY_MS;
        Span::from_ms((hour as u64 * HOUR_MS + DAY_MS - now) % DAY_MS)
    }

    const fn ms_of_day(self) -> u64 {
        (self.hour as u64 * 60 + self.minute as u64) * 60_000
    }

    const fn next_day(self) -> Self {
        let next = Self { day: self.day + 1, ..self };
        match () {
            () if next.day <= days_of(self.year, self.month) => next,
            () if self.month < 12 => Self { day: 1, month: self.month + 1, ..self },
            () => Self { day: 1, month: 1, year: self.year + 1, ..self },
        }
    }
}

const fn days_of(year: u32, month: u32) -> u32 {
    let century = year.is_multiple_of(100);
    let leap = if century { year.is_multiple_of(400) } else { year.is_multiple_of(4) };
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute } = self;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}")
    }
}

/// Why a text is no local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTimeError;

impl fmt::Display for LocalTimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date and a time of day such as 2004-03-01T20:00")
    }
}

impl std::error::Error for LocalTimeError {}

impl FromStr for LocalTime {
    type Err = LocalTimeError;

    /// Reads `2004-03-01T20:00`, a minute that exists, from the year 1601 on.
    fn from_str(text: &str) -> Result<Self, LocalTimeError> {
        let shape = text.len() == 16
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                10 => byte == b'T',
                13 => byte == b':',
                _ => byte.is_ascii_digit(),
            });
        if !shape {
            return Err(LocalTimeError);
        }
        let number = |from: usize, to: usize| text[from..to].parse().map_err(|_| LocalTimeError);
        let time = LocalTime {
            year: number(0, 4)?,
            month: number(5, 7)?,
            day: number(8, 10)?,
            hour: number(11, 13)?,
            minute: number(14, 16)?,
        };
        let exists = time.year >= 1601
            && (1..=12).contains(&time.month)
            && (1..=days_of(time.year, time.month)).contains(&time.day)
            && time.hour < 24
            && time.minute < 60;
        if exists { Ok(time) } else { Err(LocalTimeError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> LocalTime {
        text.parse().unwrap_or_else(|_| panic!("{text} is no local time"))
    }

    #[test]
    fn the_clock_goes_on_over_midnight_months_and_leap_days() {
        let hours = |start: &str, hours: u64| {
            local(start).at(Time::from_ms(hours * HOUR_MS + 59_999)).to_string()
        };
        assert_eq!(hours("2004-03-01T20:00", 3), "2004-03-01T23:00");
        assert_eq!(hours("2004-03-01T20:30", 4), "2004-03-02T00:30");
        assert_eq!(hours("2004-02-28T12:00", 24), "2004-02-29T12:00");
        assert_eq!(hours("2003-02-28T12:00", 24), "2003-03-01T12:00");
        assert_eq!(hours("2003-12-31T23:59", 1), "2004-01-01T00:59");
        assert_eq!(hours("2000-02-28T00:00", 366 * 24), "2001-02-28T00:00");
    }

    #[test]
    fn the_next_full_hour_of_the_day() {
        let until = |moment: u64, hour| {
            local("2004-03-01T20:00").until_hour(Time::from_ms(moment), hour).ms()
        };
        assert_eq!(until(0, 20), 0);
        assert_eq!(until(1, 20), DAY_MS - 1);
        assert_eq!(until(0, 4), 8 * HOUR_MS);
        assert_eq!(until(3 * DAY_MS + HOUR_MS, 22), HOUR_MS);
    }

    #[test]
    fn only_minutes_that_exist_are_read() {
        assert_eq!(local("2004-02-29T23:59").to_string(), "2004-02-29T23:59");
        for wrong in [
            "",
            "2004-03-01",
            "2004-03-01T24:00",
            "2004-03-01T20:60",
            "2003-02-29T20:00",
            "2004-13-01T20:00",
            "2004-00-01T20:00",
            "2004-03-01 20:00",
            "2004-3-1T20:00",
            "0004-03-01T20:00",
            "2004-03-01T20:0\u{e9}",
        ] {
            assert_eq!(wrong.parse::<LocalTime>(), Err(LocalTimeError), "{wrong}");
        }
    }
}
