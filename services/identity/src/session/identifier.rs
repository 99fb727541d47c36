use patron_values::{email::Email, fold, username::Username};

/// What a user types to say who they are.
#[derive(Debug, Clone)]
pub struct Identifier(String);

impl Identifier {
    /// A username or an email. One that can be neither is nobody's.
    pub fn new(typed: &str) -> Self {
        Self(typed.to_owned())
    }

    /// The form in which it is stored, and by which attempts are counted where nobody has it. A username holds no `@`, so none is taken for
    /// an email.
    pub fn key(&self) -> String {
        let email = Email::parse(&self.0).map(|email| email.key());
        let key = email.or_else(|_| Username::parse(&self.0).map(|username| username.key()));
        key.unwrap_or_else(|_| fold::identity(self.0.trim()))
    }
}
