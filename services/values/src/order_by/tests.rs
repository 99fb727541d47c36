use super::*;

const FIELDS: SortFields = SortFields {
    fields: &[
        SortField::new("create_time", "c.created_at"),
        SortField::new("last_name", "c.last_name"),
        SortField::nullable("company", "c.company"),
    ],
    id: SortField::new("name", "c.customer_id"),
    default: "create_time desc",
};

fn order(text: &str) -> String {
    let mut sql = QueryBuilder::new("");
    FIELDS.parse(text).unwrap().push_order(&mut sql);
    sql.into_string()
}

/// The condition for rows after one with these keys: 1, 2, ... or none where `null` names the field.
fn after(text: &str, null: &str) -> String {
    let order = FIELDS.parse(text).unwrap();
    let mut number = 0;
    let cursor = order.cursor(|name| {
        number += 1;
        if name == null { Key::Null } else { Key::Integer(number) }
    });
    let mut sql = QueryBuilder::new("");
    order.push_after(&cursor, &mut sql).unwrap();
    sql.into_string()
}

#[test]
fn the_id_ends_every_order_in_the_direction_before_it() {
    assert_eq!(order(""), "c.created_at desc, c.customer_id desc");
    assert_eq!(order("last_name"), "c.last_name, c.customer_id");
    assert_eq!(
        order(" last_name  asc ,create_time   desc"),
        "c.last_name, c.created_at desc, c.customer_id desc"
    );
}

#[test]
fn where_nulls_come_is_said() {
    assert_eq!(order("company"), "c.company nulls last, c.customer_id");
    assert_eq!(order("company desc"), "c.company desc nulls first, c.customer_id desc");
}

#[test]
fn wrong_orders_are_refused_with_the_reason() {
    for (text, description) in [
        ("nickname", "names a field that is none of create_time, last_name, company"),
        ("c.last_name", "names a field that is none of create_time, last_name, company"),
        ("last_name,", "names a field that is none of create_time, last_name, company"),
        ("last_name,last_name desc", "names last_name twice"),
        ("last_name down", "has something else than asc, desc or a comma after last_name"),
        ("last_name desc desc", "has something else than asc, desc or a comma after last_name"),
        ("last_name; drop table customer", "names a field that is none of create_time, last_name, company"),
    ] {
        let violation = FIELDS.parse(text).unwrap_err();
        assert_eq!(violation, Violation::new("order_by", description), "{text}");
    }
}

#[test]
fn one_direction_compares_rows() {
    assert_eq!(after("last_name", ""), "((c.last_name, c.customer_id) > ($1, $2))");
    assert_eq!(
        after("last_name desc, company desc", ""),
        "((c.last_name, c.company, c.customer_id) < ($1, $2, $3))"
    );
}

#[test]
fn two_directions_compare_field_by_field_from_a_bound() {
    assert_eq!(
        after("last_name, create_time desc", ""),
        "(c.last_name >= $1 and ((c.last_name > $2) \
         or (c.last_name = $3 and c.created_at < $4) \
         or (c.last_name = $5 and c.created_at = $6 and c.customer_id < $7)))"
    );
}

#[test]
fn rows_without_a_value_come_last_ascending_and_first_descending() {
    assert_eq!(
        after("company", ""),
        "((((c.company is null or c.company > $1)) or (c.company = $2 and c.customer_id > $3)))"
    );
    assert_eq!(
        after("company", "company"),
        "(c.company is null and ((c.company is null and c.customer_id > $1)))"
    );
    assert_eq!(
        after("company desc", "company"),
        "(((c.company is not null) or (c.company is null and c.customer_id < $1)))"
    );
    assert_eq!(after("company desc", ""), "((c.company, c.customer_id) < ($1, $2))");
}

#[test]
fn a_cursor_is_good_for_its_order_only() {
    let cursor = FIELDS.parse("last_name").unwrap().cursor(|_| Key::Null);
    let text = serde_json::to_string(&cursor).unwrap();
    let cursor: Cursor = serde_json::from_str(&text).unwrap();
    for other in ["last_name desc", "company", ""] {
        let violation = FIELDS.parse(other).unwrap().push_after(&cursor, &mut QueryBuilder::new(""));
        assert_eq!(violation.unwrap_err().field, "page_token", "{other}");
    }
    assert!(FIELDS.parse(" last_name asc").unwrap().push_after(&cursor, &mut QueryBuilder::new("")).is_ok());
}

#[test]
fn keys_survive_their_way_through_a_token() {
    let id = Uuid::from_u128(7);
    let time = time::macros::datetime!(2026-11-22 09:30:00.123456 UTC);
    let keys = vec![
        Key::from(None::<i64>),
        "Gonçalves".to_owned().into(),
        (-7).into(),
        time.date().into(),
        Some(time).into(),
        id.into(),
    ];
    let text = serde_json::to_vec(&keys).unwrap();
    assert_eq!(serde_json::from_slice::<Vec<Key>>(&text).unwrap(), keys);
}
