//! What addresses consist of in each country: which parts it needs, what they are called, in which order they are written, and what
//! its postal codes look like.
//!
//! The data is Google's, with a few corrections: see `data/condense.py`, which makes it, and its notice.

mod check;
mod layout;
mod postal_code;
mod region;
mod term;
#[cfg(test)]
mod tests;

pub use self::{check::Breach, layout::Texts, region::Region, term::Term};

use crate::country::Country;
use regex_lite::Regex;
use serde::Deserialize;
use std::sync::{LazyLock, OnceLock};

/// A part of an address that countries differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// City or place.
    City,
    /// State, province, prefecture.
    Region,
    /// Postal code.
    PostalCode,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 3] = [Self::City, Self::Region, Self::PostalCode];

    /// The field of an address that holds it.
    pub fn field(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::Region => "region",
            Self::PostalCode => "postal_code",
        }
    }

    /// How the data writes it.
    fn letter(self) -> char {
        match self {
            Self::City => 'C',
            Self::Region => 'S',
            Self::PostalCode => 'Z',
        }
    }
}

/// The rules of one country.
#[derive(Debug, Deserialize)]
pub struct AddressRules {
    code: Country,
    name: &'static str,
    /// `%N` stands for the recipient, `%O` for the company, `%A` for the street lines, and parts for their letters.
    lines: Vec<&'static str>,
    /// The same where the address is in Latin letters, if that differs.
    #[serde(default)]
    latin_lines: Vec<&'static str>,
    /// Letters of the parts that must be there.
    #[serde(default)]
    required: &'static str,
    city: Term,
    region: Term,
    postal_code: Term,
    /// Empty where the country has no postal codes.
    #[serde(default)]
    pattern: &'static str,
    #[serde(default)]
    examples: Vec<&'static str>,
    #[serde(default)]
    regions: Vec<Region>,
    /// Made when first asked for: a service sees few countries.
    #[serde(skip)]
    index: OnceLock<region::Index>,
    #[serde(skip)]
    regex: OnceLock<Regex>,
}

#[derive(Deserialize)]
struct Data {
    notice: &'static str,
    countries: Vec<AddressRules>,
}

/// In the order of the codes. All texts are borrowed from the program itself, so that it costs some 250 KB.
static DATA: LazyLock<Data> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/countries.json")).expect("tests read the same file")
});

impl AddressRules {
    /// The rules of a country.
    ///
    /// # Panics
    ///
    /// Never: a test compares the data with the countries there are.
    pub fn of(country: Country) -> &'static Self {
        let found = DATA.countries.binary_search_by_key(&country, |rules| rules.code);
        found.map(|index| &DATA.countries[index]).expect("every country has rules")
    }

    /// Those of every country, in the order of their codes.
    pub fn all() -> &'static [Self] {
        &DATA.countries
    }

    /// Whose work the data is, and on what terms it is used.
    pub fn notice() -> &'static str {
        DATA.notice
    }

    /// Whose they are.
    pub fn country(&self) -> Country {
        self.code
    }

    /// The country's name in English.
    pub fn display_name(&self) -> &'static str {
        self.name
    }

    /// Whether an address must have the part.
    pub fn requires(&self, part: Part) -> bool {
        self.required.contains(part.letter())
    }

    /// Whether addresses have the part at all.
    pub fn uses(&self, part: Part) -> bool {
        self.lines.iter().any(|line| holds(line, part.letter()))
    }

    /// What the country calls a part.
    pub fn term(&self, part: Part) -> Term {
        match part {
            Part::City => self.city,
            Part::Region => self.region,
            Part::PostalCode => self.postal_code,
        }
    }

    /// A regular expression that a whole postal code matches, the same in Rust and JavaScript; empty where there are none.
    pub fn postal_code_pattern(&self) -> &'static str {
        self.pattern
    }

    /// Postal codes in the form in which they are kept.
    pub fn postal_code_examples(&self) -> &[&'static str] {
        &self.examples
    }

    /// The states, provinces or prefectures; none where any text is taken.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The region that a text names by its code, or by its name in one of the country's languages or in Latin letters, in any case, with
    /// or without accents.
    pub fn find_region(&self, text: &str) -> Option<&Region> {
        if text.is_empty() || self.regions.is_empty() {
            return None;
        }
        let index = self.index.get_or_init(|| region::Index::new(self.code, &self.regions));
        index.find(text).and_then(|found| self.regions.get(found))
    }
}

/// Whether a line has the place of a part.
fn holds(line: &str, letter: char) -> bool {
    line.split('%').skip(1).any(|piece| piece.starts_with(letter))
}
