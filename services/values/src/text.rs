//! Bounded text of people: names, labels, descriptions.

use unicode_normalization::UnicodeNormalization as _;

use super::{
    fold,
    stored::{private_debug, text_value},
};

/// Text of 1 to `MAX` characters, without white space at its ends and characters that show nothing, in Unicode's composed form
/// (NFC), so that what looks the same is the same. With `LINES` it can have several lines and tabs, otherwise one line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize, const LINES: bool>(String);

/// Text of one line.
pub type Line<const MAX: usize> = Text<MAX, false>;

/// Text of one or more lines, which end in a line feed alone.
pub type Prose<const MAX: usize> = Text<MAX, true>;

/// A name of a person, company, department, group or place: one line of at most 100 characters.
pub type Name = Line<100>;

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing, or nothing that can be seen.
    #[error("is empty")]
    Empty,
    /// More characters than fit.
    #[error("is longer than {max} characters")]
    TooLong {
        /// How many fit.
        max: usize,
    },
    /// A control character; in a text of one line also a line break or tab.
    #[error("holds a control character or line break")]
    Control,
    /// A mark that turns the direction of all text after it, on a screen beyond this text's end.
    #[error("holds a character that changes the direction of writing")]
    Direction,
}

impl<const MAX: usize, const LINES: bool> Text<MAX, LINES> {
    /// Reads a text; white space at its ends is dropped, and so are characters that show nothing and do nothing for others.
    pub fn parse(typed: &str) -> Result<Self, Error> {
        let shown: String = typed.chars().filter(|character| !is_useless(*character)).collect();
        let mut text: String = shown.trim().nfc().collect();
        if LINES {
            text = text.replace("\r\n", "\n");
        }
        if text.chars().all(shows_nothing) && !text.contains(turns_direction) {
            return Err(if text.contains(char::is_control) { Error::Control } else { Error::Empty });
        }
        if text
            .chars()
            .any(|character| character.is_control() && !(LINES && matches!(character, '\n' | '\t')))
        {
            return Err(Error::Control);
        }
        if !LINES && text.contains(['\u{2028}', '\u{2029}']) {
            return Err(Error::Control);
        }
        if text.contains(turns_direction) {
            return Err(Error::Direction);
        }
        if text.chars().count() > MAX {
            return Err(Error::TooLong { max: MAX });
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Embeddings, overrides and isolates (UAX #9). The plain marks U+200E, U+200F and U+061C act on
/// their neighbours only and are part of good Hebrew and Arabic text.
fn turns_direction(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character shows nothing and is not part of the writing of some language or symbol, as joiners, marks of direction and
/// selectors of variants are.
fn is_useless(character: char) -> bool {
    let writes = matches!(character,
        '\u{200c}'..='\u{200f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
    fold::is_ignorable(character) && !writes && !turns_direction(character)
}

/// Whether a text of such characters alone looks empty. U+2800 is a braille letter without dots.
fn shows_nothing(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || character == '\u{2800}'
        || fold::is_ignorable(character)
}

text_value!([const MAX: usize, const LINES: bool] Text<MAX, LINES>, Error, |text, error| match error {
    Error::Empty if !text.trim().is_empty() => Ok(Self(text.to_owned())),
    other => Err(other),
});
private_debug!([const MAX: usize, const LINES: bool] Text<MAX, LINES>, "Text");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_kept() {
        for name in [
            "Gonçalves",
            "O’Brien",
            "Nguyễn Thị Hồng",
            "محمد",
            "ありがとう",
            "J. R. R.",
            "X Æ A-12",
            "می\u{200c}خواهم",
            "葛\u{e0100}西",
        ] {
            assert_eq!(Name::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn white_space_at_the_ends_is_dropped_and_the_rest_composed() {
        assert_eq!(Name::parse("\u{a0} Wo\u{301}jcik\n").unwrap().as_str(), "Wójcik");
        assert_eq!(Prose::<9>::parse("one\r\ntwo\t3\r\n").unwrap().as_str(), "one\ntwo\t3");
    }

    #[test]
    fn characters_that_show_nothing_are_dropped() {
        for typed in ["ka\u{34f}te", "\u{feff}kate", "ka\u{ad}te", "kate\u{3164}", " \u{200b} kate"] {
            assert_eq!(Name::parse(typed).unwrap().as_str(), "kate", "{typed:?}");
        }
    }

    #[test]
    fn wrong_texts_are_refused_with_the_reason() {
        for (typed, error) in [
            ("", Error::Empty),
            (" \t ", Error::Empty),
            ("\u{200b}", Error::Empty),
            ("\u{3164}", Error::Empty),
            ("\u{200d}\u{fe0f}", Error::Empty),
            ("\u{2800}", Error::Empty),
            ("a\0b", Error::Control),
            ("a\nb", Error::Control),
            ("a\u{2028}b", Error::Control),
            ("a\u{85}b", Error::Control),
            ("a\u{202e}b", Error::Direction),
            ("a\u{2067}b", Error::Direction),
            ("abcdef", Error::TooLong { max: 5 }),
        ] {
            assert_eq!(Line::<5>::parse(typed), Err(error), "{typed:?}");
        }
        assert_eq!(Prose::<5>::parse("a\u{b}b"), Err(Error::Control));
        assert_eq!(Prose::<5>::parse("a\rb"), Err(Error::Control));
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(Line::<5>::parse("ąćęłń").is_ok());
        assert!(Line::<5>::parse("𝒶𝒷𝒸𝒹𝑒").is_ok());
    }

    #[test]
    fn debug_and_errors_tell_nothing_of_the_person() {
        assert_eq!(format!("{:?}", Name::parse("Wójcik").unwrap()), "Text(***)");
        let error = serde_json::from_str::<Line<3>>("\"Wójcik\"").unwrap_err().to_string();
        assert!(error.starts_with("is longer than 3 characters"), "{error}");
    }
}
