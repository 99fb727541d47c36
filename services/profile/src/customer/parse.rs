use super::{AccountType, Details, Metadata, Phones, Record};
use patron_proto::{profile::v1 as proto, r#type::v1::PhoneNumber as PhoneMessage};
use patron_values::{
    date::BirthDate,
    email::Email,
    fields::Fields,
    id::StaffId,
    language::Language,
    phone::PhoneNumber,
    text::{Line, Name},
    time_zone::TimeZone,
};
use time::Date;

impl Record {
    /// Parses what a caller sends, adding its mistakes to those that `fields` has found in it. `today` is the last day that a birth
    /// date can be.
    pub fn parse(mut fields: Fields, message: &proto::Customer, today: Date) -> Result<Self, Fields> {
        let first_name = fields.optional("first_name", &message.first_name, Name::parse);
        let last_name = fields.optional("last_name", &message.last_name, Name::parse);
        let email = fields.optional("email", &message.email, Email::parse);
        let details = Details::parse(&mut fields, message, today);
        let phones = Phones::parse(&mut fields, message);
        let staff = message.assigned_staff.iter().map(|name| StaffId::parse(name));
        let assigned_staff = fields.keep("assigned_staff", staff.collect::<Result<Vec<_>, _>>());
        let named =
            first_name.is_some() || last_name.is_some() || email.is_some() || details.company.is_some();
        if fields.is_clean() && !named {
            fields.refuse("first_name", "is needed, or a last name, a company or an email");
        }
        match (assigned_staff, fields.is_clean()) {
            (Some(assigned_staff), true) => {
                Ok(Self { first_name, last_name, email, details, phones, assigned_staff })
            }
            _ => Err(fields),
        }
    }
}

impl Details {
    fn parse(fields: &mut Fields, message: &proto::Customer, today: Date) -> Self {
        let birth_date = |date| BirthDate::parse(date, today);
        Self {
            middle_name: fields.optional("middle_name", &message.middle_name, Name::parse),
            title: fields.optional("title", &message.title, Name::parse),
            company: fields.optional("company", &message.company, Name::parse),
            department: fields.optional("department", &message.department, Name::parse),
            job_title: fields.optional("job_title", &message.job_title, Name::parse),
            account_type: AccountType::from_proto(message.account_type()),
            preferred_language: fields.optional(
                "preferred_language",
                &message.preferred_language,
                Language::parse,
            ),
            time_zone: fields.optional("time_zone", &message.time_zone, TimeZone::parse),
            birth_date: message.birth_date.as_ref().and_then(|it| fields.keep("birth_date", birth_date(it))),
            tax_number: fields.optional("tax_number", &message.tax_number, Line::parse),
            source: fields.optional("source", &message.source, Name::parse),
            newsletter: message.newsletter,
            external_id: fields.optional("external_id", &message.external_id, Name::parse),
            metadata: Metadata::parse(fields, &message.metadata),
        }
    }
}

impl Phones {
    fn parse(fields: &mut Fields, message: &proto::Customer) -> Self {
        let mut phone = |field: &str, number: Option<&PhoneMessage>| {
            number.and_then(|number| fields.keep(field, PhoneNumber::from_proto(number)).flatten())
        };
        Self {
            primary: phone("primary_phone", message.primary_phone.as_ref()),
            secondary: phone("secondary_phone", message.secondary_phone.as_ref()),
            personal: phone("personal_phone", message.personal_phone.as_ref()),
            work: phone("work_phone", message.work_phone.as_ref()),
            mobile: phone("mobile_phone", message.mobile_phone.as_ref()),
            fax: phone("fax", message.fax.as_ref()),
        }
    }
}

impl AccountType {
    fn from_proto(account_type: proto::customer::AccountType) -> Option<Self> {
        match account_type {
            proto::customer::AccountType::Unspecified => None,
            proto::customer::AccountType::Private => Some(Self::Private),
            proto::customer::AccountType::Business => Some(Self::Business),
        }
    }
}
