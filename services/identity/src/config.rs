//! Settings of identity alone.

use crate::{password, session, username};
use patron_chassis::config::Value;
use patron_values::{email::Email, username::Username};
use std::{fmt::Display, path::PathBuf, str::FromStr};

patron_chassis::section! {
    /// The first member of staff: an administrator, created when there is nobody. All three are given, or none.
    pub struct Bootstrap = "IDENTITY" {
        /// Username of the first administrator.
        bootstrap_username: Option<Parsed<Username>>,
        /// Email of the first administrator.
        bootstrap_email: Option<Parsed<Email>>,
        /// File with the first administrator's password, on one line. It is not temporary, so that scripts can use it at once: change it where people work.
        bootstrap_password_file: Option<PathBuf>,
    }
}

/// All settings of identity.
pub type Config = (Bootstrap, password::Settings, session::Settings, username::Settings);

/// A setting that parses itself.
#[derive(Debug, Clone)]
pub struct Parsed<T>(pub T);

impl<T: FromStr<Err: Display>> Value for Parsed<T> {
    fn parse(text: &str) -> Result<Self, String> {
        T::from_str(text).map(Self).map_err(|error| format!("another value, since this one {error}"))
    }
}
