//! Made-up customers of several countries and scripts. The same number always gives the same customer.

use std::sync::LazyLock;

use patron_proto::address::v1::{Address, AddressUse};
use patron_proto::google::r#type::Date;
use patron_proto::identity::v1::NewAccount;
use patron_proto::profile::v1::{Customer, customer::AccountType};
use patron_proto::r#type::v1::PhoneNumber;
use rand::distr::weighted::WeightedIndex;
use rand::prelude::Distribution;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

/// Begins every random sequence; another seed gives other customers.
const SEED: u64 = 20_261_122;
/// Share of customers who act for a business, percent.
const BUSINESS_PERCENT: u32 = 35;
/// Share of customers whose email is in their own script (RFC 6531), percent.
const OWN_SCRIPT_PERCENT: u32 = 3;
/// Share of customers who have an account to sign in with, percent.
const ACCOUNT_PERCENT: u32 = 40;
/// Domains that can never be anybody's (RFC 2606).
const DOMAINS: [&str; 3] = ["example.com", "example.net", "example.org"];

static DATA: LazyLock<Data> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/demo.json")).expect("tests read the same file")
});

#[derive(Debug, Deserialize)]
struct Data {
    groups: Vec<Group>,
    departments: Vec<String>,
    job_titles: Vec<String>,
    sources: Vec<String>,
    countries: Vec<Country>,
}

/// A group that demo customers are in.
#[derive(Debug, Deserialize)]
pub struct Group {
    /// Name for people.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// Whether its customers wait for approval: they have accounts.
    #[serde(default)]
    pub approval_required: bool,
    /// How many of all customers are in it, relative to the others' shares.
    share: u32,
}

/// In patterns of codes and numbers `#` stands for any digit, `%` for one from 1 to 9, `@` for a letter.
#[derive(Debug, Deserialize)]
struct Country {
    code: String,
    language: String,
    /// How many of all customers live here, relative to the other countries' shares.
    share: u32,
    /// Names as written there; after `|` in Latin letters, where taking accents away does not give them.
    given: Vec<String>,
    family: Vec<String>,
    companies: Vec<String>,
    streets: Vec<String>,
    /// How street and number stand in a line.
    address: String,
    tax_number: String,
    places: Vec<Place>,
}

#[derive(Debug, Deserialize)]
struct Place {
    city: String,
    #[serde(default)]
    region: String,
    postal_code: String,
    time_zone: String,
    landline: String,
    mobile: String,
}

/// One made-up customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The record.
    pub customer: Customer,
    /// One to three addresses.
    pub addresses: Vec<Address>,
    /// Which of [`groups`] it is in, by position.
    pub group: usize,
    /// What it signs in with, without a password yet. Whoever waits for approval has one.
    pub account: Option<NewAccount>,
}

/// The groups that demo customers are in.
pub fn groups() -> &'static [Group] {
    &DATA.groups
}

/// What marks the customer of this number, in `external_id`.
pub fn external_id(number: u32) -> String {
    format!("demo-{number}")
}

/// The customer of this number.
pub fn person(number: u32) -> Person {
    let mut random = StdRng::seed_from_u64(SEED + u64::from(number));
    let country = &DATA.countries[weighted(&mut random, DATA.countries.iter().map(|country| country.share))];
    let place = pick(&mut random, &country.places);
    let (given, family) = (pick(&mut random, &country.given), pick(&mut random, &country.family));
    let group = weighted(&mut random, DATA.groups.iter().map(|group| group.share));

    let mut customer = Customer {
        first_name: written(given).to_owned(),
        last_name: written(family).to_owned(),
        email: email(&mut random, given, family, number),
        account_type: AccountType::Private.into(),
        preferred_language: country.language.clone(),
        time_zone: place.time_zone.clone(),
        source: pick(&mut random, &DATA.sources).clone(),
        newsletter: random.random_bool(0.4),
        external_id: external_id(number),
        primary_phone: Some(phone(&mut random, &place.mobile)),
        ..Customer::default()
    };
    if random.random_ratio(BUSINESS_PERCENT, 100) {
        customer.account_type = AccountType::Business.into();
        customer.company.clone_from(pick(&mut random, &country.companies));
        customer.department.clone_from(pick(&mut random, &DATA.departments));
        customer.job_title.clone_from(pick(&mut random, &DATA.job_titles));
        customer.tax_number = fill_in(&mut random, &country.tax_number);
        customer.work_phone = Some(phone(&mut random, &place.landline));
        customer.metadata = [("erp.debtor".to_owned(), format!("D{number:06}"))].into();
    } else {
        let (year, month, day) =
            (random.random_range(1940..2007), random.random_range(1..=12), random.random_range(1..=28));
        customer.birth_date = Some(Date { year, month, day });
    }
    let addresses = addresses(&mut random, country, place, &customer.company);
    let has_account = DATA.groups[group].approval_required || random.random_ratio(ACCOUNT_PERCENT, 100);
    // like those that the console suggests, and unique by the number
    let username = || format!("{}{}{number:04}", &latin(given)[..1], latin(family));
    let account = has_account.then(|| NewAccount { username: username(), ..NewAccount::default() });
    Person { customer, addresses, group, account }
}

fn addresses(random: &mut StdRng, country: &Country, home: &Place, company: &str) -> Vec<Address> {
    let (billing, shipping) = (AddressUse::Billing.into(), AddressUse::Shipping.into());
    let first = Address { default_uses: vec![billing, shipping], ..address(random, country, home, company) };
    let mut addresses = vec![Address { uses: vec![billing, shipping], ..first }];
    for label in ["Second home", "Warehouse"].iter().take(random.random_range(0..10_usize).saturating_sub(7))
    {
        let place = pick(random, &country.places);
        let further = address(random, country, place, company);
        addresses.push(Address { label: (*label).to_owned(), uses: vec![shipping], ..further });
    }
    addresses
}

fn address(random: &mut StdRng, country: &Country, place: &Place, company: &str) -> Address {
    let number = random.random_range(1..200).to_string();
    let street = pick(random, &country.streets);
    Address {
        company: company.to_owned(),
        line1: country.address.replace("{street}", street).replace("{number}", &number),
        city: place.city.clone(),
        region: place.region.clone(),
        postal_code: fill_in(random, &place.postal_code),
        country_code: country.code.clone(),
        ..Address::default()
    }
}

/// Unique by the number in it.
fn email(random: &mut StdRng, given: &str, family: &str, number: u32) -> String {
    let domain = pick(random, &DOMAINS);
    let own_script = random.random_ratio(OWN_SCRIPT_PERCENT, 100);
    let [given, family] =
        [given, family].map(|name| if own_script { own_letters(name) } else { latin(name) });
    format!("{given}.{family}{number}@{domain}")
}

/// The part of a name that is written for people.
fn written(name: &str) -> &str {
    name.split('|').next().unwrap_or(name)
}

fn own_letters(name: &str) -> String {
    written(name).chars().filter(|letter| letter.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

fn latin(name: &str) -> String {
    let name = name.split('|').next_back().unwrap_or(name);
    name.nfd().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn phone(random: &mut StdRng, pattern: &str) -> PhoneNumber {
    PhoneNumber { number: fill_in(random, pattern), ..PhoneNumber::default() }
}

fn fill_in(random: &mut StdRng, pattern: &str) -> String {
    // letters that British and Canadian postal codes have in every place
    const LETTERS: &[u8] = b"ABEGHJLNPRSTWXYZ";
    let mut fill = |character| match character {
        '#' => char::from(b'0' + random.random_range(0..10)),
        '%' => char::from(b'0' + random.random_range(1..10)),
        '@' => char::from(LETTERS[random.random_range(0..LETTERS.len())]),
        other => other,
    };
    pattern.chars().map(&mut fill).collect()
}

/// A position, each as likely as its share says.
fn weighted(random: &mut StdRng, shares: impl Iterator<Item = u32>) -> usize {
    let distribution = WeightedIndex::new(shares).expect("every share is positive");
    distribution.sample(random)
}

fn pick<'a, T>(random: &mut StdRng, values: &'a [T]) -> &'a T {
    values.choose(random).expect("no list in the file is empty")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use patron_values::address_rules::AddressRules;

    use super::*;

    #[test]
    fn a_number_always_gives_the_same_customer() {
        assert_eq!(person(7), person(7));
        assert_ne!(person(7), person(8));
    }

    #[test]
    fn no_two_customers_share_an_email() {
        let emails: HashSet<String> = (0..5000).map(|number| person(number).customer.email).collect();
        assert_eq!(emails.len(), 5000);
        assert!(
            emails.iter().all(|email| email.split('@').next().unwrap().len() > 3),
            "a name vanished in Latin letters"
        );
    }

    #[test]
    fn every_address_keeps_the_rules_of_its_country() {
        for address in (0..2000).flat_map(|number| person(number).addresses) {
            let rules = AddressRules::of(address.country_code.parse().unwrap());
            let breaches = rules.check(&address.city, &address.region, &address.postal_code);
            assert!(breaches.is_empty(), "{address:?} {breaches:?}");
            let kept = rules.canonical_postal_code(&address.postal_code);
            assert_eq!(kept, Some(address.postal_code), "it is kept as it is");
        }
    }

    #[test]
    fn every_phone_number_is_assigned_in_its_country() {
        let mut random = StdRng::seed_from_u64(SEED);
        for country in &DATA.countries {
            let patterns = country.places.iter().flat_map(|place| [&place.landline, &place.mobile]);
            for number in
                patterns.flat_map(|pattern| [pattern; 3]).map(|pattern| fill_in(&mut random, pattern))
            {
                let parsed: rlibphonenumber::PhoneNumber = number.parse().unwrap();
                assert!(parsed.is_valid(), "{number}");
                let region = parsed.get_region_code().map(|region| region.to_string());
                assert_eq!(region.as_ref(), Some(&country.code), "{number}");
            }
        }
    }
}
