//! A customer: what the record holds once its form is known to be right.

mod metadata;
mod parse;
mod projection;
mod show;

use crate::field_policy::Channel;
use patron_values::{
    date::BirthDate,
    email::Email,
    id::{CustomerId, StaffId},
    language::Language,
    phone::PhoneNumber,
    search::SearchText,
    text::{Line, Name},
    time_zone::TimeZone,
};
use time::OffsetDateTime;

pub use self::{
    metadata::Metadata,
    projection::{AccountSummary, AddressSummary, Memberships, Projection, Status},
    show::reference,
};

/// A customer as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Customer {
    /// Which it is.
    #[sqlx(rename = "customer_id")]
    pub id: CustomerId,
    /// Where it is in its life.
    pub state: State,
    /// Number for people.
    pub number: i64,
    /// What callers write.
    #[sqlx(flatten)]
    pub record: Record,
    /// What other services say of it.
    #[sqlx(flatten)]
    pub projection: Projection,
    /// The way in which it came, where that was noted.
    pub channel: Option<Channel>,
    /// Rises by one with each change of the record.
    pub version: i64,
    /// Rises by one with each change of what other services know of the customer.
    pub reference_version: i64,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When the record was last changed.
    pub updated_at: OffsetDateTime,
    /// When the customer last signed in, as identity last said.
    pub last_sign_in_at: Option<OffsetDateTime>,
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

/// What callers write of a customer. Fields are named like the columns that hold them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, serde::Serialize)]
pub struct Record {
    /// First name. A customer has at least one of first name, last name, company and email.
    pub first_name: Option<Name>,
    /// Last name.
    pub last_name: Option<Name>,
    /// Email address, which no other live customer has.
    pub email: Option<Email>,
    /// What may be missing.
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub details: Details,
    /// Numbers to call.
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub phones: Phones,
    /// Staff who look after the customer, at most two.
    pub assigned_staff: Vec<StaffId>,
}

/// What may be missing in a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow, serde::Serialize)]
pub struct Details {
    /// Middle name.
    pub middle_name: Option<Name>,
    /// Form of address.
    pub title: Option<Name>,
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
    /// What staff and other systems note.
    #[sqlx(json)]
    pub metadata: Metadata,
}

/// The numbers of a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow, serde::Serialize)]
pub struct Phones {
    /// To call first.
    #[sqlx(rename = "primary_phone")]
    #[serde(rename = "primary_phone")]
    pub primary: Option<PhoneNumber>,
    /// To call next.
    #[sqlx(rename = "secondary_phone")]
    #[serde(rename = "secondary_phone")]
    pub secondary: Option<PhoneNumber>,
    /// At home.
    #[sqlx(rename = "personal_phone")]
    #[serde(rename = "personal_phone")]
    pub personal: Option<PhoneNumber>,
    /// At work.
    #[sqlx(rename = "work_phone")]
    #[serde(rename = "work_phone")]
    pub work: Option<PhoneNumber>,
    /// Mobile.
    #[sqlx(rename = "mobile_phone")]
    #[serde(rename = "mobile_phone")]
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

impl Record {
    /// The form of the email in which no two customers have the same; empty where there is none.
    pub fn email_key(&self) -> String {
        self.email.as_ref().map(Email::key).unwrap_or_default()
    }

    /// What the customer is found by: names, email, company, department, and the digits of every phone. What other services say of
    /// it, and its number, stand beside it in the column that is searched.
    pub fn search_text(&self) -> String {
        let Self { first_name, last_name, email, details, phones, .. } = self;
        let fields = [
            first_name.as_ref().map(Name::as_str),
            details.middle_name.as_ref().map(Name::as_str),
            last_name.as_ref().map(Name::as_str),
            email.as_ref().map(Email::as_str),
            details.company.as_ref().map(Name::as_str),
            details.department.as_ref().map(Name::as_str),
        ];
        let text = fields.into_iter().flatten().fold(SearchText::new(), SearchText::with);
        let phones =
            [&phones.primary, &phones.secondary, &phones.personal, &phones.work, &phones.mobile, &phones.fax];
        let digits = phones.into_iter().flatten().map(PhoneNumber::search_digits);
        digits.fold(text, |text, digits| text.with(&digits)).into_string()
    }
}
