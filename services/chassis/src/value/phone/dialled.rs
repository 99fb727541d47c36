//! Reads numbers as typed, by Google's metadata on the numbers of each country.

use std::sync::{LazyLock, PoisonError};

use phonenumber::{
    Metadata, Mode, ParseError,
    country::Id,
    metadata::{DATABASE, Database, Descriptor},
};

use super::{Error, country::Country};
use crate::value::fold;

/// Longest text taken for a number, in bytes: twice the digits and all the punctuation of the longest.
const MAX_TYPED_BYTES: usize = 80;

/// How many compiled patterns are kept. With the default of 100, numbers of twenty countries in turn compile theirs
/// each time, which takes 1.2 ms instead of 12 µs a number; 300 hold those of sixty countries in about 40 MB.
const KEPT_PATTERNS: usize = 300;

static METADATA: LazyLock<&'static Database> = LazyLock::new(|| {
    let database = &*DATABASE;
    database.cache().lock().unwrap_or_else(PoisonError::into_inner).set_capacity(KEPT_PATTERNS);
    database
});

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
    let region = region.and_then(|region| region.as_str().parse::<Id>().ok());
    if region.is_none() && text.starts_with("00") {
        text.replace_range(..2, "+");
    }

    let number = phonenumber::parse_with(*METADATA, region, &text).map_err(|error| match error {
        ParseError::InvalidCountryCode if text.starts_with('+') => Error::UnknownCountry,
        ParseError::InvalidCountryCode => Error::NoCountry,
        _ => Error::Form,
    })?;
    let code = number.country().code();
    let regions = METADATA.by_code(&code).unwrap_or_default();
    let main = *regions.first().ok_or(Error::UnknownCountry)?;
    check_length(main, code, number.national().to_string().len())?;

    let assigned = number.is_valid_with(*METADATA);
    // Several countries can share a code; what is assigned in none of them belongs to none for sure.
    let known = number.country().id().map(|id| id.as_ref().to_owned());
    let known = known.or_else(|| (assigned || regions.len() == 1).then(|| main.id().to_owned()));
    Ok(Dialled {
        groups: groups(&number),
        extension: number.extension().map(ToString::to_string),
        region: known.and_then(|id| Country::parse(&id).ok()),
        unassigned: !assigned,
    })
}

/// Text before the first digit would be dropped without a word, so only punctuation may stand there.
fn begins_like_a_number(text: &str) -> bool {
    let text = text.strip_prefix("tel:").unwrap_or(text);
    let digit = text.find(char::is_numeric);
    digit.is_some_and(|digit| text[..digit].chars().all(|character| "+＋([ .-/".contains(character)))
}

fn check_length(main: &'static Metadata, code: u16, length: usize) -> Result<(), Error> {
    let all = main.descriptors();
    let kinds = [
        all.fixed_line(),
        all.mobile(),
        all.toll_free(),
        all.premium_rate(),
        all.shared_cost(),
        all.personal_number(),
        all.voip(),
        all.pager(),
        all.uan(),
        all.voicemail(),
    ];
    let possible: Vec<u16> =
        kinds.into_iter().flatten().flat_map(Descriptor::possible_length).copied().collect();
    let length = u16::try_from(length).unwrap_or(u16::MAX);
    let region = main.id();
    match (possible.iter().min(), possible.iter().max()) {
        (Some(&least), _) if length < least => Err(Error::TooShort { region, code, least }),
        (_, Some(&most)) if length > most => Err(Error::TooLong { region, code, most }),
        _ if possible.contains(&length) => Ok(()),
        _ => Err(Error::WrongLength { region, code }),
    }
}

/// The global number of RFC 3966, with a hyphen between groups.
fn groups(number: &phonenumber::PhoneNumber) -> String {
    let e164 = number.format_with(*METADATA).mode(Mode::E164).to_string();
    let uri = number.format_with(*METADATA).mode(Mode::Rfc3966).to_string();
    let grouped = uri.trim_start_matches("tel:").split(';').next().unwrap_or_default();
    // A pattern made for numbers of another length could drop digits or leave other signs.
    if grouped.replace('-', "") == e164 { grouped.to_owned() } else { e164 }
}
