//! From pages of customers to the bytes of a file.

use super::{
    cell::Row,
    column::Columns,
    csv::Csv,
    json_lines::JsonLines,
    names::Names,
    xlsx::{self, Xlsx},
};
use crate::customer::Customer;
use patron_proto::{address::v1::Address, profile::v1::customer_export as proto};
use patron_values::id::CustomerId;
use std::{collections::HashMap, error::Error, sync::Arc};

/// What a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// A workbook of Excel.
    Xlsx,
    /// Lines of JSON.
    JsonLines,
}

impl Format {
    /// What the media type is called (RFC 4180, IANA; NDJSON has none that is registered).
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::JsonLines => "application/x-ndjson",
        }
    }

    /// What names of such files end in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::JsonLines => "jsonl",
        }
    }

    /// Most customers in one file; `None` where there is no limit.
    pub fn most_rows(self) -> Option<usize> {
        (self == Self::Xlsx).then_some(xlsx::MOST_ROWS)
    }
}

impl From<proto::Format> for Format {
    fn from(format: proto::Format) -> Self {
        match format {
            proto::Format::Unspecified | proto::Format::Csv => Self::Csv,
            proto::Format::Xlsx => Self::Xlsx,
            proto::Format::JsonLines => Self::JsonLines,
        }
    }
}

impl From<Format> for proto::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Csv => Self::Csv,
            Format::Xlsx => Self::Xlsx,
            Format::JsonLines => Self::JsonLines,
        }
    }
}

/// Some of the customers, with what other services say of them.
#[derive(Debug, Default)]
pub struct Page {
    /// The customers.
    pub customers: Vec<Customer>,
    /// Addresses of those who have some.
    pub addresses: HashMap<CustomerId, Vec<Address>>,
    /// What their groups and staff are called.
    pub names: Arc<Names>,
}

impl Page {
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.customers.iter().map(|customer| Row {
            customer,
            addresses: self.addresses.get(&customer.id).map_or(&[], Vec::as_slice),
            names: &self.names,
        })
    }
}

/// Writes one file.
pub struct Encoder(Kind);

enum Kind {
    Csv(Csv),
    Xlsx(Box<Xlsx>),
    JsonLines(JsonLines),
}

/// Why a file cannot be written: it is a fault, or a limit of the format.
type Failure = Box<dyn Error + Send + Sync>;

impl Encoder {
    /// A file that looks like this and has these columns.
    pub fn new(format: Format, columns: &Columns) -> Self {
        Self(match format {
            Format::Csv => Kind::Csv(Csv::new(columns.cells.clone())),
            Format::Xlsx => Kind::Xlsx(Box::new(Xlsx::new(columns.cells.clone()))),
            Format::JsonLines => Kind::JsonLines(JsonLines::new(columns.show_addresses())),
        })
    }

    /// What comes before the first customer.
    pub fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), Failure> {
        match &mut self.0 {
            Kind::Csv(csv) => Ok(csv.begin(out)?),
            Kind::Xlsx(xlsx) => Ok(xlsx.begin(out)?),
            Kind::JsonLines(_) => Ok(()),
        }
    }

    /// Some customers, and after the last ones what comes behind them. Gives the encoder back for the others.
    pub fn encode(mut self, page: &Page, is_last: bool, out: &mut Vec<u8>) -> Result<Option<Self>, Failure> {
        match &mut self.0 {
            Kind::Csv(csv) => csv.rows(page, out)?,
            Kind::Xlsx(xlsx) => xlsx.rows(page, out)?,
            Kind::JsonLines(lines) => lines.rows(page, out)?,
        }
        match self.0 {
            Kind::Xlsx(xlsx) if is_last => xlsx.finish(out)?,
            kind if !is_last => return Ok(Some(Self(kind))),
            _ => {}
        }
        Ok(None)
    }
}
