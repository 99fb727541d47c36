//! Telephone and fax numbers.

mod dialled;
mod query;

use patron_proto::r#type::v1::PhoneNumber as ProtoPhoneNumber;
use rlibphonenumber::Region;

use super::{
    country::{self, Country},
    stored::{private_debug, text_value},
};

pub use query::query_digits;

/// Most digits of an extension, as the contract says.
const MAX_EXTENSION_DIGITS: usize = 7;

/// A number that can be dialled, with its extension.
///
/// Held and stored as the global number of RFC 3966 (without `tel:`), digits grouped as its country groups them, and
/// what is known of it behind: `+44-20-7976-5722;ext=12;region=GB`, `+56-026354444;region=CL;unassigned`. Region and
/// groups are stored because working them out takes longer than reading a customer.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

/// What is wrong with a phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No digits, too few to be a number anywhere, or text that is no number.
    #[error("is not a phone number")]
    Form,
    /// A national number without its country.
    #[error("has no country: expected + and the country code, or the number together with its region")]
    NoCountry,
    /// A country code that does not exist.
    #[error("begins with a country code that does not exist")]
    UnknownCountry,
    /// The region is none of ISO 3166-1.
    #[error("has a region that {0}")]
    Region(#[from] country::Error),
    /// Fewer digits than any number of the country has.
    #[error("is too short for {region} (+{code}): at least {least} digits must follow the country code")]
    TooShort {
        /// Main region of the country code.
        region: Region,
        /// Country code.
        code: i32,
        /// Fewest digits of a number there.
        least: usize,
    },
    /// More digits than any number of the country has.
    #[error("is too long for {region} (+{code}): at most {most} digits can follow the country code")]
    TooLong {
        /// Main region of the country code.
        region: Region,
        /// Country code.
        code: i32,
        /// Most digits of a number there.
        most: usize,
    },
    /// Between the shortest and the longest numbers of the country, and of a length that none has.
    #[error("has a number of digits that no number in {region} (+{code}) has")]
    WrongLength {
        /// Main region of the country code.
        region: Region,
        /// Country code.
        code: i32,
    },
    /// Not digits, or too many.
    #[error("has an extension that is not 1 to {MAX_EXTENSION_DIGITS} digits")]
    Extension,
    /// One in the number and another beside it.
    #[error("has two different extensions")]
    TwoExtensions,
}

/// The same number, a national one dialled in this country where it says no other.
#[must_use]
pub fn dialled_in(number: &ProtoPhoneNumber, country_code: &str) -> ProtoPhoneNumber {
    let mut number = number.clone();
    if number.region_code.is_empty() {
        country_code.clone_into(&mut number.region_code);
    }
    number
}

impl PhoneNumber {
    /// Reads a number as people type it: `+44 (0)20 7976 5722 ext. 12`, or `020 7976 5722` together with its region.
    /// `extension` is empty where there is none, or where it stands in `number`.
    ///
    /// A number of a length that its country does not have is refused; one of a possible length that lies in no
    /// assigned range is kept and marked, because countries assign new ranges faster than the metadata follows.
    pub fn from_typed(number: &str, region: Option<Country>, extension: &str) -> Result<Self, Error> {
        let dialled = dialled::read(number, region)?;
        let extension = match (extension.trim(), dialled.extension.as_deref().unwrap_or_default()) {
            (given, "") => given,
            ("", typed) => typed,
            (given, typed) if given == typed => given,
            _ => return Err(Error::TwoExtensions),
        };
        if extension.len() > MAX_EXTENSION_DIGITS || !extension.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::Extension);
        }
        let mut parts = vec![dialled.groups];
        if !extension.is_empty() {
            parts.push(format!("ext={extension}"));
        }
        if let Some(region) = dialled.region {
            parts.push(format!("region={region}"));
        }
        if dialled.unassigned {
            parts.push(UNASSIGNED.to_owned());
        }
        Ok(Self(parts.join(";")))
    }

    /// Reads the message of the contract; `None` where it is empty.
    pub fn from_proto(message: &ProtoPhoneNumber) -> Result<Option<Self>, Error> {
        if message.number.trim().is_empty() {
            let rest = message.extension.trim();
            return if rest.is_empty() { Ok(None) } else { Err(Error::Form) };
        }
        let region = super::optional(&message.region_code)?;
        Self::from_typed(&message.number, region, &message.extension).map(Some)
    }

    /// Reads the stored form. Whether the number can be dialled is not looked at again.
    pub fn parse(stored: &str) -> Result<Self, Error> {
        let mut parts = stored.split(';');
        let groups = parts.next().and_then(|number| number.strip_prefix('+')).ok_or(Error::Form)?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !groups.split('-').all(digits) {
            return Err(Error::Form);
        }
        for part in parts {
            match part.split_once('=') {
                Some(("ext", extension)) if digits(extension) => {}
                Some(("region", region)) => drop(Country::parse(region)?),
                None if part == UNASSIGNED => {}
                _ => return Err(Error::Form),
            }
        }
        Ok(Self(stored.to_owned()))
    }

    /// The stored form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number for machines: `+442079765722`.
    pub fn e164(&self) -> String {
        self.groups().replace('-', "")
    }

    /// The number for people, in international form: `+44 20 7976 5722 ext. 12`.
    pub fn formatted(&self) -> String {
        let number = self.groups().replace('-', " ");
        self.extension().map_or(number.clone(), |extension| format!("{number} ext. {extension}"))
    }

    /// Digits to dial after the connection stands.
    pub fn extension(&self) -> Option<&str> {
        self.parameters().find_map(|parameter| parameter.strip_prefix("ext="))
    }

    /// The country the number belongs to, where one is known.
    pub fn region(&self) -> Option<Country> {
        self.parameters().find_map(|parameter| parameter.strip_prefix("region="))?.parse().ok()
    }

    /// Whether the number has a possible length but lies in no range that is known to be assigned.
    pub fn is_unassigned(&self) -> bool {
        self.parameters().any(|parameter| parameter == UNASSIGNED)
    }

    /// The digits with the country code, as [`query_digits`] finds them in a search text.
    pub fn search_digits(&self) -> String {
        self.groups().replace(['+', '-'], "")
    }

    fn groups(&self) -> &str {
        self.0.split(';').next().unwrap_or_default()
    }

    fn parameters(&self) -> impl Iterator<Item = &str> {
        self.0.split(';').skip(1)
    }
}

/// Parameter of the stored form that marks a number of no assigned range.
const UNASSIGNED: &str = "unassigned";

impl From<&PhoneNumber> for ProtoPhoneNumber {
    fn from(phone: &PhoneNumber) -> Self {
        Self {
            number: phone.e164(),
            region_code: phone.region().map(|region| region.to_string()).unwrap_or_default(),
            extension: phone.extension().unwrap_or_default().to_owned(),
            unassigned: phone.is_unassigned(),
            formatted: phone.formatted(),
        }
    }
}

text_value!([] PhoneNumber, Error);
private_debug!([] PhoneNumber, "PhoneNumber");

#[cfg(test)]
mod tests;
