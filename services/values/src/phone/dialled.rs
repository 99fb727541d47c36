//! Reads numbers as typed, by Google's metadata on the numbers of each country.

use rlibphonenumber::{
    NumberLengthType::IsPossible, PHONE_NUMBER_UTIL, ParseError, PhoneNumber as Number, PhoneNumberFormat,
    Region, ValidationError, get_national_significant_number_owned,
};

use super::{Error, country::Country};
use crate::fold;

/// Longest text taken for a number, in bytes: twice the digits and all the punctuation of the longest.
const MAX_TYPED_BYTES: usize = 80;
/// Most digits after a country code that the metadata knows of.
const MAX_NATIONAL_DIGITS: u32 = 17;

/// What was understood of a typed number.
pub(super) struct Dialled {
    /// `+44-20-7976-5722`.
    pub(super) groups: String,
    pub(super) extension: Option<String>,
    pub(super) region: Option<Country>,
    pub(super) unassigned: bool,
}

pub(super) fn read(typed: &str, region: Option<Country>) -> Result<Dialled, Error> {
    // Numbers copied from a phone's contacts stand between invisible direction marks.
    let mut text: String = typed.chars().filter(|character| !fold::is_hidden(*character)).collect();
    text = text.trim().to_owned();
    if text.len() > MAX_TYPED_BYTES || !begins_like_a_number(&text) {
        return Err(Error::Form);
    }
    // Antarctica and a few islands have no metadata: their numbers are read like those of no known country.
    let region = region.and_then(|region| region.as_str().parse::<Region>().ok());
    let region = region.filter(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(*region).is_some());
    if region.is_none() && text.starts_with("00") {
        text.replace_range(..2, "+");
    }

    let number = PHONE_NUMBER_UTIL.parse(&text, region).map_err(|error| match error {
        ParseError::InvalidCountryCode if text.starts_with('+') => Error::UnknownCountry,
        ParseError::InvalidCountryCode => Error::NoCountry,
        _ => Error::Form,
    })?;
    check_length(&number)?;
    // Several countries can share a code; what is assigned in none of them belongs to none for sure.
    let region = PHONE_NUMBER_UTIL.get_region_for_number(&number);
    Ok(Dialled {
        groups: groups(&number),
        extension: number.extension.clone(),
        region: region.and_then(|region| Country::parse(&region.as_region_str()).ok()),
        unassigned: !PHONE_NUMBER_UTIL.is_valid_number(&number),
    })
}

/// Text before the first digit would be dropped without a word, so only punctuation may stand there.
fn begins_like_a_number(text: &str) -> bool {
    let text = text.strip_prefix("tel:").unwrap_or(text);
    let digit = text.find(char::is_numeric);
    digit.is_some_and(|digit| text[..digit].chars().all(|character| "+＋([ .-/".contains(character)))
}

fn check_length(number: &Number) -> Result<(), Error> {
    let code = number.country_code;
    let region = PHONE_NUMBER_UTIL.get_region_for_country_code(code).ok_or(Error::UnknownCountry)?;
    match PHONE_NUMBER_UTIL.is_possible_number_with_reason(number) {
        Ok(IsPossible) => Ok(()),
        Err(ValidationError::InvalidCountryCode) => Err(Error::UnknownCountry),
        _ => {
            let length = get_national_significant_number_owned(number).len();
            Err(match (possible_lengths(code).min(), possible_lengths(code).max()) {
                (Some(least), _) if length < least => Error::TooShort { region, code, least },
                (_, Some(most)) if length > most => Error::TooLong { region, code, most },
                _ => Error::WrongLength { region, code },
            })
        }
    }
}

/// How many digits can follow a country code, found by trying.
fn possible_lengths(country_code: i32) -> impl Iterator<Item = usize> {
    let numbers = (0..MAX_NATIONAL_DIGITS).map(move |zeros| 10_u64.pow(zeros));
    let numbers =
        numbers.map(move |national_number| Number { country_code, national_number, ..Number::default() });
    let possible =
        |number: &Number| PHONE_NUMBER_UTIL.is_possible_number_with_reason(number) == Ok(IsPossible);
    numbers.filter(possible).map(|number| get_national_significant_number_owned(&number).len())
}

/// The global number of RFC 3966, with a hyphen between groups.
fn groups(number: &Number) -> String {
    let e164 = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164);
    let uri = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::RFC3966);
    let grouped = uri.trim_start_matches("tel:").split(';').next().unwrap_or_default();
    // A pattern made for numbers of another length could drop digits or leave other signs.
    if grouped.replace('-', "") == e164 { grouped.to_owned() } else { e164.into_owned() }
}
