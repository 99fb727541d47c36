use patron_values::text::Line;
use regex::{Regex, RegexBuilder};

/// Longest pattern, in bytes.
const MAX_BYTES: usize = 200;

/// Most bytes of a compiled pattern, and of what is remembered while it looks. Every process keeps each, and a creation waits for it.
const COMPILED_BYTES: usize = 256 * 1024;

/// What a whole value must look like, and what that is called.
#[derive(Debug, Clone)]
pub struct Pattern {
    typed: String,
    whole: Regex,
    hint: Line<200>,
}

/// What is wrong with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Longer than it may be.
    #[error("is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// More than it may be once it is compiled.
    #[error("asks for too much: repeat less of it")]
    TooLarge,
    /// It has another form.
    #[error("is no pattern: expected one such as [A-Z]{{2}}[0-9]{{9}}")]
    Form,
}

impl Pattern {
    /// Reads a pattern, whose hint says what it asks for.
    pub fn parse(typed: &str, hint: Line<200>) -> Result<Self, Error> {
        if typed.len() > MAX_BYTES {
            return Err(Error::TooLong);
        }
        if typed.contains(char::is_control) {
            return Err(Error::Form);
        }
        // by itself first: a bracket that closes more than it opens would end what holds it to the whole value
        compile(typed)?;
        let whole = compile(&format!(r"\A(?:{typed})\z"))?;
        Ok(Self { typed: typed.to_owned(), whole, hint })
    }

    /// Whether a value, as it would be stored, is of it. What is no text is for others to refuse.
    pub fn fits(&self, typed: &str) -> bool {
        Line::<254>::parse(typed).map_or(true, |text| self.whole.is_match(text.as_str()))
    }

    /// The pattern as it was typed.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// What it asks for, in words.
    pub fn hint(&self) -> &Line<200> {
        &self.hint
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (&self.typed, &self.hint) == (&other.typed, &other.hint)
    }
}

impl Eq for Pattern {}

fn compile(pattern: &str) -> Result<Regex, Error> {
    let mut builder = RegexBuilder::new(pattern);
    builder.size_limit(COMPILED_BYTES).dfa_size_limit(COMPILED_BYTES).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => Error::TooLarge,
        _ => Error::Form,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(typed: &str) -> Result<Pattern, Error> {
        Pattern::parse(typed, Line::parse("what is asked for").unwrap())
    }

    #[test]
    fn a_pattern_is_about_the_whole_value() {
        for (typed, fitting, others) in [
            ("[A-Z]{2}[0-9]{3}", &["DE123"][..], &["xDE123", "DE1234", "DE 123"][..]),
            ("a|b", &["a", "b", " a "], &["ab", "xa", "bx"]),
            ("^a$", &["a"], &["ba", "ab"]),
            ("(?i)gmbh|ag", &["GmbH", "AG"], &["GmbHs"]),
            ("[a-z]+", &["a\nb", "abc"], &["a b", "Abc"]),
            (r"\p{Lu}\p{L}*", &["Élan", "E\u{301}lan", "Ödön"], &["élan", "É 1"]),
        ] {
            let pattern = pattern(typed).unwrap();
            for value in fitting {
                assert!(pattern.fits(value), "{typed}: {value:?}");
            }
            for value in others {
                assert!(!pattern.fits(value), "{typed}: {value:?}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_or_too_much_of_one_is_refused() {
        for (typed, error) in [
            ("(", Error::Form),
            ("a)|(b", Error::Form),
            ("a{2", Error::Form),
            ("(?x)a # b", Error::Form),
            ("a\nb", Error::Form),
            (r"(a)\1", Error::Form),
            (r"\w{1000}", Error::TooLarge),
            ("((a{100}){100}){100}", Error::TooLarge),
        ] {
            assert_eq!(pattern(typed).unwrap_err(), error, "{typed}");
        }
        assert_eq!(pattern(&"a".repeat(201)).unwrap_err(), Error::TooLong);
        assert!(pattern(&"a".repeat(200)).is_ok());
    }
}
