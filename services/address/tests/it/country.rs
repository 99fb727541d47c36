//! Rules of countries: what addresses must have there, how they are written, and what forms are told of it.

use crate::fixture::{World, stuttgart, update};
use patron_proto::address::v1::{
    Address, AddressCountry, BatchListAddressesRequest, GetAddressCountryRequest, GetAddressRequest,
    ListAddressCountriesRequest, address_country_service_client::AddressCountryServiceClient,
    address_part::Term,
};
use patron_values::country::Country;
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;

/// First line, city, region, postal code and country as they were typed, and the code of the region.
#[rustfmt::skip]
const TAKEN: [([&str; 5], &str); 12] = [
    // neither city nor postal code
    (["Flat 25, 12/F, 1 Queen's Road Central", "", "Hong Kong Island", "", "HK"], ""),
    // no city beside itself
    (["1 Raffles Place", "", "", "048616", "SG"], ""),
    // its own city
    (["7 Avenue Princesse Grace", "", "", "98000", "MC"], ""),
    // a code that everybody uses
    (["Rr. Nëna Terezë 1", "Prishtinë", "", "10000", "XK"], ""),
    // an Eircode
    (["1 Main St", "Dublin 2", "", "D02 AF30", "IE"], ""),
    // military mail
    (["PSC 1234 Box 5678", "APO", "AE", "09204", "US"], "AE"),
    // no postal code in use
    (["Calle 50", "Panamá", "", "", "PA"], ""),
    // white space alone is nothing
    (["Weg 1", "Bonn", " ", "53111", "DE"], ""),
    // codes are trimmed and case-folded
    (["Weg 1", "Bonn", "", "53111", " de "], ""),
    // a region in the letters of its country, in others, and by its code
    (["丸の内1-1", "千代田区", "東京都", "100-0001", "JP"], "13"),
    (["1-1 Marunouchi", "Chiyoda-ku", "tokyo", "1000001", "JP"], "13"),
    (["1 Infinite Loop", "Cupertino", "ca", "95014", "US"], "CA"),
];

fn address([line1, city, region, postal_code, country_code]: [&str; 5]) -> Address {
    let [line1, city, region, postal_code, country_code] =
        [line1, city, region, postal_code, country_code].map(str::to_owned);
    Address { line1, city, region, postal_code, country_code, ..Default::default() }
}

/// What is wrong with a request, as `field description`.
fn violations(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let details = status.get_details_bad_request().expect("what is wrong");
    details.field_violations.iter().map(|it| format!("{} {}", it.field, it.description)).collect()
}

fn countries(world: &World) -> AddressCountryServiceClient<Channel> {
    AddressCountryServiceClient::new(world.mesh.client(&world.service))
}

#[tokio::test]
async fn addresses_as_people_have_them_are_taken_and_their_region_is_known() {
    let world = World::new().await;
    let customer = world.known(1).await;
    for (typed, region_code) in TAKEN {
        let created = world.create(customer, address(typed)).await.unwrap();
        assert_eq!(created.region_code, region_code, "{typed:?}");
        assert_eq!((created.line1.as_str(), created.region.as_str()), (typed[0], typed[2].trim()));
    }
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_with_the_countrys_own_word_and_an_example() {
    let world = World::new().await;
    let customer = world.known(1).await;
    for (typed, wrong) in [
        (
            ["1 Infinite Loop", "Cupertino", "Bayern", "9501", "US"],
            &[
                "address.region is no state of US: expected one such as Alabama (AL)",
                "address.postal_code is no ZIP code of US: expected one such as 95014 or 22162-1010",
            ][..],
        ),
        (
            ["1 Infinite Loop", "Cupertino", "", "95014", "US"],
            &["address.region is needed in US: the state, such as Alabama (AL)"],
        ),
        (
            ["1 Raffles Place", "", "", "", "SG"],
            &["address.postal_code is needed in SG: the postal code, such as 546080 or 308125"],
        ),
        (
            ["12 St James's Square", "", "", "SW1Y 4JH", "GB"],
            &["address.city is needed in GB: the post town"],
        ),
        (
            ["Rr. Nëna Terezë 1", "Prishtinë", "", "80000", "XK"],
            &["address.postal_code is no postal code of XK: expected one such as 10000"],
        ),
    ] {
        assert_eq!(violations(&world.create(customer, address(typed)).await.unwrap_err()), wrong);
    }
}

#[tokio::test]
async fn a_postal_code_is_kept_in_the_form_of_its_country() {
    let world = World::new().await;
    let typed = address(["12 St James's Square", "London", "", "sw1y4jh", "gb"]);
    let created = world.create(world.known(1).await, typed).await.unwrap();
    assert_eq!((created.postal_code.as_str(), created.country_code.as_str()), ("SW1Y 4JH", "GB"));
}

#[tokio::test]
async fn an_address_is_written_as_is_usual_there_wherever_it_is_read_but_in_batches() {
    let world = World::new().await;
    let customer = world.known(1).await;
    let typed = Address {
        recipient: "Kim".into(),
        ..address(["1 Infinite Loop", "Cupertino", "California", "95014", "US"])
    };
    let created = world.create(customer, typed).await.unwrap();
    assert_eq!(created.formatted_lines, ["Kim", "1 Infinite Loop", "Cupertino, CA 95014"]);
    assert_eq!(created.formatted, "Kim, 1 Infinite Loop, Cupertino, CA 95014");
    assert_eq!(world.list(customer).await.unwrap(), std::slice::from_ref(&created));
    let request = GetAddressRequest { name: created.name.clone() };
    assert_eq!(world.client().get_address(world.manager(request)).await.unwrap().into_inner(), created);
    let request = BatchListAddressesRequest { parents: vec![customer.resource_name()] };
    let listed = world.client().batch_list_addresses(world.manager(request)).await.unwrap().into_inner();
    let expected = Address { formatted_lines: Vec::new(), formatted: String::new(), ..created };
    assert_eq!(listed.addresses, [expected]);
}

#[tokio::test]
async fn an_address_can_be_read_changed_and_sent_back_whole_but_what_is_made_of_it_cannot_be_written() {
    let world = World::new().await;
    let read = world.create(world.known(1).await, stuttgart()).await.unwrap();
    let changed = world.update(Address { line2: "2nd floor".into(), ..read.clone() }, &[]).await.unwrap();
    assert_eq!(changed.formatted_lines, ["Theodor-Heuss-Straße 34", "2nd floor", "70174 Stuttgart"]);
    let forged = Address { formatted: "elsewhere".into(), ..changed };
    let status =
        world.client().update_address(world.manager(update(forged, &["formatted"]))).await.unwrap_err();
    assert!(violations(&status)[0].starts_with("update_mask includes formatted"), "{status:?}");
}

#[tokio::test]
async fn a_form_is_told_all_it_needs_to_know_of_a_country() {
    let world = World::new().await;
    let get = async |name: &str| {
        let request = GetAddressCountryRequest { name: name.to_owned() };
        countries(&world).get_address_country(world.manager(request)).await.map(tonic::Response::into_inner)
    };
    let us = get("addressCountries/US").await.unwrap();
    assert_eq!((us.country_code.as_str(), us.display_name.as_str()), ("US", "United States"));
    let parts: Vec<_> = us
        .parts
        .iter()
        .map(|it| (it.field.as_str(), it.term(), it.display_name.as_str(), it.required))
        .collect();
    assert_eq!(
        parts,
        [
            ("city", Term::City, "city", true),
            ("region", Term::State, "state", true),
            ("postal_code", Term::ZipCode, "ZIP code", true),
        ]
    );
    let lines: Vec<_> = us.lines.iter().map(|line| line.fields.join(" ")).collect();
    assert_eq!(lines, ["recipient", "company", "line1 line2", "city region postal_code"]);
    assert_eq!((us.latin_lines.len(), us.postal_code_examples[0].as_str()), (0, "95014"));
    assert!(us.postal_code_pattern.starts_with("(?:[0-9]{5})"));
    assert!(us.regions.iter().any(|it| it.code == "CA" && it.display_name == "California"));

    let japan = get("addressCountries/JP").await.unwrap();
    let tokyo = japan.regions.iter().find(|it| it.code == "13").unwrap();
    assert_eq!((tokyo.display_name.as_str(), tokyo.latin_display_name.as_str()), ("東京都", "Tokyo"));
    assert_eq!(japan.lines[0].fields, ["postal_code"]);
    assert_eq!(japan.latin_lines[0].fields, ["recipient"]);

    let singapore = get("addressCountries/SG").await.unwrap();
    assert_eq!(singapore.parts.iter().map(|it| it.field.as_str()).collect::<Vec<_>>(), ["postal_code"]);
    assert_eq!(get("addressCountries/ZZ").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(get("countries/US").await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn every_country_is_listed_by_name() {
    let world = World::new().await;
    let mut request = ListAddressCountriesRequest { page_size: 100, ..Default::default() };
    let mut listed: Vec<AddressCountry> = Vec::new();
    loop {
        let page = countries(&world)
            .list_address_countries(world.manager(request.clone()))
            .await
            .unwrap()
            .into_inner();
        listed.extend(page.address_countries);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let codes: Vec<_> = listed.iter().map(|it| it.country_code.clone()).collect();
    assert_eq!(codes, Country::all().map(|it| it.to_string()).collect::<Vec<_>>());
    assert!(
        listed
            .iter()
            .all(|it| !it.display_name.is_empty()
                && it.name == format!("addressCountries/{}", it.country_code))
    );
    assert!(listed.iter().all(|it| it.lines.is_empty() && it.regions.is_empty()));
}
