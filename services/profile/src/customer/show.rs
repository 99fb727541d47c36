use super::{AccountType, Customer, Projection, Record, State, Status};
use crate::field_policy::Channel;
use patron_proto::{
    event::v1::{CustomerReference, customer_reference},
    profile::v1 as proto,
    r#type::v1::PhoneNumber as PhoneMessage,
};
use patron_values::{
    etag::etag,
    id::{GroupId, StaffId},
    phone::PhoneNumber,
    timestamp,
};

impl From<&Customer> for proto::Customer {
    fn from(customer: &Customer) -> Self {
        let Record { details, phones, .. } = &customer.record;
        let Projection { account, memberships, addresses } = &customer.projection;
        let record = &customer.record;
        Self {
            name: customer.id.resource_name(),
            number: customer.number.to_string(),
            etag: etag(customer.id.0, customer.version),
            create_time: Some(timestamp(customer.created_at)),
            update_time: Some(timestamp(customer.updated_at)),
            first_name: text(record.first_name.as_ref()),
            middle_name: text(details.middle_name.as_ref()),
            last_name: text(record.last_name.as_ref()),
            title: text(details.title.as_ref()),
            email: text(record.email.as_ref()),
            company: text(details.company.as_ref()),
            department: text(details.department.as_ref()),
            job_title: text(details.job_title.as_ref()),
            account_type: account_type(details.account_type).into(),
            status: status(account.status).into(),
            preferred_language: text(details.preferred_language.as_ref()),
            time_zone: text(details.time_zone.as_ref()),
            birth_date: details.birth_date.map(Into::into),
            tax_number: text(details.tax_number.as_ref()),
            source: text(details.source.as_ref()),
            newsletter: details.newsletter,
            external_id: text(details.external_id.as_ref()),
            primary_phone: phone(phones.primary.as_ref()),
            secondary_phone: phone(phones.secondary.as_ref()),
            personal_phone: phone(phones.personal.as_ref()),
            work_phone: phone(phones.work.as_ref()),
            mobile_phone: phone(phones.mobile.as_ref()),
            fax: phone(phones.fax.as_ref()),
            assigned_staff: record.assigned_staff.iter().map(|staff| staff.resource_name()).collect(),
            groups: memberships.groups.iter().map(|group| group.resource_name()).collect(),
            primary_group: memberships.primary_group.map(GroupId::resource_name).unwrap_or_default(),
            city: addresses.city.clone(),
            country_code: addresses.country_code.clone(),
            username: account.username.clone(),
            postal_code: addresses.postal_code.clone(),
            last_sign_in_time: customer.last_sign_in_at.map(timestamp),
            metadata: details.metadata.to_map(),
            channel: customer.channel.map_or(proto::customer::Channel::Unspecified, Channel::to_proto).into(),
        }
    }
}

/// What other services keep of a customer who is not deleted; the email for identity alone.
pub fn reference(customer: &Customer, with_email: bool) -> CustomerReference {
    let state = match customer.state {
        State::Pending => customer_reference::State::Pending,
        State::Active => customer_reference::State::Active,
        State::Deleting => customer_reference::State::Deleting,
    };
    CustomerReference {
        customer: customer.id.resource_name(),
        state: state.into(),
        merged_into: String::new(),
        assigned_staff: customer.record.assigned_staff.iter().copied().map(StaffId::resource_name).collect(),
        version: customer.reference_version,
        email: text(customer.record.email.as_ref().filter(|_| with_email)),
        delete_history: false,
    }
}

fn text(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn phone(number: Option<&PhoneNumber>) -> Option<PhoneMessage> {
    number.map(PhoneMessage::from)
}

fn account_type(account_type: Option<AccountType>) -> proto::customer::AccountType {
    match account_type {
        None => proto::customer::AccountType::Unspecified,
        Some(AccountType::Private) => proto::customer::AccountType::Private,
        Some(AccountType::Business) => proto::customer::AccountType::Business,
    }
}

fn status(status: Status) -> proto::customer::Status {
    match status {
        Status::Active => proto::customer::Status::Active,
        Status::PendingVerification => proto::customer::Status::PendingVerification,
        Status::PendingApproval => proto::customer::Status::PendingApproval,
        Status::Disabled => proto::customer::Status::Disabled,
    }
}
