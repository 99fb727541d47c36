//! Addresses of customers who are being created.

use crate::address::{Address, Use};
use patron_chassis::pg::Transaction;
use serde_json::{Value, json};

/// Stores all addresses of customers who had none, as they are.
pub async fn insert_all<'a>(
    transaction: &mut Transaction,
    addresses: impl Iterator<Item = &'a Address> + Clone,
) -> Result<(), sqlx::Error> {
    // As JSON they are one parameter, in which the uses of each have their place.
    let rows: Vec<Value> = addresses.clone().map(row).collect();
    sqlx::query!(
        r#"with row as materialized (
               select * from json_to_recordset((select $1::json)) as row (
                   address_id uuid, customer_id uuid, label text, recipient text, company text, line1 text, line2 text, city text,
                   region text, postal_code text, country_code text, phone text, instructions text, rule_exception text,
                   uses text[], defaults text[])
           ), created as (
               insert into address.address (address_id, customer_id, label, recipient, company, line1, line2, city, region,
                   postal_code, country_code, phone, instructions, rule_exception, version, created_at, updated_at)
               select address_id, customer_id, label, recipient, company, line1, line2, city, region, postal_code,
                   country_code, phone, instructions, rule_exception, 1, $2, $2
               from row
           ), stated as (
               insert into address.address_use (address_id, customer_id, use)
               select address_id, customer_id, unnest(uses) from row
           )
           insert into address.address_default (customer_id, use, address_id)
           select customer_id, unnest(defaults), address_id from row"#,
        Value::Array(rows),
        { addresses }.next().map(|address| address.created_at),
    )
    .execute(transaction)
    .await
    .map(drop)
}

fn row(address: &Address) -> Value {
    let content = &address.content;
    let uses: Vec<Use> = content.uses.keys().copied().collect();
    let defaults: Vec<Use> =
        content.uses.iter().filter(|(_, is_default)| **is_default).map(|(one, _)| *one).collect();
    json!({
        "address_id": address.name.address,
        "customer_id": address.name.customer,
        "label": content.label,
        "recipient": content.recipient,
        "company": content.company,
        "line1": content.line1,
        "line2": content.line2,
        "city": content.city,
        "region": content.region,
        "postal_code": content.postal_code,
        "country_code": content.country,
        "phone": content.phone,
        "instructions": content.instructions,
        "rule_exception": content.rule_exception,
        "uses": uses,
        "defaults": defaults,
    })
}
