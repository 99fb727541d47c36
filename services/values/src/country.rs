//! Countries by code.

use super::stored::text_value;

/// A country, dependent territory or area of ISO 3166-1, by its alpha-2 code in upper case: `BR`. Kosovo is one, by the code that
/// everybody uses for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(&'static str);

/// Text that is no code of a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a country: expected a two-letter code of ISO 3166-1, such as BR")]
pub struct Error;

impl Country {
    /// Every country, in the order of its code.
    pub fn all() -> impl Iterator<Item = Self> {
        CODES.iter().map(|code| Self(code))
    }

    /// Reads a code in upper or lower case.
    pub fn parse(code: &str) -> Result<Self, Error> {
        let code = code.trim().to_ascii_uppercase();
        CODES.binary_search(&code.as_str()).map(|index| Self(CODES[index])).map_err(|_| Error)
    }

    /// The code.
    pub fn as_str(&self) -> &'static str {
        self.0
    }
}

text_value!([] Country, Error);

/// The officially assigned codes (ISO 3166-1, as of 2025) and XK, sorted.
#[rustfmt::skip]
const CODES: [&str; 250] = [
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA",
    "BB", "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV",
    "BW", "BY", "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU",
    "CV", "CW", "CX", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES",
    "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM",
    "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY", "HK", "HM", "HN", "HR", "HT", "HU", "ID", "IE",
    "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT", "JE", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM",
    "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY",
    "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK", "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT",
    "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU",
    "NZ", "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY", "QA",
    "RE", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM",
    "SN", "SO", "SR", "SS", "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL",
    "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VA", "VC", "VE",
    "VG", "VI", "VN", "VU", "WF", "WS", "XK", "YE", "YT", "ZA", "ZM", "ZW",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_for_the_search() {
        assert!(CODES.is_sorted());
        assert!(Country::all().all(|country| Country::parse(country.as_str()) == Ok(country)));
    }

    #[test]
    fn case_is_ignored_and_upper_case_kept() {
        assert_eq!(Country::parse("br").unwrap().as_str(), "BR");
        assert_eq!(Country::parse("xk").unwrap().as_str(), "XK", "Kosovo");
        assert_eq!(serde_json::to_string(&Country::parse(" Gb").unwrap()).unwrap(), "\"GB\"");
    }

    #[test]
    fn what_is_no_country_is_refused() {
        // UK and EU are reserved; ZZ and 001 mean no country.
        for code in ["", "B", "BRA", "UK", "EU", "ZZ", "001", "B R", "Brazil"] {
            assert_eq!(Country::parse(code), Err(Error), "{code}");
        }
    }
}
