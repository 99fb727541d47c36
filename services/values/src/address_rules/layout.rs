//! Addresses as they are written on letters.

use super::{AddressRules, Part, holds};
use crate::search;

/// What an address says. An empty text is a part that is missing.
#[derive(Clone, Copy, Default)]
pub struct Texts<'a> {
    /// Who receives.
    pub recipient: &'a str,
    /// Company.
    pub company: &'a str,
    /// Street and number.
    pub line1: &'a str,
    /// Flat, floor, building.
    pub line2: &'a str,
    /// City.
    pub city: &'a str,
    /// Region, by code or name.
    pub region: &'a str,
    /// Postal code.
    pub postal_code: &'a str,
}

/// Places of a form that are no [`Part`]s.
const RECIPIENT: char = 'N';
const COMPANY: char = 'O';
const STREET: char = 'A';

impl AddressRules {
    /// The fields of an address line by line, in the order in which they are written; in Latin letters or as at home.
    pub fn form(&self, in_latin: bool) -> impl Iterator<Item = Vec<&'static str>> {
        let lines = self.lines_in(in_latin).iter().map(|line| {
            let letters = pieces(line).filter_map(|(_, letter)| letter);
            letters.flat_map(fields).copied().collect::<Vec<_>>()
        });
        lines.filter(|fields| !fields.is_empty())
    }

    /// The lines of an address, without the country. A region that is known is written as there is usual: `CA` for California.
    pub fn write(&self, texts: &Texts<'_>) -> Vec<String> {
        let in_latin = is_latin(texts.line1) && is_latin(texts.city);
        let street = [texts.line1, texts.line2].join("\n");
        let region = self.find_region(texts.region).map_or(texts.region, |found| found.written(in_latin));
        let text = |letter| match letter {
            RECIPIENT => texts.recipient,
            COMPANY => texts.company,
            STREET => street.trim(),
            'C' => texts.city,
            'S' => region,
            _ => texts.postal_code,
        };
        let mut written = String::new();
        for line in self.lines_in(in_latin) {
            written.push_str(&fill(line, text));
            written.push('\n');
            if holds(line, STREET) && self.names_city_apart(texts, region) {
                written.push_str(texts.city);
                written.push('\n');
            }
        }
        written.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// The same in one line.
    pub fn write_in_line(&self, texts: &Texts<'_>) -> String {
        let mut letters = texts.line1.chars().chain(texts.city.chars());
        let separator = letters.find_map(|letter| match letter {
            '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' => Some(" "),
            '\u{600}'..='\u{6ff}' => Some("، "),
            _ => None,
        });
        self.write(texts).join(separator.unwrap_or(", "))
    }

    fn lines_in(&self, latin: bool) -> &[&'static str] {
        if latin && !self.latin_lines.is_empty() { &self.latin_lines } else { &self.lines }
    }

    /// Whether a city is given where addresses have none, and does not merely repeat what stands there anyway.
    fn names_city_apart(&self, texts: &Texts<'_>, region: &str) -> bool {
        let city = search::canonical(texts.city);
        let repeats =
            [self.name, texts.region, region].into_iter().any(|other| search::canonical(other) == city);
        !self.uses(Part::City) && !city.is_empty() && !repeats
    }
}

/// The fields of an address that stand for a letter.
fn fields(letter: char) -> &'static [&'static str] {
    match letter {
        RECIPIENT => &["recipient"],
        COMPANY => &["company"],
        STREET => &["line1", "line2"],
        'C' => &["city"],
        'S' => &["region"],
        _ => &["postal_code"],
    }
}

/// A line with its parts filled in. What stands between two parts is left out where one of them is missing.
fn fill<'a>(line: &str, text: impl Fn(char) -> &'a str) -> String {
    let mut filled = String::new();
    let mut between = "";
    for (literal, letter) in pieces(line) {
        if !literal.is_empty() {
            between = literal;
        }
        let text = letter.map(&text).unwrap_or_default();
        // A name, such as GUERNSEY, stands by itself; what is glued to the next part, such as CH-, goes with it.
        let stays = if text.is_empty() {
            is_word(between) && (letter.is_none() || between.ends_with(' '))
        } else {
            !filled.is_empty() || !between.chars().all(is_punctuation)
        };
        if stays {
            filled.push_str(if text.is_empty() { between.trim_end() } else { between });
        }
        if stays || !text.is_empty() || is_word(between) {
            between = "";
        }
        filled.push_str(text);
    }
    filled
}

/// What stands before each part, and the letter of the part; none after the last.
fn pieces(line: &str) -> impl Iterator<Item = (&str, Option<char>)> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let Some((literal, after)) = line.split_once('%') else {
            rest = None;
            return Some((line, None));
        };
        let letter = after.chars().next()?;
        rest = Some(&after[letter.len_utf8()..]);
        Some((literal, Some(letter)))
    })
}

fn is_word(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

fn is_punctuation(character: char) -> bool {
    " ,/-".contains(character)
}

/// Whether every letter is Latin.
fn is_latin(text: &str) -> bool {
    let latin = |it: char| matches!(it, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{ff21}'..='\u{ff5a}');
    text.chars().filter(|it| it.is_alphabetic()).all(latin)
}
