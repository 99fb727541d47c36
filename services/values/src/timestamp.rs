use prost_types::Timestamp;
use time::OffsetDateTime;

/// The protobuf form of a time, which the clock gives in whole microseconds.
pub fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).unwrap_or_default() }
}

/// The time of a protobuf form; `None` where it is not between the years 1 and 9999.
pub fn time_of(at: &Timestamp) -> Option<OffsetDateTime> {
    let nanos = i128::from(at.seconds) * 1_000_000_000 + i128::from(at.nanos);
    OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()
}
