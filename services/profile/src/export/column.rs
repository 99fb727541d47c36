//! The columns that callers choose from, each in one line.

use super::cell::{Author, Cell, OfCustomer};
use crate::customer::{AccountType, Status};
use patron_chassis::status::Problem;
use patron_values::{fields::Fields, json_name::json_path, phone::PhoneNumber};
use std::{fmt::Write as _, sync::LazyLock};
use time::OffsetDateTime;

/// Whether a column is there where none are named: what tells who it is and how to reach them.
const CONTACT: bool = true;
const MORE: bool = false;

/// A column by its name.
struct Column {
    name: &'static str,
    /// Whether it is there where no columns are named.
    contact: bool,
    cells: Vec<Cell>,
}

/// Chosen columns, in their order.
#[derive(Debug, Clone)]
pub struct Columns {
    /// Their names.
    pub names: Vec<&'static str>,
    /// What stands in the table.
    pub(super) cells: Vec<Cell>,
}

impl Columns {
    /// Reads what a caller chose; those of names and contact where nothing. Names are taken in `lowerCamelCase` too.
    pub fn parse(named: &[String]) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let mut chosen: Vec<&Column> = Vec::new();
        for (place, name) in named.iter().enumerate() {
            let column = COLUMNS.iter().find(|it| it.name == name || json_path(it.name) == *name);
            match column {
                Some(column) if chosen.iter().any(|it| it.name == column.name) => {
                    fields.refuse(&format!("columns[{place}]"), "is there twice");
                }
                Some(column) => chosen.push(column),
                None => fields.refuse(&format!("columns[{place}]"), "is no column of customers"),
            }
        }
        fields.into_result().map_err(Problem::from)?;
        if named.is_empty() {
            chosen = COLUMNS.iter().filter(|column| column.contact).collect();
        }
        let cells = chosen.iter().flat_map(|column| column.cells.clone()).collect();
        Ok(Self { names: chosen.into_iter().map(|column| column.name).collect(), cells })
    }

    /// Whether addresses are shown.
    pub fn show_addresses(&self) -> bool {
        self.names.contains(&"addresses")
    }

    /// Whether groups are shown.
    pub fn show_groups(&self) -> bool {
        self.names.iter().any(|name| ["groups", "primary_group"].contains(name))
    }

    /// Whether staff are shown.
    pub fn show_staff(&self) -> bool {
        self.names.contains(&"assigned_staff")
    }
}

/// The names of all columns.
pub fn names() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|column| column.name)
}

static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let addresses = Column { name: "addresses", contact: CONTACT, cells: Cell::of_addresses() };
    let before = identity().into_iter().chain(details()).chain(phones());
    before.chain(elsewhere()).chain([addresses]).chain(times()).collect()
});

fn identity() -> Vec<Column> {
    vec![
        program("name", MORE, |it, _, text| write(text, it.id.resource_name())),
        program("number", CONTACT, |it, _, text| write(text, it.number)),
        person("title", CONTACT, |it, _, text| optional(text, it.record.details.title.as_ref())),
        person("first_name", CONTACT, |it, _, text| optional(text, it.record.first_name.as_ref())),
        person("middle_name", CONTACT, |it, _, text| optional(text, it.record.details.middle_name.as_ref())),
        person("last_name", CONTACT, |it, _, text| optional(text, it.record.last_name.as_ref())),
        person("email", CONTACT, |it, _, text| optional(text, it.record.email.as_ref())),
        person("company", CONTACT, |it, _, text| optional(text, it.record.details.company.as_ref())),
    ]
}

fn details() -> Vec<Column> {
    vec![
        person("department", MORE, |it, _, text| optional(text, it.record.details.department.as_ref())),
        person("job_title", MORE, |it, _, text| optional(text, it.record.details.job_title.as_ref())),
        program("account_type", MORE, |it, _, text| {
            text.push_str(match it.record.details.account_type {
                None => "",
                Some(AccountType::Private) => "private",
                Some(AccountType::Business) => "business",
            });
        }),
        program("status", CONTACT, |it, _, text| text.push_str(status(it.projection.account.status))),
        person("username", CONTACT, |it, _, text| text.push_str(&it.projection.account.username)),
        program("preferred_language", MORE, |it, _, text| {
            optional(text, it.record.details.preferred_language.as_ref());
        }),
        program("time_zone", MORE, |it, _, text| optional(text, it.record.details.time_zone.as_ref())),
        program("birth_date", MORE, |it, _, text| optional(text, it.record.details.birth_date.as_ref())),
        person("tax_number", MORE, |it, _, text| optional(text, it.record.details.tax_number.as_ref())),
        person("source", MORE, |it, _, text| optional(text, it.record.details.source.as_ref())),
        program("newsletter", MORE, |it, _, text| write(text, it.record.details.newsletter)),
        person("external_id", MORE, |it, _, text| optional(text, it.record.details.external_id.as_ref())),
    ]
}

fn phones() -> Vec<Column> {
    vec![
        program("primary_phone", CONTACT, |it, _, text| phone(text, it.record.phones.primary.as_ref())),
        program("secondary_phone", CONTACT, |it, _, text| phone(text, it.record.phones.secondary.as_ref())),
        program("personal_phone", CONTACT, |it, _, text| phone(text, it.record.phones.personal.as_ref())),
        program("work_phone", CONTACT, |it, _, text| phone(text, it.record.phones.work.as_ref())),
        program("mobile_phone", CONTACT, |it, _, text| phone(text, it.record.phones.mobile.as_ref())),
        program("fax", CONTACT, |it, _, text| phone(text, it.record.phones.fax.as_ref())),
    ]
}

/// What other services say, or are asked for.
fn elsewhere() -> Vec<Column> {
    vec![
        person("assigned_staff", CONTACT, |it, names, text| {
            list(text, it.record.assigned_staff.iter().map(|staff| names.staff(*staff)));
        }),
        person("primary_group", CONTACT, |it, names, text| {
            text.push_str(it.projection.memberships.primary_group.map_or("", |group| names.group(group)));
        }),
        person("groups", CONTACT, |it, names, text| {
            list(text, it.projection.memberships.groups.iter().map(|group| names.group(*group)));
        }),
        person("city", MORE, |it, _, text| text.push_str(&it.projection.addresses.city)),
        person("postal_code", MORE, |it, _, text| text.push_str(&it.projection.addresses.postal_code)),
        program("country_code", MORE, |it, _, text| text.push_str(&it.projection.addresses.country_code)),
    ]
}

fn times() -> Vec<Column> {
    vec![
        program("create_time", CONTACT, |it, _, text| time(text, it.created_at)),
        program("update_time", CONTACT, |it, _, text| time(text, it.updated_at)),
        program("last_sign_in_time", MORE, |it, _, text| {
            if let Some(at) = it.last_sign_in_at {
                time(text, at);
            }
        }),
    ]
}

fn person(name: &'static str, contact: bool, text: OfCustomer) -> Column {
    Column { name, contact, cells: vec![Cell::of_customer(name, Author::Person, text)] }
}

fn program(name: &'static str, contact: bool, text: OfCustomer) -> Column {
    Column { name, contact, cells: vec![Cell::of_customer(name, Author::Program, text)] }
}

fn write(text: &mut String, value: impl std::fmt::Display) {
    write!(text, "{value}").expect("text can be added to a string");
}

fn optional(text: &mut String, value: Option<&impl std::fmt::Display>) {
    if let Some(value) = value {
        write(text, value);
    }
}

/// Its digits in groups with blanks between: together they are a number to a spreadsheet, and with dashes a sum.
fn phone(text: &mut String, number: Option<&PhoneNumber>) {
    if let Some(number) = number {
        text.push_str(&number.formatted());
    }
}

fn list<'n>(text: &mut String, names: impl Iterator<Item = &'n str>) {
    for (place, name) in names.enumerate() {
        if place > 0 {
            text.push_str("; ");
        }
        text.push_str(name);
    }
}

/// As RFC 3339 has it, in whole seconds of UTC.
fn time(text: &mut String, at: OffsetDateTime) {
    let (date, (hour, minute, second)) = (at.date(), at.time().as_hms());
    write(text, format_args!("{date}T{hour:02}:{minute:02}:{second:02}Z"));
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::PendingVerification => "pending_verification",
        Status::PendingApproval => "pending_approval",
        Status::Disabled => "disabled",
    }
}
