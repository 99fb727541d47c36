use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{Section, Value};

/// What every variable of Patron begins with.
const PREFIX: &str = "PATRON_";

/// Where settings come from: variables and their values.
#[derive(Clone, Debug, Default)]
pub struct Source(BTreeMap<String, String>);

impl Source {
    /// The environment of the process, as far as it is Patron's. Values that are not UTF-8 are refused later,
    /// as text with replacement characters.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn environment() -> Self {
        std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Source {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(variables: T) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// One line of what `check` prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `PATRON_<SECTION>_<FIELD>`.
    pub variable: String,
    /// The value in force; `***` for a secret, empty for none.
    pub value: String,
    /// The value without the variable, if there is one.
    pub default: Option<String>,
    /// What it means, with its unit.
    pub meaning: String,
}

/// One thing that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The variable in question.
    pub variable: String,
    /// What is wrong with it, without a secret's value.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.variable, self.what)
    }
}

/// Reads fields from a source, and keeps what it found and what was wrong.
#[derive(Debug)]
pub struct Reader<'a> {
    source: &'a Source,
    sections: BTreeSet<&'static str>,
    settings: Vec<Setting>,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    /// Makes a section known, so that unknown variables of it are refused.
    pub fn section(&mut self, name: &'static str) {
        self.sections.insert(name);
    }

    /// Reads one field; an empty variable is as good as none. `None` after a mistake, which is kept.
    pub fn field<T: Value>(
        &mut self,
        section: &str,
        field: &str,
        meaning: &str,
        default: Option<&str>,
    ) -> Option<T> {
        let variable = format!("{PREFIX}{section}_{}", field.to_uppercase());
        let given = self.source.0.get(&variable).map(String::as_str).filter(|text| !text.is_empty());
        let parsed = match given.or(default) {
            Some(text) => T::parse(text).map_err(|expected| {
                if T::SECRET {
                    format!("expected {expected}")
                } else {
                    format!("expected {expected}, found `{text}`")
                }
            }),
            None => T::absent().ok_or_else(|| "must be set".to_owned()),
        };
        let shown = given.or(default).map(|text| if T::SECRET { "***" } else { text });
        self.settings.push(Setting {
            variable: variable.clone(),
            value: shown.unwrap_or_default().to_owned(),
            default: default.map(str::to_owned),
            meaning: meaning.trim().to_owned(),
        });
        parsed.map_err(|what| self.mistakes.push(Mistake { variable, what })).ok()
    }

    /// Adds a mistake for each variable that belongs to a section that was read, and to no field of it.
    fn refuse_unknown(&mut self) {
        let known: BTreeSet<&str> = self.settings.iter().map(|setting| setting.variable.as_str()).collect();
        let of_a_section = |variable: &str| {
            let rest = variable.strip_prefix(PREFIX).unwrap_or_default();
            self.sections
                .iter()
                .any(|section| rest.strip_prefix(section).is_some_and(|field| field.starts_with('_')))
        };
        let unknown = self
            .source
            .0
            .keys()
            .filter(|variable| !known.contains(variable.as_str()) && of_a_section(variable));
        let unknown: Vec<_> = unknown
            .map(|variable| Mistake { variable: variable.clone(), what: "is no setting".to_owned() })
            .collect();
        self.mistakes.extend(unknown);
    }
}

/// Reads a section, or several in a tuple, and the table of settings in force. Fails with every mistake there
/// is.
pub fn load<S: Section>(source: &Source) -> Result<(S, Vec<Setting>), Vec<Mistake>> {
    let mut reader = Reader { source, sections: BTreeSet::new(), settings: Vec::new(), mistakes: Vec::new() };
    let section = S::read(&mut reader);
    reader.refuse_unknown();
    match section {
        Some(section) if reader.mistakes.is_empty() => Ok((section, reader.settings)),
        _ => Err(reader.mistakes),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::{ExposeSecret, SecretString};

    use super::*;
    use crate::config::Seconds;

    crate::section! {
        /// A section as a service would declare it.
        struct Mail = "MAIL" {
            /// Host of the relay.
            host: String,
            /// Port of the relay.
            port: u16 = "25",
            /// Time for one delivery, in seconds.
            timeout_s: Seconds = "10",
            /// Password at the relay.
            password: Option<SecretString>,
        }
    }

    #[test]
    fn defaults_hold_where_nothing_is_set() {
        let source = Source::from_iter([("PATRON_MAIL_HOST", "relay"), ("PATRON_MAIL_PORT", "")]);
        let (mail, _) = load::<Mail>(&source).unwrap();
        assert_eq!((mail.host.as_str(), mail.port, mail.timeout_s.get().as_secs()), ("relay", 25, 10));
        assert!(mail.password.is_none());
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let source = Source::from_iter([
            ("PATRON_MAIL_PORT", "70000"),
            ("PATRON_MAIL_TIMEOUT", "5"),
            ("PATRON_MAILBOX_SIZE", "1"),
            ("PATRON_OTHER_FIELD", "of a section nobody read"),
        ]);
        let mistakes = load::<(Mail,)>(&source).unwrap_err();
        let shown: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "PATRON_MAIL_HOST: must be set",
                "PATRON_MAIL_PORT: expected a whole number up to 65535, found `70000`",
                "PATRON_MAIL_TIMEOUT: is no setting",
            ]
        );
    }

    #[test]
    fn the_table_masks_secrets() {
        let source = Source::from_iter([("PATRON_MAIL_HOST", "relay"), ("PATRON_MAIL_PASSWORD", "hunter2")]);
        let (mail, settings) = load::<Mail>(&source).unwrap();
        assert_eq!(mail.password.unwrap().expose_secret(), "hunter2");
        assert!(!format!("{settings:?}").contains("hunter2"));
        let shown: Vec<_> =
            settings.iter().map(|setting| (setting.variable.as_str(), setting.value.as_str())).collect();
        assert_eq!(shown[3], ("PATRON_MAIL_PASSWORD", "***"));
        assert_eq!(settings[2].meaning, "Time for one delivery, in seconds.");
    }
}
