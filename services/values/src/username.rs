//! Names to sign in with.

use unicode_normalization::UnicodeNormalization as _;

use super::{
    fold,
    stored::{private_debug, text_value},
};

/// Fewest characters: shorter ones are guessed by trying all.
const MIN_CHARACTERS: usize = 3;

/// Most characters: as long as every other name.
const MAX_CHARACTERS: usize = 100;

/// A name to sign in with, of 3 to 100 characters of any script, in Unicode's composed form (NFC). Use
/// [`Username::key`] to compare.
///
/// It has no `@`, so that what is typed at sign-in is either an email address or a username: nobody can take
/// another's address for a username and receive what is meant for the other. It has no white space, since an account
/// must not differ from another by what a person cannot see.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Username(String);

/// What is wrong with a username.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too few characters, or none.
    #[error("is shorter than {MIN_CHARACTERS} characters")]
    TooShort,
    /// Too many characters.
    #[error("is longer than {MAX_CHARACTERS} characters")]
    TooLong,
    /// Looks like an email address.
    #[error("holds an @, which only email addresses do")]
    At,
    /// A space or other white space.
    #[error("holds a space")]
    Space,
    /// Holds something that cannot be seen.
    #[error("holds a control, direction or other invisible character")]
    Hidden,
}

impl Username {
    /// Reads a username; white space at its ends is dropped.
    pub fn parse(typed: &str) -> Result<Self, Error> {
        let name: String = typed.trim().nfc().collect();
        let length = name.chars().count();
        if name.contains(fold::is_hidden) {
            Err(Error::Hidden)
        } else if name.contains(char::is_whitespace) {
            Err(Error::Space)
        } else if name.contains(['@', '＠', '﹫']) {
            Err(Error::At)
        } else if length < MIN_CHARACTERS {
            Err(Error::TooShort)
        } else if length > MAX_CHARACTERS {
            Err(Error::TooLong)
        } else {
            Ok(Self(name))
        }
    }

    /// The name as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is unique: upper and lower case, full and half width are one. Can be longer than the name.
    pub fn key(&self) -> String {
        fold::identity(&self.0)
    }

    /// The form that is unique besides, in which look-alikes of different scripts are one.
    pub fn skeleton(&self) -> String {
        fold::skeleton(&self.key())
    }
}

text_value!([] Username, Error, |text, error| match error {
    Error::Hidden => Ok(Self(text.to_owned())),
    other => Err(other),
});
private_debug!([] Username, "Username");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_kept_as_typed() {
        for typed in ["lgoncalves5555", "Stanisław.Wójcik", "o'brien-1", "田中太郎", "100042", "..."] {
            assert_eq!(Username::parse(&format!("{typed} ")).unwrap().as_str(), typed);
        }
    }

    #[test]
    fn one_name_has_one_key() {
        let key = |typed| Username::parse(typed).unwrap().key();
        assert_eq!(key("LuisG"), "luisg");
        assert_eq!(key("ＬｕｉｓＧ"), "luisg");
        assert_eq!(key("jose\u{301}"), key("JOSÉ"));
        assert_ne!(key("jose"), key("josé"));
    }

    #[test]
    fn wrong_names_are_refused_with_the_reason() {
        let long = "x".repeat(101);
        for (typed, error) in [
            ("", Error::TooShort),
            ("  ab  ", Error::TooShort),
            (long.as_str(), Error::TooLong),
            ("luis@embraer", Error::At),
            ("luis＠embraer", Error::At),
            ("luis g", Error::Space),
            ("luis\u{3000}g", Error::Space),
            ("luis\0g", Error::Hidden),
            ("luis\u{202e}g", Error::Hidden),
            ("luis\u{200d}g", Error::Hidden),
            ("ka\u{34f}te", Error::Hidden),
            ("kate\u{fe0f}", Error::Hidden),
            ("\u{3164}\u{3164}\u{3164}", Error::Hidden),
        ] {
            assert_eq!(Username::parse(typed), Err(error), "{typed:?}");
        }
    }
}
