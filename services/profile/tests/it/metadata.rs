//! What staff and other systems note of a customer.

use crate::fixture::{Fixture, luis, update, violations};
use patron_proto::profile::v1::Customer;
use std::collections::HashMap;

fn metadata(entries: &[(&str, &str)]) -> HashMap<String, String> {
    entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn one_key_is_written_or_taken_away_and_the_others_stay() {
    let fixture = Fixture::new().await;
    let noted = Customer { metadata: metadata(&[("tier", "gold"), ("erp.id", "K-17")]), ..luis() };
    let name = fixture.create(noted).await.unwrap().name;
    let change = |entries, fields: &'static [&str]| {
        let (name, metadata) = (name.clone(), metadata(entries));
        let customer = Customer { name, metadata, ..Default::default() };
        async { fixture.update(customer, fields).await.unwrap().metadata }
    };
    let changed = change(&[("tier", "silver")], &["metadata.tier"]).await;
    assert_eq!(changed, metadata(&[("tier", "silver"), ("erp.id", "K-17")]));
    let changed = change(&[("erp.id", "K-18")], &["metadata.`erp.id`"]).await;
    assert_eq!(changed, metadata(&[("tier", "silver"), ("erp.id", "K-18")]));
    assert_eq!(change(&[], &["metadata.tier"]).await, metadata(&[("erp.id", "K-18")]));
    assert_eq!(change(&[("a", "b")], &["metadata"]).await, metadata(&[("a", "b")]));
}

#[tokio::test]
async fn what_does_not_fit_is_named_by_its_key_and_nothing_is_stored() {
    let fixture = Fixture::new().await;
    let name = fixture.create(luis()).await.unwrap().name;
    let long = "x".repeat(501);
    let many: Vec<(String, String)> = (0..51).map(|number| (format!("k{number}"), "v".into())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let key = "has a key that is not of 1 to 40 letters, digits, _, - and .";
    for (entries, wrong) in [
        (vec![("note", long.as_str())], "customer.metadata.note is longer than 500 characters".to_owned()),
        (vec![("note", " ")], "customer.metadata.note is empty".to_owned()),
        (vec![("two words", "v")], format!("customer.metadata {key}")),
        (vec![("", "v")], format!("customer.metadata {key}")),
        (many, "customer.metadata has more than 50 keys".to_owned()),
    ] {
        let customer = Customer { name: name.clone(), metadata: metadata(&entries), ..Default::default() };
        let request = fixture.staff(update(customer, &["metadata"]));
        let refused = fixture.client().update_customer(request).await.unwrap_err();
        assert_eq!(violations(&refused), [wrong]);
    }
}

#[tokio::test]
async fn customers_do_not_change_it_themselves() {
    let fixture = Fixture::new().await;
    let name = fixture.create(luis()).await.unwrap().name;
    let customer =
        Customer { name: name.clone(), metadata: metadata(&[("tier", "gold")]), ..Default::default() };
    let request = fixture.customer(&name, update(customer, &["metadata.tier"]));
    let refused = fixture.client().update_customer(request).await.unwrap_err();
    assert_eq!(
        violations(&refused),
        ["update_mask names metadata, which customers do not change themselves"]
    );
}
