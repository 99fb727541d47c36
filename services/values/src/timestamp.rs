use prost_types::Timestamp;
use time::OffsetDateTime;

/// The protobuf form of a time, which the clock gives in whole microseconds.
pub fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).unwrap_or_default() }
}

/// The time of a protobuf form; `None` where it is not between the years 1 and 9999, or its nanoseconds are a second or more.
pub fn time_of(at: &Timestamp) -> Option<OffsetDateTime> {
    let nanosecond = u32::try_from(at.nanos).ok()?;
    let second = OffsetDateTime::from_unix_timestamp(at.seconds).ok()?;
    second.replace_nanosecond(nanosecond).ok().filter(|time| (1..=9999).contains(&time.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_between_the_years_1_and_9999_and_less_than_a_second_past_its_second() {
        let time = |seconds, nanos| time_of(&Timestamp { seconds, nanos });
        let (first, last) = (-62_135_596_800, 253_402_300_799);
        assert!(
            [(first, 0), (0, 999_999_999), (last, 999_999_999)].iter().all(|(s, n)| time(*s, *n).is_some())
        );
        for (seconds, nanos) in
            [(first - 1, 0), (last + 1, 0), (0, -1), (0, 1_000_000_000), (i64::MAX, i32::MAX)]
        {
            assert_eq!(time(seconds, nanos), None, "{seconds} {nanos}");
        }
    }
}
