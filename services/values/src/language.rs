//! Languages by tag.

use icu_locale_core::LanguageIdentifier;

use super::stored::text_value;

/// A language to write to people in, as a BCP 47 tag of language, script, region and variants in canonical case:
/// `pt-BR`, `zh-Hant`. Extensions are no part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Language(String);

/// Text that is no tag of a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a language: expected a BCP 47 tag, such as pt-BR")]
pub struct Error;

impl Language {
    /// Reads a well-formed tag in any case. Whether such a language is registered, or any text exists in it, is not
    /// looked at.
    pub fn parse(tag: &str) -> Result<Self, Error> {
        // Programs write POSIX locales, such as pt_BR, where they mean a tag.
        let tag = tag.trim().replace('_', "-");
        let identifier = LanguageIdentifier::try_from_str(&tag).map_err(|_| Error)?;
        // Registered languages have two or three letters; longer subtags are words, such as "english".
        let named = identifier.language.as_str().len() <= 3 && !identifier.language.is_unknown();
        named.then(|| Self(identifier.to_string())).ok_or(Error)
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_value!([] Language, Error);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_get_their_canonical_case() {
        for (tag, canonical) in [
            ("pt-br", "pt-BR"),
            ("PT_BR", "pt-BR"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("de-ch-1996", "de-CH-1996"),
            ("gsw", "gsw"),
        ] {
            assert_eq!(Language::parse(tag).unwrap().as_str(), canonical);
        }
    }

    #[test]
    fn what_is_no_language_is_refused() {
        for tag in ["", "p", "english", "und", "pt-", "pt BR", "pt-BRAZIL-x", "de-u-co-phonebk", "*", "日本"]
        {
            assert_eq!(Language::parse(tag), Err(Error), "{tag}");
        }
    }
}
