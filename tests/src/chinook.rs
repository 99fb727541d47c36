//! Real customers: those of the Chinook sample database (`data/chinook`, MIT licence), as somebody typed them.

use serde::Deserialize;
use serde_json::{Value, json};

const CUSTOMERS: &str = include_str!("../data/chinook/customers.csv");

/// A row of the table.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Customer {
    /// Number in the table.
    pub customer_id: u32,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Company; empty for most.
    pub company: String,
    /// Street and number.
    pub address: String,
    /// City.
    pub city: String,
    /// State or province; empty where there is none.
    pub state: String,
    /// Country by its English name.
    pub country: String,
    /// Postal code; empty where there is none.
    pub postal_code: String,
    /// Phone, with the country code; empty where unknown.
    pub phone: String,
    /// Fax, likewise.
    pub fax: String,
    /// Email.
    pub email: String,
}

/// All 59 of them, in the order of their numbers.
pub fn customers() -> Vec<Customer> {
    let rows = csv::Reader::from_reader(CUSTOMERS.as_bytes()).into_deserialize();
    rows.collect::<Result<_, _>>().expect("the table is well-formed")
}

impl Customer {
    /// The request that creates it with its address, over HTTP.
    pub fn request(&self) -> Value {
        let mut customer = json!({
            "firstName": self.first_name, "lastName": self.last_name, "email": self.email, "company": self.company,
            "externalId": format!("chinook-{}", self.customer_id),
        });
        for (field, number) in [("primaryPhone", &self.phone), ("fax", &self.fax)] {
            if !number.is_empty() {
                customer[field] = json!({ "number": number });
            }
        }
        let address = json!({
            "line1": self.address, "city": self.city, "region": self.state, "postalCode": self.postal_code,
            "countryCode": country_code(&self.country),
        });
        json!({"customer": customer, "addresses": [address]})
    }
}

/// The ISO 3166-1 code of a country in the table.
fn country_code(name: &str) -> &'static str {
    match name {
        "Argentina" => "AR",
        "Australia" => "AU",
        "Austria" => "AT",
        "Belgium" => "BE",
        "Brazil" => "BR",
        "Canada" => "CA",
        "Chile" => "CL",
        "Czech Republic" => "CZ",
        "Denmark" => "DK",
        "Finland" => "FI",
        "France" => "FR",
        "Germany" => "DE",
        "Hungary" => "HU",
        "India" => "IN",
        "Ireland" => "IE",
        "Italy" => "IT",
        "Netherlands" => "NL",
        "Norway" => "NO",
        "Poland" => "PL",
        "Portugal" => "PT",
        "Spain" => "ES",
        "Sweden" => "SE",
        "USA" => "US",
        "United Kingdom" => "GB",
        other => panic!("the table has no country {other}"),
    }
}
