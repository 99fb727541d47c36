use super::AddressRules;
use crate::{search, text::Line};
use regex_lite::Regex;

impl AddressRules {
    /// A postal code in the form of the country's examples, whatever blanks, dashes, case and country prefix it is typed with: `sw1a1aa`
    /// becomes `SW1A 1AA`, `H-1073` becomes `1073`. `None` where it has another form. Where the country has no postal codes, any text
    /// passes as it is.
    pub fn canonical_postal_code(&self, typed: &str) -> Option<String> {
        if self.pattern.is_empty() {
            return Some(typed.to_owned());
        }
        let text = plain(typed);
        let readings = [without_prefix(&text), self.with_prefix(&text)];
        let readings = std::iter::once(text).chain(readings.into_iter().flatten());
        readings.flat_map(|reading| self.spellings(reading)).find(|spelling| self.regex().is_match(spelling))
    }

    /// The form in which a postal code is kept: the canonical one, or as it was typed where that breaks the rules.
    pub fn kept_postal_code(&self, typed: Line<20>) -> Line<20> {
        let canonical = self.canonical_postal_code(typed.as_str());
        canonical.and_then(|it| Line::parse(&it).ok()).unwrap_or(typed)
    }

    fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| {
            Regex::new(&format!("^(?:{})$", self.pattern))
                .expect("tests compile the pattern of every country")
        })
    }

    /// The text as it can be meant: with the separator of the examples where it stands, in each place where it could stand, and without any.
    fn spellings(&self, text: String) -> Vec<String> {
        let compact: String = text.chars().filter(|it| !is_separator(*it)).collect();
        let Some(separator) = self.examples.iter().find_map(|it| it.chars().find(|it| is_separator(*it)))
        else {
            return vec![compact, text];
        };
        let separated = compact.char_indices().skip(1).map(|(index, _)| {
            let (before, after) = compact.split_at(index);
            format!("{before}{separator}{after}")
        });
        let as_typed = text.contains(separator).then(|| text.clone());
        as_typed.into_iter().chain(separated).chain([compact.clone(), text]).collect()
    }

    /// With the letters that every postal code of the country begins with: `LV-` in Latvia.
    fn with_prefix(&self, text: &str) -> Option<String> {
        let first = self.examples.first()?;
        let prefix = &first[..first.find(|it: char| it.is_ascii_digit())?];
        let shared = !prefix.is_empty() && self.examples.iter().all(|example| example.starts_with(prefix));
        shared.then(|| format!("{prefix}{text}"))
    }
}

/// Upper case, digits of any script as ASCII, dashes and blanks of one kind, without marks such as 〒.
fn plain(typed: &str) -> String {
    let text = search::canonical(typed).to_uppercase();
    let known: String = text.chars().filter(|it| it.is_alphanumeric() || is_separator(*it)).collect();
    known.trim_matches(is_separator).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Without the letters that stand for the country in front of digits: `D-53111`, `SE 114 55`.
fn without_prefix(text: &str) -> Option<String> {
    let digits = text.trim_start_matches(|it: char| it.is_ascii_uppercase());
    let letters = text.len() - digits.len();
    let digits = digits.trim_start_matches(is_separator);
    ((1..=3).contains(&letters) && digits.starts_with(|it: char| it.is_ascii_digit()))
        .then(|| digits.to_owned())
}

fn is_separator(character: char) -> bool {
    matches!(character, ' ' | '-')
}
