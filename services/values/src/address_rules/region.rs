use crate::{country::Country, search};
use serde::Deserialize;
use std::collections::HashMap;

/// A state, province or prefecture.
#[derive(Debug, Deserialize)]
pub struct Region {
    /// Second part of its ISO 3166-2 code, else the post office's abbreviation: `CA`, `13`. Empty where it has neither.
    #[serde(default)]
    pub code: &'static str,
    /// Name in the country's own language and script.
    pub name: &'static str,
    /// Name in Latin letters; empty where `name` is.
    #[serde(default)]
    latin: &'static str,
    /// How it is written in an address, where that is not the name: `CA`, `Jal.`.
    #[serde(default)]
    written: &'static str,
    /// Other names that people write.
    #[serde(default)]
    also: Vec<&'static str>,
}

impl Region {
    /// Name in Latin letters.
    pub fn latin_name(&self) -> &'static str {
        if self.latin.is_empty() { self.name } else { self.latin }
    }

    /// How it is written in an address: `CA` for California. In Latin letters where the address is.
    pub fn written(&self, in_latin: bool) -> &'static str {
        match (in_latin && !self.latin.is_empty(), self.written.is_empty()) {
            (true, _) => self.latin,
            (false, false) => self.written,
            (false, true) => self.name,
        }
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        let names = [self.code, self.name, self.latin, self.written];
        names.into_iter().chain(self.also.iter().copied()).filter(|name| !name.is_empty())
    }
}

/// Regions of a country by what they are called.
#[derive(Debug)]
pub(super) struct Index {
    prefix: String,
    exact: HashMap<String, usize>,
    /// Without words such as province. `None` where two regions are called so.
    bare: HashMap<String, Option<usize>>,
}

impl Index {
    pub(super) fn new(country: Country, regions: &[Region]) -> Self {
        let prefix = format!("{}-", country.as_str().to_ascii_lowercase());
        let mut index = Self { prefix, exact: HashMap::new(), bare: HashMap::new() };
        for (number, region) in regions.iter().enumerate() {
            for name in region.names() {
                index.exact.entry(exact(name)).or_insert(number);
                if let Some(bare) = bare(name) {
                    let found = index.bare.entry(bare).or_insert(Some(number));
                    *found = found.filter(|other| *other == number);
                }
            }
        }
        index
    }

    pub(super) fn find(&self, text: &str) -> Option<usize> {
        let plain = search::canonical(text);
        let plain = plain.strip_prefix(&self.prefix).unwrap_or(&plain);
        let without_kind = || self.bare.get(&bare(plain)?).copied().flatten();
        self.exact.get(&exact(plain)).copied().or_else(without_kind)
    }
}

/// Letters and digits alone, without case and accents.
fn exact(name: &str) -> String {
    let plain = search::canonical(name).replace('&', "and").replace('臺', "台");
    plain.chars().filter(|it| !it.is_whitespace() && !it.is_ascii_punctuation()).collect()
}

/// The same without words for what it is; `None` where nothing else is left.
fn bare(name: &str) -> Option<String> {
    let plain = search::canonical(name);
    let is_separator = |it: char| it.is_whitespace() || it.is_ascii_punctuation();
    let words = plain.split(is_separator).filter(|word| !KINDS.contains(word));
    let whole = exact(&words.collect::<String>());
    // Kyoto is 京都府, so that no more than one is taken away, and two characters stay.
    let shorter = whole.strip_suffix(KIND_SUFFIXES).filter(|rest| rest.chars().count() >= 2);
    let bare = shorter.unwrap_or(&whole);
    (!bare.is_empty()).then(|| bare.to_owned())
}

/// Words for kinds of regions, as [`search::canonical`] writes them.
#[rustfmt::skip]
const KINDS: &[&str] = &[
    "city", "co", "county", "departamento", "department", "district", "do", "emirate", "estado", "fu", "governorate", "ken", "krai",
    "kray", "of", "oblast", "parish", "prefecture", "provincia", "province", "region", "republic", "republits", "respublika", "sheng",
    "shi", "si", "state", "to", "zizhiqu", "краи", "область", "республика", "استان", "محافظة", "จังหวัด",
];

/// Characters for kinds of regions in Chinese, Japanese and Korean.
const KIND_SUFFIXES: [char; 8] = ['省', '市', '県', '府', '都', '縣', '도', '시'];
