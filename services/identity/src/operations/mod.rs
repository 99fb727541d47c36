//! What callers can have done, one file a noun: each operation is one transaction, with the event that says what it changed.

mod account;
mod account_creation;
mod account_store;
mod password;
mod reset_code;
mod role;
mod security_answer;
mod security_question;
mod session;
mod sign_in;
mod staff;
mod staff_store;
mod standing;

pub use self::{
    account::Accounts,
    account_creation::Needs,
    role::Roles,
    security_question::SecurityQuestions,
    session::Sessions,
    sign_in::{Origin, SignedIn},
    staff::StaffUsers,
    standing::Decision,
};
