//! Customers that tests make up.

use patron_proto::{
    address::v1::Address,
    profile::v1::{CreateCustomerRequest, Customer},
};
use rand::Rng as _;
use serde_json::{Value, json};

/// A customer to create, unlike any other.
#[derive(Debug, Clone)]
pub struct Sample {
    /// First name.
    pub first_name: String,
    /// Last name: a word that nobody else has, so that a search for it finds this customer alone.
    pub last_name: String,
    /// Email.
    pub email: String,
    /// Addresses to create with it.
    pub addresses: Vec<Address>,
    /// Groups to put it into.
    pub groups: Vec<String>,
}

/// A word of twelve letters that nobody has used yet.
pub fn unique() -> String {
    let mut random = rand::rng();
    (0..12).map(|_| char::from(random.random_range(b'a'..=b'z'))).collect()
}

impl Sample {
    /// A customer with nothing but what is needed.
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        let last_name = unique();
        Self {
            first_name: "Ada".to_owned(),
            email: format!("{last_name}@customers.example"),
            last_name,
            addresses: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// The same with an address.
    #[must_use]
    pub fn with_address(mut self) -> Self {
        self.addresses.push(Address {
            label: "home".to_owned(),
            line1: "12 St James's Square".to_owned(),
            city: "London".to_owned(),
            postal_code: "SW1Y 4JH".to_owned(),
            country_code: "GB".to_owned(),
            ..Address::default()
        });
        self
    }

    /// The same in a group.
    #[must_use]
    pub fn in_group(mut self, group: &str) -> Self {
        self.groups.push(group.to_owned());
        self
    }

    /// The request that creates it, for gRPC.
    pub fn request(&self) -> CreateCustomerRequest {
        CreateCustomerRequest {
            customer: Some(Customer {
                first_name: self.first_name.clone(),
                last_name: self.last_name.clone(),
                email: self.email.clone(),
                ..Customer::default()
            }),
            addresses: self.addresses.clone(),
            groups: self.groups.clone(),
            ..CreateCustomerRequest::default()
        }
    }

    /// The request that creates it, for HTTP.
    pub fn json(&self) -> Value {
        let addresses = self.addresses.iter().map(|address| {
            json!({"label": address.label, "line1": address.line1, "city": address.city, "postalCode": address.postal_code,
                   "countryCode": address.country_code})
        });
        json!({
            "customer": {"firstName": self.first_name, "lastName": self.last_name, "email": self.email},
            "addresses": addresses.collect::<Vec<_>>(),
            "groups": self.groups,
        })
    }
}
