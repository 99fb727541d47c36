//! Dates of people's lives.

use std::fmt;

use patron_proto::google::r#type::Date as ProtoDate;
use time::{Date, Month};

/// First year taken for a birth date: nobody alive was born before, and mistyped years are.
const FIRST_YEAR: i32 = 1900;

/// The day someone was born.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct BirthDate(Date);

/// What is wrong with a birth date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A part is missing, or the month has no such day.
    #[error("is not a date: year, month and day are needed and must be of the calendar")]
    NoDate,
    /// Long ago.
    #[error("is before {FIRST_YEAR}")]
    TooEarly,
    /// Not yet.
    #[error("is in the future")]
    Future,
}

impl BirthDate {
    /// Reads a date that is not after `today`, the date at the place that is furthest ahead if nothing is known of
    /// the person's.
    pub fn parse(date: &ProtoDate, today: Date) -> Result<Self, Error> {
        let month = u8::try_from(date.month).ok().and_then(|month| Month::try_from(month).ok());
        let day = u8::try_from(date.day).ok();
        let (Some(month), Some(day)) = (month, day) else {
            return Err(Error::NoDate);
        };
        let read = Date::from_calendar_date(date.year, month, day).map_err(|_| Error::NoDate)?;
        if read > today {
            Err(Error::Future)
        } else if read.year() < FIRST_YEAR {
            Err(if date.year < 1 { Error::NoDate } else { Error::TooEarly })
        } else {
            Ok(Self(read))
        }
    }

    /// The date.
    pub fn date(self) -> Date {
        self.0
    }
}

impl From<BirthDate> for ProtoDate {
    fn from(BirthDate(date): BirthDate) -> Self {
        Self { year: date.year(), month: i32::from(u8::from(date.month())), day: i32::from(date.day()) }
    }
}

/// `1962-07-14`.
impl fmt::Display for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// As text, which Postgres reads too.
impl serde::Serialize for BirthDate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

super::stored::private_debug!([] BirthDate, "BirthDate");

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 11 - 22);

    fn parse(year: i32, month: i32, day: i32) -> Result<BirthDate, Error> {
        BirthDate::parse(&ProtoDate { year, month, day }, TODAY)
    }

    #[test]
    fn dates_round_trip() {
        for (year, month, day) in [(1962, 7, 14), (1900, 1, 1), (2000, 2, 29), (2026, 11, 22)] {
            let read = parse(year, month, day).unwrap();
            assert_eq!(ProtoDate::from(read), ProtoDate { year, month, day });
            assert_eq!(read.to_string(), format!("{year}-{month:02}-{day:02}"));
        }
    }

    #[test]
    fn wrong_dates_are_refused_with_the_reason() {
        for (year, month, day, error) in [
            (1899, 12, 31, Error::TooEarly),
            (2026, 11, 23, Error::Future),
            (1900, 2, 29, Error::NoDate),
            (0, 7, 14, Error::NoDate),
            (1962, 0, 14, Error::NoDate),
            (1962, 13, 14, Error::NoDate),
            (1962, 7, 0, Error::NoDate),
            (1962, 7, 32, Error::NoDate),
            (-1, 7, 1, Error::NoDate),
            (i32::MAX, i32::MAX, i32::MIN, Error::NoDate),
        ] {
            assert_eq!(parse(year, month, day), Err(error), "{year}-{month}-{day}");
        }
    }
}
