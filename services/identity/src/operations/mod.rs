//! What callers can have done, one file a noun: each operation is one transaction, with the event that says what it changed.

mod account;
mod account_creation;
mod account_store;
mod password;
mod reset_code;
mod security_answer;
mod security_question;
mod session;
mod sign_in;
mod staff;
mod standing;

pub use self::{
    account::Accounts, account_creation::Needs, security_question::SecurityQuestions, session::Sessions,
    sign_in::SignedIn, staff::StaffUsers, standing::Decision,
};
