//! A customer: what the record holds once its form is known to be right.

mod parse;
mod show;

use patron_values::{
    date::BirthDate,
    email::Email,
    id::{CustomerId, GroupId, StaffId},
    language::Language,
    phone::PhoneNumber,
    search::SearchText,
    text::{Line, Name},
    time_zone::TimeZone,
};
use time::OffsetDateTime;

pub use self::show::reference;

/// A customer as it is stored.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Which it is.
    pub id: CustomerId,
    /// Where it is in its life.
    pub state: State,
    /// Number for people.
    pub number: i64,
    /// What callers write.
    pub record: Record,
    /// What other services say of it.
    pub projection: Projection,
    /// Rises by one with each change of the record.
    pub version: i64,
    /// Rises by one with each change of what other services know of the customer.
    pub reference_version: i64,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When the record was last changed.
    pub updated_at: OffsetDateTime,
}

/// Where a customer is in its life. One who is deleted is a customer no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Being created in other services; nobody sees it.
    Pending,
    /// Whole.
    Active,
    /// Being deleted in other services; nobody sees it.
    Deleting,
}

/// What callers write of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// First name.
    pub first_name: Name,
    /// Middle name.
    pub middle_name: Option<Name>,
    /// Last name.
    pub last_name: Name,
    /// Form of address.
    pub title: Option<Name>,
    /// Email address, which no other live customer has.
    pub email: Email,
    /// Company.
    pub company: Option<Name>,
    /// Department of the company.
    pub department: Option<Name>,
    /// Job title.
    pub job_title: Option<Name>,
    /// Private or business.
    pub account_type: Option<AccountType>,
    /// Language to write in.
    pub preferred_language: Option<Language>,
    /// Time zone.
    pub time_zone: Option<TimeZone>,
    /// Birth date.
    pub birth_date: Option<BirthDate>,
    /// Tax number.
    pub tax_number: Option<Line<50>>,
    /// How the customer heard of the company.
    pub source: Option<Name>,
    /// Whether the newsletter is wanted.
    pub newsletter: bool,
    /// Id in another system, which no other live customer has.
    pub external_id: Option<Name>,
    /// Numbers to call.
    pub phones: Phones,
    /// Staff who look after the customer, at most two.
    pub assigned_staff: Vec<StaffId>,
}

/// The numbers of a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phones {
    /// To call first.
    pub primary: Option<PhoneNumber>,
    /// To call next.
    pub secondary: Option<PhoneNumber>,
    /// At home.
    pub personal: Option<PhoneNumber>,
    /// At work.
    pub work: Option<PhoneNumber>,
    /// Mobile.
    pub mobile: Option<PhoneNumber>,
    /// Fax.
    pub fax: Option<PhoneNumber>,
}

/// What kind of customer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum AccountType {
    /// A private person.
    Private,
    /// Acts for a business.
    Business,
}

/// What other services say of a customer, which is as old as their latest event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Projection {
    /// Whether the customer may sign in.
    pub status: Status,
    /// Groups the customer is in.
    pub groups: Vec<GroupId>,
    /// The primary one of them.
    pub primary_group: Option<GroupId>,
    /// City of the main address.
    pub city: Option<String>,
    /// Country of the main address.
    pub country_code: Option<String>,
}

/// Whether a customer may sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Status {
    /// May, or has no account that could be blocked.
    #[default]
    Active,
    /// Has not yet confirmed the email.
    PendingVerification,
    /// Waits for approval.
    PendingApproval,
    /// May not.
    Disabled,
}

impl Record {
    /// What the customer is found by: names, email, company, department, and the digits of every phone.
    pub fn search_text(&self) -> String {
        let phones = &self.phones;
        let fields = [
            Some(self.first_name.as_str()),
            self.middle_name.as_ref().map(Name::as_str),
            Some(self.last_name.as_str()),
        ]
        .into_iter()
        .chain([
            Some(self.email.as_str()),
            self.company.as_ref().map(Name::as_str),
            self.department.as_ref().map(Name::as_str),
        ]);
        let text = fields.flatten().fold(SearchText::new(), SearchText::with);
        let phones =
            [&phones.primary, &phones.secondary, &phones.personal, &phones.work, &phones.mobile, &phones.fax];
        let digits = phones.into_iter().flatten().map(PhoneNumber::search_digits);
        digits.fold(text, |text, digits| text.with(&digits)).into_string()
    }
}
