use super::{AddressRules, Part};

/// A rule of its country that an address breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// What is missing or wrong.
    pub part: Part,
    /// What the part is called there, and an example, in words that follow the field's name.
    pub description: String,
}

impl AddressRules {
    /// Every rule that an address with these parts breaks. An empty text is a part that is missing. What the country does not use may be
    /// there: people write it.
    pub fn check(&self, city: &str, region: &str, postal_code: &str) -> Vec<Breach> {
        let breaches = [
            (Part::City, self.check_presence(Part::City, city)),
            (Part::Region, self.check_region(region)),
            (Part::PostalCode, self.check_postal_code(postal_code)),
        ];
        let broken =
            breaches.into_iter().filter_map(|(part, wrong)| Some(Breach { part, description: wrong? }));
        broken.collect()
    }

    fn check_presence(&self, part: Part, text: &str) -> Option<String> {
        if !text.is_empty() || !self.requires(part) {
            return None;
        }
        let examples = self.examples_of(part).map(|examples| format!(", such as {examples}"));
        Some(format!(
            "is needed in {}: the {}{}",
            self.code,
            self.term(part).word(),
            examples.unwrap_or_default()
        ))
    }

    fn check_region(&self, text: &str) -> Option<String> {
        if text.is_empty() || self.regions.is_empty() || self.find_region(text).is_some() {
            return self.check_presence(Part::Region, text);
        }
        Some(self.no(Part::Region))
    }

    fn check_postal_code(&self, text: &str) -> Option<String> {
        if text.is_empty() || self.canonical_postal_code(text).is_some() {
            return self.check_presence(Part::PostalCode, text);
        }
        Some(self.no(Part::PostalCode))
    }

    fn no(&self, part: Part) -> String {
        let examples = self.examples_of(part).unwrap_or_default();
        format!("is no {} of {}: expected one such as {examples}", self.term(part).word(), self.code)
    }

    fn examples_of(&self, part: Part) -> Option<String> {
        match part {
            Part::City => None,
            Part::Region => self.regions.first().map(|region| match region.code {
                "" => region.latin_name().to_owned(),
                code => format!("{} ({code})", region.latin_name()),
            }),
            Part::PostalCode => match self.examples.as_slice() {
                [] => None,
                [one] => Some((*one).to_owned()),
                [one, other, ..] => Some(format!("{one} or {other}")),
            },
        }
    }
}
