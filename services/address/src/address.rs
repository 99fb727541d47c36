//! An address of a customer: what it holds once its form is known to be right.

use crate::rule::{self, Change, Parts};
use patron_proto::{address::v1 as proto, r#type::v1::PhoneNumber as PhoneMessage};
use patron_values::{
    address_rules::{AddressRules, Part, Texts},
    country::Country,
    etag::etag,
    fields::Fields,
    id::{AddressId, CustomerId, parse_child},
    phone::{PhoneNumber, dialled_in},
    text::{Line, Prose, Text},
    timestamp,
};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// What a resource name must look like.
const NAME_FORM: &str = "customers/{uuid}/addresses/{uuid}";

/// The name of an address: whose it is and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// Whose it is.
    pub customer: CustomerId,
    /// Which it is.
    pub address: AddressId,
}

impl Name {
    /// What is wrong with text that is no name, in words.
    pub const EXPECTED: &'static str = "is not of the form customers/{uuid}/addresses/{uuid}";

    /// Reads `customers/{uuid}/addresses/{uuid}`; `None` where it is something else.
    pub fn parse(name: &str) -> Option<Self> {
        let (customer, last) = parse_child(name, "addresses", NAME_FORM).ok()?;
        Some(Self { customer, address: last.parse().ok()? })
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "customers/{}/addresses/{}", self.customer, self.address)
    }
}

/// An address as it is stored.
#[derive(Debug, Clone)]
pub struct Address {
    /// Whose it is and which.
    pub name: Name,
    /// What it says.
    pub content: Content,
    /// Rises by one with each change.
    pub version: i64,
    /// When it was created.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

impl Address {
    /// One that is created now.
    pub fn new(name: Name, content: Content, now: OffsetDateTime) -> Self {
        Self { name, content, version: 1, created_at: now, updated_at: now }
    }

    /// Its next version, which says this.
    #[must_use]
    pub fn with(self, content: Content, now: OffsetDateTime) -> Self {
        Self { content, version: self.version + 1, updated_at: now, ..self }
    }

    /// The same, the default of those of its uses for which these name it.
    #[must_use]
    pub fn with_defaults(mut self, defaults: &BTreeMap<Use, AddressId>) -> Self {
        for (one, is_default) in &mut self.content.uses {
            *is_default = defaults.get(one) == Some(&self.name.address);
        }
        self
    }
}

/// Leaves one default for each use among all addresses of a customer: the last that claims it, else the first that has it.
pub fn settle_defaults(addresses: &mut [Address]) {
    for one in [Use::Billing, Use::Shipping] {
        let mut having: Vec<&mut bool> =
            addresses.iter_mut().filter_map(|address| address.content.uses.get_mut(&one)).collect();
        let last = having.iter().rposition(|claimed| **claimed).unwrap_or_default();
        having.iter_mut().enumerate().for_each(|(index, is_default)| **is_default = index == last);
    }
}

/// What an address says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What the customer calls it.
    pub label: Option<Line<100>>,
    /// Who receives, where not the customer.
    pub recipient: Option<Line<100>>,
    /// Company at the address.
    pub company: Option<Line<100>>,
    /// Street and number, or what stands for them.
    pub line1: Line<200>,
    /// Flat, floor, building.
    pub line2: Option<Line<200>>,
    /// City or place.
    pub city: Option<Line<100>>,
    /// State, province, prefecture.
    pub region: Option<Line<100>>,
    /// Postal code.
    pub postal_code: Option<Line<20>>,
    /// Country.
    pub country: Country,
    /// Telephone there.
    pub phone: Option<PhoneNumber>,
    /// What to know on delivery.
    pub instructions: Option<Prose<400>>,
    /// What it is used for, and whether it is the customer's default for that.
    pub uses: BTreeMap<Use, bool>,
    /// Why it may break rules of its country.
    pub rule_exception: Option<Line<200>>,
}

/// What an address is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Use {
    /// Invoices go there.
    Billing,
    /// Goods go there.
    Shipping,
}

impl Content {
    /// Parses what a caller sends and holds it to the rules of its country; mistakes are named with `path` in front. Uses that are only
    /// in `default_uses` count as uses too.
    pub fn parse(path: &str, message: &proto::Address, change: Change<'_>) -> Result<Self, Fields> {
        let mut fields = Fields::at(path);
        let label = fields.optional("label", &message.label, Line::parse);
        let recipient = fields.optional("recipient", &message.recipient, Line::parse);
        let company = fields.optional("company", &message.company, Line::parse);
        let line1 = fields.required("line1", &message.line1, Line::parse);
        let line2 = fields.optional("line2", &message.line2, Line::parse);
        let mut located = Fields::at(path);
        let location = Location::parse(&mut located, message, change);
        fields.extend(located);
        let phone = message.phone.as_ref().and_then(|phone| {
            let parsed = PhoneNumber::from_proto(&dialled_in(phone, &message.country_code));
            fields.keep("phone", parsed).flatten()
        });
        let instructions = fields.optional("instructions", &message.instructions, Prose::parse);
        let mut uses: BTreeMap<Use, bool> =
            message.uses().filter_map(Use::from_proto).map(|it| (it, false)).collect();
        uses.extend(message.default_uses().filter_map(Use::from_proto).map(|it| (it, true)));
        match (line1, location, fields.is_clean()) {
            (Some(line1), Some(location), true) => Ok(Self {
                label,
                recipient,
                company,
                line1,
                line2,
                city: location.city,
                region: location.region,
                postal_code: location.postal_code,
                country: location.country,
                phone,
                instructions,
                uses,
                rule_exception: location.rule_exception,
            }),
            _ => Err(fields),
        }
    }

    /// What the rules of its country are about.
    pub(crate) fn parts(&self) -> Parts<'_> {
        Parts {
            country: self.country,
            city: text(self.city.as_ref()),
            region: text(self.region.as_ref()),
            postal_code: text(self.postal_code.as_ref()),
        }
    }
}

/// What the rules of a country are about, once they are applied.
struct Location {
    country: Country,
    city: Option<Line<100>>,
    region: Option<Line<100>>,
    postal_code: Option<Line<20>>,
    rule_exception: Option<Line<200>>,
}

impl Location {
    fn parse(fields: &mut Fields, message: &proto::Address, change: Change<'_>) -> Option<Self> {
        let city = fields.optional("city", &message.city, Line::parse);
        let region = fields.optional("region", &message.region, Line::parse);
        let typed = fields.optional("postal_code", &message.postal_code, Line::parse);
        let country = fields.required("country_code", &message.country_code, Country::parse);
        let exception = fields.optional("rule_exception", &message.rule_exception, Line::parse);
        // What could not be read breaks no rule besides.
        let country = country.filter(|_| fields.is_clean())?;
        let parts = |postal_code| Parts {
            country,
            city: text(city.as_ref()),
            region: text(region.as_ref()),
            postal_code: text(postal_code),
        };
        let postal_code = if change.leaves_as_it_was(&parts(typed.as_ref()), Part::PostalCode) {
            typed.clone()
        } else {
            typed.clone().map(|typed| AddressRules::of(country).kept_postal_code(typed))
        };
        let rule_exception = rule::judge(fields, &parts(postal_code.as_ref()), exception, change);
        Some(Self { country, city, region, postal_code, rule_exception })
    }
}

/// A text that may be missing, which in messages is empty.
fn text<const MAX: usize, const LINES: bool>(text: Option<&Text<MAX, LINES>>) -> &str {
    text.map(Text::as_str).unwrap_or_default()
}

impl Use {
    fn from_proto(address_use: proto::AddressUse) -> Option<Self> {
        match address_use {
            proto::AddressUse::Unspecified => None,
            proto::AddressUse::Billing => Some(Self::Billing),
            proto::AddressUse::Shipping => Some(Self::Shipping),
        }
    }

    fn to_proto(self) -> i32 {
        match self {
            Self::Billing => proto::AddressUse::Billing,
            Self::Shipping => proto::AddressUse::Shipping,
        }
        .into()
    }
}

impl Address {
    /// The message without what is made of its fields for reading: `formatted` and `formatted_lines`.
    pub fn unformatted(&self) -> proto::Address {
        let content = &self.content;
        let owned = |text: &str| text.to_owned();
        let defaults = content.uses.iter().filter(|(_, is_default)| **is_default);
        let region = AddressRules::of(content.country).find_region(text(content.region.as_ref()));
        proto::Address {
            name: self.name.to_string(),
            etag: etag(self.name.address.0, self.version),
            create_time: Some(timestamp(self.created_at)),
            update_time: Some(timestamp(self.updated_at)),
            label: owned(text(content.label.as_ref())),
            recipient: owned(text(content.recipient.as_ref())),
            company: owned(text(content.company.as_ref())),
            line1: content.line1.to_string(),
            line2: owned(text(content.line2.as_ref())),
            city: owned(text(content.city.as_ref())),
            region: owned(text(content.region.as_ref())),
            postal_code: owned(text(content.postal_code.as_ref())),
            country_code: content.country.to_string(),
            phone: content.phone.as_ref().map(PhoneMessage::from),
            instructions: owned(text(content.instructions.as_ref())),
            uses: content.uses.keys().map(|it| it.to_proto()).collect(),
            default_uses: defaults.map(|(it, _)| it.to_proto()).collect(),
            rule_exception: owned(text(content.rule_exception.as_ref())),
            region_code: owned(region.map(|region| region.code).unwrap_or_default()),
            formatted_lines: Vec::new(),
            formatted: String::new(),
        }
    }
}

impl From<&Address> for proto::Address {
    fn from(address: &Address) -> Self {
        let Content { recipient, company, line1, line2, country, .. } = &address.content;
        let Parts { city, region, postal_code, .. } = address.content.parts();
        let rules = AddressRules::of(*country);
        let texts = Texts {
            recipient: text(recipient.as_ref()),
            company: text(company.as_ref()),
            line1: line1.as_str(),
            line2: text(line2.as_ref()),
            city,
            region,
            postal_code,
        };
        Self {
            formatted_lines: rules.write(&texts),
            formatted: rules.write_in_line(&texts),
            ..address.unformatted()
        }
    }
}
