use super::*;
use crate::field_set::Field;

/// A row by its values.
type Row = (i64, String, String);

fn fields() -> FieldSet<Row> {
    let fields = vec![
        Field::new("name", "c.customer_id").ordered(|_: &Row| Uuid::nil()),
        Field::new("create_time", "c.created_at").ordered(|row: &Row| row.0),
        Field::new("last_name", "c.last_name").ordered(|row: &Row| row.1.clone()),
        Field::new("company", "coalesce(c.company, '')").ordered(|row: &Row| row.2.clone()),
        Field::new("update_time", "t.updated_at").ordered(|row: &Row| row.0).with_id("t.customer_id"),
        Field::new("fax", "c.fax"),
    ];
    FieldSet::new(fields, "name", "create_time desc")
}

fn order(text: &str) -> String {
    let (fields, mut sql) = (fields(), QueryBuilder::new(""));
    OrderBy::parse(text, &fields).unwrap().push_order(&mut sql);
    sql.into_string()
}

/// The condition for rows after one.
fn after(text: &str) -> String {
    let (fields, mut sql) = (fields(), QueryBuilder::new(""));
    let order = OrderBy::parse(text, &fields).unwrap();
    let cursor = order.cursor(&(7, "Gonçalves".to_owned(), String::new()));
    order.push_after(&cursor, &mut sql).unwrap();
    sql.into_string()
}

#[test]
fn the_id_ends_every_order_in_the_direction_before_it() {
    assert_eq!(order(""), "c.created_at desc, c.customer_id desc");
    assert_eq!(order("last_name"), "c.last_name, c.customer_id");
    assert_eq!(order("name desc"), "c.customer_id desc");
    assert_eq!(order("update_time"), "t.updated_at, t.customer_id", "of the table whose index it is");
    assert_eq!(
        order(" last_name  asc ,create_time   desc"),
        "c.last_name, c.created_at desc, c.customer_id desc"
    );
}

#[test]
fn fields_are_taken_in_both_spellings_and_directions_in_any_case() {
    assert_eq!(order("lastName, createTime DESC"), order("last_name asc, create_time desc"));
    assert_eq!(order("lastName ASC,create_time Desc"), order("last_name, create_time desc"));
}

#[test]
fn wrong_orders_are_refused_with_the_reason() {
    let fields = fields();
    let none = "names a field that is none of name, create_time, last_name, company, update_time";
    for (text, description) in [
        ("nickname", none),
        ("fax", none),
        ("c.last_name", none),
        ("last_name,", none),
        ("Last_Name", none),
        ("last_name,lastName desc", "names last_name twice"),
        ("last_name down", "has something else than asc, desc or a comma after last_name"),
        ("last_name desc desc", "has something else than asc, desc or a comma after last_name"),
        ("last_name; drop table customer", none),
    ] {
        let violation = OrderBy::parse(text, &fields).unwrap_err();
        assert_eq!(violation, Violation::new("order_by", description), "{text}");
    }
}

#[test]
fn one_direction_compares_rows() {
    assert_eq!(after("last_name"), "((c.last_name, c.customer_id) > ($1, $2))");
    assert_eq!(
        after("last_name desc, company desc"),
        "((c.last_name, coalesce(c.company, ''), c.customer_id) < ($1, $2, $3))"
    );
}

#[test]
fn two_directions_compare_field_by_field_from_a_bound() {
    assert_eq!(
        after("last_name, create_time desc"),
        "(c.last_name >= $1 and ((c.last_name > $2) \
         or (c.last_name = $3 and c.created_at < $4) \
         or (c.last_name = $5 and c.created_at = $6 and c.customer_id < $7)))"
    );
}

#[test]
fn a_cursor_is_good_for_its_order_only() {
    let fields = fields();
    let row = (7, "Gonçalves".to_owned(), String::new());
    let cursor = OrderBy::parse("last_name", &fields).unwrap().cursor(&row);
    let text = serde_json::to_string(&cursor).unwrap();
    let cursor: Cursor = serde_json::from_str(&text).unwrap();
    let after =
        |order| OrderBy::parse(order, &fields).unwrap().push_after(&cursor, &mut QueryBuilder::new(""));
    for other in ["last_name desc", "company", ""] {
        assert_eq!(after(other).unwrap_err().field, "page_token", "{other}");
    }
    assert!(after(" last_name asc").is_ok());
}

#[test]
fn keys_survive_their_way_through_a_token() {
    let id = Uuid::from_u128(7);
    let time = time::macros::datetime!(2026-11-22 09:30:00.123456 UTC);
    let keys =
        vec![Key::from("Gonçalves".to_owned()), (-7).into(), time.date().into(), time.into(), id.into()];
    let text = serde_json::to_vec(&keys).unwrap();
    assert_eq!(serde_json::from_slice::<Vec<Key>>(&text).unwrap(), keys);
}
