//! Phone numbers in searches, whole or in part.

use rlibphonenumber::PHONE_NUMBER_UTIL;

use crate::fold;

/// Fewest digits looked for: fewer are in almost every number, and no index finds them.
const MIN_DIGITS: usize = 3;

/// Most digits of a country code.
const MAX_CODE_DIGITS: usize = 3;

/// Digits of which one must be part of [`search_digits`](super::PhoneNumber::search_digits), if `text` can be a part
/// of a phone number; none otherwise.
///
/// A number can be typed with spaces and punctuation, with `+`, `00` or nothing before the country code, with or
/// without the `0` that is dialled inside a country: `020 7976`, `(0)20 79`, `+44 20 7976`, `44 020 7976` and
/// `0044 20` all find +44 20 7976 5722.
pub fn query_digits(text: &str) -> Vec<String> {
    let shown: String = text.chars().filter(|character| !fold::is_hidden(*character)).collect();
    let shown = shown.trim();
    if !shown.chars().all(|character| character.is_ascii_digit() || is_punctuation(character)) {
        return Vec::new();
    }
    let international = shown.starts_with('+') || shown.starts_with("00");
    let mut groups: Vec<&str> = shown.split(is_punctuation).filter(|group| !group.is_empty()).collect();
    if let Some(first) = groups.first_mut() {
        *first = first.trim_start_matches('0');
    }
    let digits = groups.concat();

    // Most countries drop the inner 0 when called from abroad, some keep it: both are looked for.
    let code = if international { country_code_length(&digits) } else { None };
    let zero = code.or_else(|| code_length(&groups)).filter(|at| digits[*at..].starts_with('0'));
    let without_zero = zero.map(|at| format!("{}{}", &digits[..at], &digits[at + 1..]));
    without_zero.into_iter().chain([digits]).filter(|digits| digits.len() >= MIN_DIGITS).collect()
}

fn is_punctuation(character: char) -> bool {
    character.is_whitespace() || "+()[]-/.".contains(character)
}

/// How long the country code is that an international number begins with; none begins with another.
fn country_code_length(number: &str) -> Option<usize> {
    let is_assigned = |code: i32| PHONE_NUMBER_UTIL.get_region_for_country_code(code).is_some();
    (1..=MAX_CODE_DIGITS.min(number.len())).find(|length| number[..*length].parse().is_ok_and(is_assigned))
}

/// How many digits stand before the first inner group that begins with 0, if they can be a country code or the end
/// of one.
fn code_length(groups: &[&str]) -> Option<usize> {
    let zero = groups.iter().skip(1).position(|group| group.starts_with('0'))? + 1;
    let before = groups[..zero].iter().map(|group| group.len()).sum();
    (before <= MAX_CODE_DIGITS).then_some(before)
}
