//! What a customer is found by of their addresses. Address publishes it; profile makes it itself for a customer who is created with
//! addresses.

use patron_proto::{
    address::v1::{Address, AddressUse},
    event::v1::CustomerAddresses,
};

use crate::{
    address_rules::AddressRules,
    country::Country,
    phone::{PhoneNumber, dialled_in},
    text::Line,
};

/// Addresses of a customer that are searched: the main one and the oldest. More are rare, and each makes the searched text longer.
pub const SEARCHED: usize = 50;

/// Most bytes of all terms that are searched for. Longer texts are given up, the youngest addresses' first.
const MAX_BYTES: usize = 2_048;

/// What is searched of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchedAddress {
    /// City.
    pub city: String,
    /// Postal code; empty without one.
    pub postal_code: String,
    /// Country, by its code.
    pub country_code: String,
    /// Telephone there.
    pub phone: Option<PhoneNumber>,
}

impl From<&Address> for SearchedAddress {
    /// What stands in the address once it is parsed; what is wrong in it is left out.
    fn from(address: &Address) -> Self {
        let phone = address.phone.as_ref().map(|phone| dialled_in(phone, &address.country_code));
        let country = Country::parse(&address.country_code).ok();
        let postal_code = Line::parse(&address.postal_code).ok().map(|typed| match country {
            Some(country) => AddressRules::of(country).kept_postal_code(typed),
            None => typed,
        });
        Self {
            city: Line::<100>::parse(&address.city).map(|it| it.to_string()).unwrap_or_default(),
            postal_code: postal_code.map(|it| it.to_string()).unwrap_or_default(),
            country_code: country.map(|it| it.to_string()).unwrap_or_default(),
            phone: phone.and_then(|phone| PhoneNumber::from_proto(&phone).ok().flatten()),
        }
    }
}

/// The summary of addresses that stand in order: the main one first, then the others from the oldest on.
pub fn summary(addresses: &[SearchedAddress]) -> CustomerAddresses {
    let mut summary = CustomerAddresses::default();
    if let Some(main) = addresses.first() {
        summary.city.clone_from(&main.city);
        summary.postal_code.clone_from(&main.postal_code);
        summary.country_code.clone_from(&main.country_code);
    }
    let mut bytes = 0;
    for address in addresses.iter().take(SEARCHED) {
        let digits = address.phone.as_ref().map(PhoneNumber::search_digits).unwrap_or_default();
        // people who look for `SW1A 1AA` type `sw1a1aa` as well
        let together = address.postal_code.replace([' ', '-'], "");
        for term in [address.city.clone(), address.postal_code.clone(), together, digits] {
            if term.is_empty() || summary.search_terms.contains(&term) {
                continue;
            }
            bytes += term.len();
            if bytes > MAX_BYTES {
                return summary;
            }
            summary.search_terms.push(term);
        }
    }
    summary
}

/// The summary of all addresses of a customer, from the oldest on. The main one is the default for shipping: the last that claims it, else
/// the first that is used so; else the oldest.
pub fn summary_of(addresses: &[Address]) -> CustomerAddresses {
    let ships = |uses: &[i32]| uses.contains(&AddressUse::Shipping.into());
    let claimed = addresses.iter().rposition(|address| ships(&address.default_uses));
    let main = claimed.or_else(|| addresses.iter().position(|address| ships(&address.uses)));
    let mut sorted: Vec<SearchedAddress> = addresses.iter().map(SearchedAddress::from).collect();
    if let Some(first) = sorted.get_mut(..=main.unwrap_or_default()) {
        first.rotate_right(1);
    }
    summary(&sorted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patron_proto::r#type::v1::PhoneNumber as PhoneMessage;

    fn address(city: &str, uses: &[AddressUse], default_uses: &[AddressUse]) -> Address {
        let numbers = |uses: &[AddressUse]| uses.iter().map(|it| i32::from(*it)).collect();
        Address {
            city: format!(" {city} "),
            country_code: "at".into(),
            uses: numbers(uses),
            default_uses: numbers(default_uses),
            ..Default::default()
        }
    }

    #[test]
    fn the_main_address_is_the_one_that_goods_go_to() {
        use AddressUse::{Billing, Shipping};
        for (addresses, main) in [
            (vec![], ""),
            (vec![address("A", &[], &[]), address("B", &[Billing], &[Billing])], "A"),
            (
                vec![address("A", &[], &[]), address("B", &[Shipping], &[]), address("C", &[Shipping], &[])],
                "B",
            ),
            (
                vec![address("A", &[], &[Shipping]), address("B", &[], &[Shipping]), address("C", &[], &[])],
                "B",
            ),
        ] {
            let summary = summary_of(&addresses);
            assert_eq!(summary.city, main);
            assert_eq!(summary.country_code, if main.is_empty() { "" } else { "AT" });
            assert_eq!(summary.search_terms.len(), addresses.len());
        }
    }

    #[test]
    fn a_postal_code_is_found_with_and_without_its_blank_however_it_was_typed() {
        let typed =
            Address { postal_code: "sw1a1aa".into(), country_code: "gb".into(), ..Default::default() };
        let summary = summary_of(&[typed]);
        assert_eq!(summary.postal_code, "SW1A 1AA");
        assert_eq!(summary.search_terms, ["SW1A 1AA", "SW1A1AA"]);
    }

    #[test]
    fn terms_are_of_every_address_each_once_and_of_few_bytes() {
        let phone = |number: &str| Some(PhoneMessage { number: number.into(), ..Default::default() });
        let graz =
            Address { postal_code: "8010".into(), phone: phone("0316 872"), ..address("Graz", &[], &[]) };
        let same = Address { phone: None, ..graz.clone() };
        let found = summary_of(&[graz, same, address("Wien", &[], &[])]);
        assert_eq!(found.search_terms, ["Graz", "8010", "43316872", "Wien"]);
        let many: Vec<Address> =
            (0..2_000).map(|number| address(&format!("{number:東>100}"), &[], &[])).collect();
        let terms = summary_of(&many).search_terms;
        assert!(terms.iter().map(String::len).sum::<usize>() <= MAX_BYTES && terms.len() > 1);
    }
}
