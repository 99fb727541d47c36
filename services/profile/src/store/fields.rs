//! The fields of a customer, each in one line: filters, orders, cursors, and the columns that statements read and write come from here.

use crate::customer::Customer;
use patron_values::{
    email,
    field_set::{Field, FieldSet},
    filter::Kind,
    text::Name,
};
use std::sync::LazyLock;
use time::OffsetDateTime;

/// What lists of customers know. `c` is the customer, `t` the times that change often.
pub static FIELDS: LazyLock<FieldSet<Customer>> = LazyLock::new(|| {
    let fields = record().into_iter().chain(read_only()).collect();
    FieldSet::new(fields, "name", "create_time desc")
});

/// Columns of the record, which callers write.
static RECORD: LazyLock<Vec<String>> =
    LazyLock::new(|| record().iter().map(|field| field.name().to_owned()).collect());

/// Columns of the record, each with `prefix` before it.
pub(super) fn record_columns(prefix: &str) -> String {
    RECORD.iter().map(|column| format!("{prefix}{column}")).collect::<Vec<_>>().join(", ")
}

/// Every column of a [`Customer`], of the tables `c` and `t`.
pub(super) static COLUMNS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}, c.customer_id, c.state, c.number, c.channel, c.status, c.username, c.groups, c.primary_group, c.city, c.postal_code,
         c.country_code, c.version, c.reference_version, c.created_at, t.updated_at, t.last_sign_in_at",
        record_columns("c."),
    )
});

/// What callers write. Each has a column of its name.
fn record() -> Vec<Field<Customer>> {
    vec![
        name("first_name").ordered(|it: &Customer| or_empty(it.record.first_name.as_ref())),
        text("middle_name"),
        name("last_name").ordered(|it: &Customer| or_empty(it.record.last_name.as_ref())),
        text("title"),
        Field::new("email", "c.email_key")
            .filtered(Kind::Folded(email::query_key))
            .ordered(|it: &Customer| it.record.email_key())
            .with_id_as("case when c.email_key = '' then c.customer_id end"),
        name("company").ordered(|it: &Customer| or_empty(it.record.details.company.as_ref())),
        text("department"),
        text("job_title"),
        column("account_type").filtered(Kind::one_of([("PRIVATE", "private"), ("BUSINESS", "business")])),
        text("preferred_language"),
        text("time_zone"),
        column("birth_date").filtered(Kind::Date),
        text("tax_number"),
        text("source"),
        column("newsletter").filtered(Kind::Bool),
        text("external_id"),
        column("primary_phone"),
        column("secondary_phone"),
        column("personal_phone"),
        column("work_phone"),
        column("mobile_phone"),
        column("fax"),
        column("metadata"),
        column("assigned_staff").filtered(Kind::set_of(Kind::id("staff/"))),
    ]
}

/// What the service itself, or another service, says of a customer.
fn read_only() -> Vec<Field<Customer>> {
    vec![
        Field::new("name", "c.customer_id").filtered(Kind::id("customers/")).ordered(|it: &Customer| it.id.0),
        column("number").filtered(Kind::Integer).ordered(|it: &Customer| it.number),
        Field::new("create_time", "c.created_at")
            .filtered(Kind::Timestamp)
            .ordered(|it: &Customer| it.created_at),
        Field::new("update_time", "t.updated_at")
            .filtered(Kind::Timestamp)
            .ordered(|it: &Customer| it.updated_at)
            .with_id("t.customer_id"),
        Field::new("last_sign_in_time", "t.last_sign_in_at")
            .filtered(Kind::Timestamp)
            .ordered_by("coalesce(t.last_sign_in_at, 'epoch')", |it: &Customer| {
                it.last_sign_in_at.unwrap_or(OffsetDateTime::UNIX_EPOCH)
            })
            .with_id("t.customer_id"),
        column("channel").filtered(Kind::one_of([
            ("CONSOLE", "console"),
            ("REGISTRATION", "registration"),
            ("POINT_OF_SALE", "point_of_sale"),
            ("IMPORT", "import"),
        ])),
        column("status").filtered(Kind::one_of([
            ("ACTIVE", "active"),
            ("PENDING_VERIFICATION", "pending_verification"),
            ("PENDING_APPROVAL", "pending_approval"),
            ("DISABLED", "disabled"),
        ])),
        text("username").ordered(|it: &Customer| it.projection.account.username.clone()),
        column("groups").filtered(Kind::set_of(Kind::id("groups/"))),
        column("primary_group").filtered(Kind::id("groups/")),
        text("city").ordered(|it: &Customer| it.projection.addresses.city.clone()),
        text("postal_code"),
        text("country_code").ordered(|it: &Customer| it.projection.addresses.country_code.clone()),
    ]
}

/// A field in a column of its name.
fn column(name: &'static str) -> Field<Customer> {
    Field::new(name, format!("c.{name}"))
}

/// A text that may be missing, in a column of its name by which lists are ordered.
fn name(name: &'static str) -> Field<Customer> {
    Field::new(name, format!("coalesce(c.{name}, '')")).filtered(Kind::Text)
}

fn or_empty(name: Option<&Name>) -> String {
    name.map(ToString::to_string).unwrap_or_default()
}

/// A text in a column of its name.
fn text(name: &'static str) -> Field<Customer> {
    column(name).filtered(Kind::Text)
}
