use crate::customer::{AccountType, Customer, Phones, Projection, Record, State, Status};
use patron_values::{
    date::BirthDate,
    email::Email,
    id::{CustomerId, GroupId, StaffId},
    language::Language,
    phone::PhoneNumber,
    text::{Line, Name},
    time_zone::TimeZone,
};
use time::OffsetDateTime;

/// A customer as it is read, with what other services say of it.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) customer_id: CustomerId,
    pub(super) state: State,
    pub(super) number: i64,
    pub(super) first_name: Name,
    pub(super) middle_name: Option<Name>,
    pub(super) last_name: Name,
    pub(super) title: Option<Name>,
    pub(super) email: Email,
    pub(super) company: Option<Name>,
    pub(super) department: Option<Name>,
    pub(super) job_title: Option<Name>,
    pub(super) account_type: Option<AccountType>,
    pub(super) preferred_language: Option<Language>,
    pub(super) time_zone: Option<TimeZone>,
    pub(super) birth_date: Option<BirthDate>,
    pub(super) tax_number: Option<Line<50>>,
    pub(super) source: Option<Name>,
    pub(super) newsletter: bool,
    pub(super) external_id: Option<Name>,
    pub(super) primary_phone: Option<PhoneNumber>,
    pub(super) secondary_phone: Option<PhoneNumber>,
    pub(super) personal_phone: Option<PhoneNumber>,
    pub(super) work_phone: Option<PhoneNumber>,
    pub(super) mobile_phone: Option<PhoneNumber>,
    pub(super) fax: Option<PhoneNumber>,
    pub(super) assigned_staff: Vec<StaffId>,
    pub(super) status: Status,
    pub(super) groups: Vec<GroupId>,
    pub(super) primary_group: Option<GroupId>,
    pub(super) city: Option<String>,
    pub(super) country_code: Option<String>,
    pub(super) version: i64,
    pub(super) reference_version: i64,
    pub(super) created_at: OffsetDateTime,
    pub(super) updated_at: OffsetDateTime,
}

impl From<Row> for Customer {
    fn from(row: Row) -> Self {
        Self {
            id: row.customer_id,
            state: row.state,
            number: row.number,
            record: Record {
                first_name: row.first_name,
                middle_name: row.middle_name,
                last_name: row.last_name,
                title: row.title,
                email: row.email,
                company: row.company,
                department: row.department,
                job_title: row.job_title,
                account_type: row.account_type,
                preferred_language: row.preferred_language,
                time_zone: row.time_zone,
                birth_date: row.birth_date,
                tax_number: row.tax_number,
                source: row.source,
                newsletter: row.newsletter,
                external_id: row.external_id,
                phones: Phones {
                    primary: row.primary_phone,
                    secondary: row.secondary_phone,
                    personal: row.personal_phone,
                    work: row.work_phone,
                    mobile: row.mobile_phone,
                    fax: row.fax,
                },
                assigned_staff: row.assigned_staff,
            },
            projection: Projection {
                status: row.status,
                groups: row.groups,
                primary_group: row.primary_group,
                city: row.city,
                country_code: row.country_code,
            },
            version: row.version,
            reference_version: row.reference_version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
