use std::{net::SocketAddr, path::PathBuf, time::Duration};

use secrecy::SecretString;

/// A type that a variable can hold.
pub trait Value: Sized {
    /// Whether the value must never be shown.
    const SECRET: bool = false;

    /// Reads the text of a variable. Fails with what was expected, for a sentence that begins with
    /// "expected".
    fn parse(text: &str) -> Result<Self, String>;

    /// The value where neither variable nor default is given; `None` if there must be one.
    fn absent() -> Option<Self> {
        None
    }
}

impl<T: Value> Value for Option<T> {
    const SECRET: bool = T::SECRET;

    fn parse(text: &str) -> Result<Self, String> {
        T::parse(text).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl Value for String {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl Value for SecretString {
    const SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }
}

impl Value for PathBuf {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }
}

impl Value for SocketAddr {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "an address and port, such as `127.0.0.1:7001` or `[::]:7001`".to_owned())
    }
}

impl Value for bool {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "`true` or `false`".to_owned())
    }
}

impl Value for f64 {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().ok().filter(|number: &Self| number.is_finite()).ok_or_else(|| "a number".to_owned())
    }
}

/// Whole numbers, with their range in the answer to a wrong one.
macro_rules! numbers {
    ($($type:ty)+) => {$(
        impl Value for $type {
            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| format!("a whole number up to {}", <$type>::MAX))
            }
        }
    )+};
}

numbers! { u16 u32 u64 usize }

/// A time span given in whole milliseconds; the field's name ends in `_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(Duration);

/// A time span given in whole seconds; the field's name ends in `_s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(Duration);

impl Millis {
    /// The span.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl Seconds {
    /// The span.
    pub const fn get(self) -> Duration {
        self.0
    }
}

/// The longest span a setting can name, in days: far above every sensible one and far below what overflows a
/// time.
const LONGEST_DAYS: u64 = 3_660;

impl From<Duration> for Millis {
    fn from(span: Duration) -> Self {
        Self(span)
    }
}

impl From<Duration> for Seconds {
    fn from(span: Duration) -> Self {
        Self(span)
    }
}

impl Value for Millis {
    fn parse(text: &str) -> Result<Self, String> {
        span(text, "milliseconds", LONGEST_DAYS * 86_400_000)
            .map(|millis| Self(Duration::from_millis(millis)))
    }
}

impl Value for Seconds {
    fn parse(text: &str) -> Result<Self, String> {
        span(text, "seconds", LONGEST_DAYS * 86_400).map(|seconds| Self(Duration::from_secs(seconds)))
    }
}

fn span(text: &str, unit: &str, most: u64) -> Result<u64, String> {
    text.parse().ok().filter(|count| *count <= most).ok_or_else(|| format!("whole {unit} up to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_whole_and_bounded() {
        assert_eq!(Millis::parse("1500").unwrap().get(), Duration::from_millis(1_500));
        assert_eq!(Seconds::parse("0").unwrap().get(), Duration::ZERO);
        for wrong in ["", "-1", "1.5", "5s", "99999999999999999999", "9999999999999"] {
            assert!(Seconds::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_finite() {
        assert!(f64::parse("NaN").is_err());
        assert!(f64::parse("inf").is_err());
        assert!(f64::parse("0.25").is_ok());
    }
}
