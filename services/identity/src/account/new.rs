use super::reserved;
use crate::{
    password::{Password, Policy},
    security_question::NewAnswer,
    user::UserKind,
};
use patron_chassis::status::Problem;
use patron_proto::identity::v1 as proto;
use patron_values::{
    email::Email,
    fields::Fields,
    username::{self, Username},
};

/// An account as it is asked for, once its form is known to be right.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Name to sign in with.
    pub username: Option<Username>,
    /// First password.
    pub password: Option<Password>,
    /// What to ask on the phone.
    pub security_answer: Option<NewAnswer>,
    /// Whether the customer shall not sign in before staff say so.
    pub disabled: bool,
}

/// Why a text is no username of a customer, in words that follow the field's name.
#[derive(Debug, thiserror::Error)]
enum NotAUsername {
    #[error(transparent)]
    Form(username::Error),
    #[error("could be taken for a member of staff or for another customer's number")]
    Reserved,
}

impl NewAccount {
    /// Parses what a caller sends in the field `account`, for a customer with this email.
    pub fn parse(
        message: &proto::NewAccount,
        email: Option<&Email>,
        policy: &Policy,
    ) -> Result<Self, Problem> {
        let mut fields = Fields::at("account");
        let username = fields.optional("username", &message.username, |typed| {
            let username = Username::parse(typed).map_err(NotAUsername::Form)?;
            if reserved::is_reserved(&username) { Err(NotAUsername::Reserved) } else { Ok(username) }
        });
        let password = fields.optional("password", &message.password, |typed| {
            let password = Password::new(typed);
            let personal = [message.username.as_str(), email.map(Email::as_str).unwrap_or_default()];
            policy.check(UserKind::Customer, &password, &personal).map(|()| password)
        });
        let security_answer =
            NewAnswer::parse(&mut fields, &message.security_question, &message.security_answer);
        let disabled = message.disabled;
        let new = fields.into_result().map(|()| Self { username, password, security_answer, disabled });
        new.map_err(Problem::from)
    }
}
