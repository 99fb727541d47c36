use super::{Channel, Field, FieldPolicy, Need};
use patron_proto::{google::r#type::Date, profile::v1::Customer, r#type::v1::PhoneNumber};
use patron_values::fields::Fields;
use std::sync::Arc;

/// The policy as it is for customers who come in one way.
#[derive(Debug, Clone)]
pub struct Rules {
    policy: Arc<FieldPolicy>,
    channel: Channel,
}

/// What a new customer comes with beside what its record says.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Whether there is an address.
    pub address: bool,
    /// Whether there is a group.
    pub group: bool,
    /// Whether the caller names who looks after the customer. Who is assigned by creating the customer is named by nobody.
    pub staff: bool,
}

/// What a field holds.
#[derive(Debug, PartialEq)]
enum Given<'c> {
    Text(&'c str),
    Phone(&'c str, &'c str),
    Code(i32),
    Date(Option<&'c Date>),
    Flag(bool),
    Names(&'c [String]),
}

impl Rules {
    /// Those for a channel.
    pub fn new(policy: Arc<FieldPolicy>, channel: Channel) -> Self {
        Self { policy, channel }
    }

    /// Refuses, in `fields` of the customer, what a new one lacks and what nobody asked for.
    pub fn judge_new(&self, fields: &mut Fields, customer: &Customer, asked: Asked) {
        for &field in Field::ALL {
            let Some(given) = Given::of(field, customer) else { continue };
            let named = field != Field::AssignedStaff || asked.staff;
            self.judge(fields, field, &given, named);
        }
    }

    /// Refuses, in `fields` of the request, a new customer who lacks an address or a group, or has one that nobody asked for.
    pub fn judge_parts(&self, fields: &mut Fields, asked: Asked) {
        for (field, at, given) in
            [(Field::Address, "addresses", asked.address), (Field::Group, "groups", asked.group)]
        {
            match (self.policy.rule(field).need(self.channel), given) {
                (Need::Off, true) => fields.refuse(at, NOT_TAKEN),
                (Need::Required, false) => fields.refuse(at, NEEDED),
                _ => {}
            }
        }
    }

    /// Refuses, in `fields` of the customer, what a change takes away and is required, sets and is not asked for, or sets to what it
    /// must not look like. Other fields stay as they are, whatever the policy says by now.
    pub fn judge_change(&self, fields: &mut Fields, before: &Customer, after: &Customer) {
        for &field in Field::ALL {
            let (Some(was), Some(is)) = (Given::of(field, before), Given::of(field, after)) else { continue };
            if was != is {
                self.judge(fields, field, &is, true);
            }
        }
    }

    fn judge(&self, fields: &mut Fields, field: Field, given: &Given<'_>, named: bool) {
        let rule = self.policy.rule(field);
        match (rule.need(self.channel), given.is_nothing()) {
            (Need::Off, false) if named => fields.refuse(field.name(), NOT_TAKEN),
            (Need::Required, true) => fields.refuse(field.name(), NEEDED),
            (_, false) => {
                if let (Some(pattern), Given::Text(text)) = (&rule.pattern, given)
                    && !pattern.fits(text)
                {
                    fields.refuse(field.name(), format!("is not as asked for: {}", pattern.hint()));
                }
            }
            _ => {}
        }
    }
}

/// As [`Fields::required`] says it.
const NEEDED: &str = "is needed";
const NOT_TAKEN: &str = "is not asked for: leave it out";

impl<'c> Given<'c> {
    /// What a customer has in a field; `None` where the record has no such field.
    fn of(field: Field, customer: &'c Customer) -> Option<Self> {
        let phone = |number: &'c Option<PhoneNumber>| {
            number.as_ref().map_or(Self::Phone("", ""), |it| Self::Phone(&it.number, &it.extension))
        };
        Some(match field {
            Field::Title => Self::Text(&customer.title),
            Field::FirstName => Self::Text(&customer.first_name),
            Field::MiddleName => Self::Text(&customer.middle_name),
            Field::LastName => Self::Text(&customer.last_name),
            Field::Email => Self::Text(&customer.email),
            Field::PrimaryPhone => phone(&customer.primary_phone),
            Field::SecondaryPhone => phone(&customer.secondary_phone),
            Field::PersonalPhone => phone(&customer.personal_phone),
            Field::WorkPhone => phone(&customer.work_phone),
            Field::MobilePhone => phone(&customer.mobile_phone),
            Field::Fax => phone(&customer.fax),
            Field::Company => Self::Text(&customer.company),
            Field::Department => Self::Text(&customer.department),
            Field::JobTitle => Self::Text(&customer.job_title),
            Field::AccountType => Self::Code(customer.account_type),
            Field::PreferredLanguage => Self::Text(&customer.preferred_language),
            Field::TimeZone => Self::Text(&customer.time_zone),
            Field::BirthDate => Self::Date(customer.birth_date.as_ref()),
            Field::TaxNumber => Self::Text(&customer.tax_number),
            Field::Source => Self::Text(&customer.source),
            Field::Newsletter => Self::Flag(customer.newsletter),
            Field::AssignedStaff => Self::Names(&customer.assigned_staff),
            Field::Address | Field::Group => return None,
        })
    }

    fn is_nothing(&self) -> bool {
        match self {
            Self::Text(text) | Self::Phone(text, _) => text.trim().is_empty(),
            Self::Code(code) => *code == 0,
            Self::Date(date) => date.is_none(),
            Self::Flag(flag) => !flag,
            Self::Names(names) => names.is_empty(),
        }
    }
}
