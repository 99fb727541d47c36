//! Search over one canonical text per row: how the text is made, and in [`query`] how what people type is looked
//! for in it.

pub mod query;

use caseless::Caseless as _;
use unicode_normalization::{UnicodeNormalization as _, char::canonical_combining_class};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

use super::fold;

/// The form of text in which search compares: no case, no accents, one form of each letter, digit, dash and space,
/// no apostrophes and nothing invisible. `Łódź, O’Brien` becomes `lodz, obrien`.
///
/// Both the stored text and the words looked for go through here, so losing a difference can only find more.
pub fn canonical(text: &str) -> String {
    // An acute accent typed as apostrophe would be taken apart, a double prime would become two.
    let letters = text.chars().filter(|character| *character != '´').nfkd().default_case_fold().nfkd();
    let mut plain = String::with_capacity(text.len());
    for character in letters.filter(|character| !is_accent(*character) && !is_apostrophe(*character)) {
        push_plain(&mut plain, character);
    }
    // Composed again, so that a syllable of Korean counts as one character.
    plain.nfc().collect()
}

/// Marks above, below and through letters. Marks of class 0 are vowels of Indic scripts, 7 to 9 change which letter
/// of an Indic or Japanese script it is: without them words become others.
fn is_accent(character: char) -> bool {
    !matches!(canonical_combining_class(character), 0 | 7..=9)
}

fn is_apostrophe(character: char) -> bool {
    "'’‘ʼʻ`′".contains(character)
}

/// Letters that Unicode does not take apart, as people without them on their keyboards write them.
fn push_plain(plain: &mut String, character: char) {
    match character {
        'ł' => plain.push('l'),
        'ø' => plain.push('o'),
        'đ' | 'ð' => plain.push('d'),
        'ħ' => plain.push('h'),
        'ı' => plain.push('i'),
        'ŧ' => plain.push('t'),
        'æ' => plain.push_str("ae"),
        'œ' => plain.push_str("oe"),
        'þ' => plain.push_str("th"),
        // Minus, which is no dash to Unicode.
        '\u{2212}' => plain.push('-'),
        _ if character.is_ascii_graphic() => plain.push(character),
        _ if character.is_whitespace() => plain.push(' '),
        _ if fold::is_hidden(character) => {}
        _ => match character.general_category() {
            GeneralCategory::DashPunctuation => plain.push('-'),
            GeneralCategory::DecimalNumber => plain.push(ascii_digit(character)),
            _ => plain.push(character),
        },
    }
}

/// First digits of the scripts in which phone and other numbers are typed: Arabic, Persian and Urdu, Hindi, Bengali,
/// Thai. Full-width digits were taken apart before.
const ZEROS: [u32; 5] = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50];

fn ascii_digit(digit: char) -> char {
    let value = ZEROS.iter().find_map(|zero| u32::from(digit).checked_sub(*zero).filter(|value| *value < 10));
    value.and_then(|value| char::from_digit(value, 10)).unwrap_or(digit)
}

/// Builds the text to search in from the fields of a row: every word in canonical form with one space before it.
/// Starting at that space, words are found by their first letters.
#[derive(Clone, Debug, Default)]
pub struct SearchText(String);

impl SearchText {
    /// No words yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the words of a field; nothing if it is empty. Phone numbers go in by
    /// [`search_digits`](super::phone::PhoneNumber::search_digits).
    #[must_use]
    pub fn with(mut self, field: &str) -> Self {
        for word in canonical(field).split_whitespace() {
            self.0.push(' ');
            self.0.push_str(word);
        }
        self
    }

    /// The text, for the column.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_type_and_what_is_stored_meet() {
        for (text, plain) in [
            ("Luís Gonçalves", "luis goncalves"),
            ("Stanisław WÓJCIK", "stanislaw wojcik"),
            ("Bjørn Ærø", "bjorn aero"),
            ("Đorđe Þór", "dorde thor"),
            ("Straße STRASSE", "strasse strasse"),
            ("İstanbul ısı", "istanbul isi"),
            ("Nguyễn Thị Hồng", "nguyen thi hong"),
            ("O’Brien O'Brien O´Brien", "obrien obrien obrien"),
            ("Jean–Luc", "jean-luc"),
            ("ＡＢＣ １２", "abc 12"),
            ("Άννα", "αννα"),
            ("Йошкар", "иошкар"),
            ("٠٢٠ ۴۴ ७", "020 44 7"),
            ("a\u{a0}b\tc\u{200b}d", "a b cd"),
            ("김철수", "김철수"),
            ("हिन्दी", "हिन्दी"),
            ("ガ", "ガ"),
            ("100%_\\", "100%_\\"),
        ] {
            assert_eq!(canonical(text), plain, "{text}");
        }
    }

    #[test]
    fn every_word_has_a_space_before_it() {
        let text = SearchText::new()
            .with(" Luís  Gonçalves")
            .with("")
            .with("luisg@embraer.com.br")
            .with("551239235555");
        assert_eq!(text.into_string(), " luis goncalves luisg@embraer.com.br 551239235555");
    }

    proptest! {
        #[test]
        fn canonical_text_stays_as_it_is(text in ".{0,30}") {
            let once = canonical(&text);
            prop_assert_eq!(canonical(&once), once);
        }
    }
}
