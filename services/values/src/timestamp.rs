use prost_types::Timestamp;
use time::OffsetDateTime;

/// The protobuf form of a time, which the clock gives in whole microseconds.
pub fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).unwrap_or_default() }
}
