//! Phone numbers in searches, whole or in part.

use phonenumber::metadata::DATABASE;

use crate::value::fold;

/// Fewest digits looked for: fewer are in almost every number, and no index finds them.
const MIN_DIGITS: usize = 3;

/// Digits of which one must be part of [`search_digits`](super::PhoneNumber::search_digits), if `text` can be a part
/// of a phone number; none otherwise.
///
/// A number can be typed with spaces and punctuation, with `+`, `00` or nothing before the country code, with or
/// without the `0` that is dialled inside a country: `020 7976`, `(0)20 79`, `+44 20 7976`, `+44 020 7976` and
/// `0044 20` all find +44 20 7976 5722.
pub fn query_digits(text: &str) -> Vec<String> {
    let shown: String = text.chars().filter(|character| !fold::is_hidden(*character)).collect();
    let shown = shown.trim();
    if !shown.chars().all(|character| character.is_ascii_digit() || is_punctuation(character)) {
        return Vec::new();
    }
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    let international = if shown.starts_with('+') { Some(&*digits) } else { digits.strip_prefix("00") };

    let mut found = Vec::new();
    if let Some(number) = international {
        // Most countries drop the 0 when called from abroad, some keep it.
        if let Some((code, national)) = split_country_code(number)
            && let Some(without_zero) = national.strip_prefix('0')
        {
            found.push(format!("{code}{without_zero}"));
        }
        found.push(number.to_owned());
    } else {
        found.push(digits.trim_start_matches('0').to_owned());
    }
    found.retain(|digits| digits.len() >= MIN_DIGITS);
    found
}

fn is_punctuation(character: char) -> bool {
    character.is_whitespace() || "+()[]-/.".contains(character)
}

/// Country codes have one to three digits, and none begins with another.
fn split_country_code(number: &str) -> Option<(&str, &str)> {
    (1..=3.min(number.len()))
        .map(|length| number.split_at(length))
        .find(|(code, _)| code.parse::<u16>().is_ok_and(|code| DATABASE.region(&code).is_some()))
}
