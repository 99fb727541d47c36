//! What stands in one column of a table.

use super::names::Names;
use crate::customer::Customer;
use patron_proto::address::v1::{Address, AddressUse};

/// A customer with what other services say of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'r> {
    /// The customer.
    pub(super) customer: &'r Customer,
    /// Its addresses, oldest first; none where they are not asked for.
    pub(super) addresses: &'r [Address],
    /// What its groups and staff are called.
    pub(super) names: &'r Names,
}

/// One column of a table.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// What stands above it.
    pub(super) header: String,
    /// Who wrote what it holds.
    pub(super) author: Author,
    content: Content,
}

/// Who wrote the text of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// Somebody, who may have written a formula.
    Person,
    /// This program, which writes none: numbers, times, names of its own, and phone numbers, whose digits stand in groups.
    Program,
}

/// A text of a customer.
pub(super) type OfCustomer = fn(&Customer, &Names, &mut String);
/// A text of an address.
type OfAddress = fn(&Address) -> &str;

#[derive(Debug, Clone, Copy)]
enum Content {
    Customer(OfCustomer),
    /// Of the address that is the default of a use.
    Default(AddressUse, OfAddress),
    /// Every address that is the default of neither use.
    Others,
}

/// Parts of an address that have a column each.
static PARTS: [(&str, Author, OfAddress); 9] = [
    ("recipient", Author::Person, |it| &it.recipient),
    ("company", Author::Person, |it| &it.company),
    ("line1", Author::Person, |it| &it.line1),
    ("line2", Author::Person, |it| &it.line2),
    ("city", Author::Person, |it| &it.city),
    ("region", Author::Person, |it| &it.region),
    ("postal_code", Author::Person, |it| &it.postal_code),
    ("country_code", Author::Program, |it| &it.country_code),
    ("phone", Author::Program, |it| it.phone.as_ref().map_or("", |phone| &phone.formatted)),
];

impl Cell {
    pub(super) fn of_customer(header: &str, author: Author, text: OfCustomer) -> Self {
        Self { header: header.to_owned(), author, content: Content::Customer(text) }
    }

    /// Those of a customer's addresses: of the one to ship to, the one to bill to, and one for all others.
    pub(super) fn of_addresses() -> Vec<Self> {
        let uses = [("shipping", AddressUse::Shipping), ("billing", AddressUse::Billing)];
        let defaults = uses.into_iter().flat_map(|(name, one)| {
            PARTS.map(|(part, author, text)| Self {
                header: format!("{name}_{part}"),
                author,
                content: Content::Default(one, text),
            })
        });
        let others =
            Self { header: "other_addresses".to_owned(), author: Author::Person, content: Content::Others };
        defaults.chain([others]).collect()
    }

    /// Adds the text of a row to `text`.
    pub(super) fn write(&self, row: &Row<'_>, text: &mut String) {
        match self.content {
            Content::Customer(of) => of(row.customer, row.names, text),
            Content::Default(one, part) => {
                text.push_str(default_for(row.addresses, one).map_or("", part));
            }
            Content::Others => others(row.addresses, text),
        }
    }
}

/// The default address of a use; to ship to, else the oldest, whose city lists show too.
fn default_for(addresses: &[Address], wanted: AddressUse) -> Option<&Address> {
    let default = addresses.iter().find(|it| it.default_uses.contains(&i32::from(wanted)));
    default.or_else(|| addresses.first().filter(|_| wanted == AddressUse::Shipping))
}

/// Each address in one line, with bars between them.
fn others(addresses: &[Address], text: &mut String) {
    let shown = [AddressUse::Shipping, AddressUse::Billing].map(|one| default_for(addresses, one));
    let rest = addresses.iter().filter(|it| shown.iter().flatten().all(|shown| shown.name != it.name));
    for (place, address) in rest.enumerate() {
        if place > 0 {
            text.push_str(" | ");
        }
        let parts = PARTS.iter().map(|(.., part)| part(address)).filter(|part| !part.is_empty());
        for (place, part) in parts.enumerate() {
            if place > 0 {
                text.push_str(", ");
            }
            text.push_str(part);
        }
    }
}
