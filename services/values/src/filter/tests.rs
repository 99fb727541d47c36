use proptest::prelude::*;

use super::*;
use crate::fold;

fn fields() -> Vec<Field<()>> {
    let status = Kind::one_of([("ACTIVE", "active"), ("DISABLED", "disabled")]);
    let kinds = [
        ("last_name", "c.last_name", Kind::Text),
        ("email", "c.email_key", Kind::Folded(fold::identity)),
        ("status", "c.status", status),
        ("newsletter", "c.newsletter", Kind::Bool),
        ("number", "c.number", Kind::Integer),
        ("birth_date", "c.birth_date", Kind::Date),
        ("create_time", "c.created_at", Kind::Timestamp),
        ("primary_group", "c.primary_group", Kind::id("groups/")),
        ("groups", "c.groups", Kind::set_of(Kind::id("groups/"))),
        ("tags", "c.tags", Kind::set_of(Kind::Text)),
        ("address.city", "c.city", Kind::Text),
    ];
    let filtered = kinds.into_iter().map(|(name, column, kind)| Field::new(name, column).filtered(kind));
    filtered.chain([Field::new("fax", "c.fax")]).collect()
}

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn sql(text: &str) -> String {
    let filter = Filter::parse(text, &fields()).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}"));
    let mut sql = QueryBuilder::new("");
    filter.push(&mut sql);
    sql.into_string()
}

fn mistakes(text: &str) -> Vec<String> {
    let violations = Filter::parse(text, &fields()).expect_err(text);
    assert!(violations.iter().all(|violation| violation.field == "filter"));
    violations.into_iter().map(|violation| violation.description).collect()
}

#[test]
fn comparisons_become_sql_with_bound_values() {
    for (text, expected) in [
        ("last_name = Gonçalves", "(c.last_name = $1)"),
        ("lastName=\"O'Brien\"", "(c.last_name = $1)"),
        ("last_name = 'Gon*'", "(c.last_name like $1)"),
        ("last_name = ''", "(coalesce(c.last_name, '') = '')"),
        ("last_name != Gonçalves", "((c.last_name = $1) is not true)"),
        ("last_name:gon", "(c.last_name ilike $1)"),
        ("last_name:*", "(c.last_name <> '')"),
        ("last_name >= M", "(c.last_name >= $1)"),
        ("email = *@wp.pl", "(c.email_key like $1)"),
        ("status = ACTIVE", "(c.status = $1)"),
        ("status = STATUS_ACTIVE", "(c.status = $1)"),
        ("status != ACTIVE", "(c.status is distinct from $1)"),
        ("newsletter = true", "(c.newsletter = $1)"),
        ("newsletter:*", "(c.newsletter)"),
        ("number > -7", "(c.number > $1)"),
        ("birth_date < 2000-01-01", "(c.birth_date < $1)"),
        ("create_time >= 2026-01-01T00:00:00+01:00", "(c.created_at >= $1)"),
        ("create_time<\"2026-01-01\"", "(c.created_at < $1)"),
        (&format!("primary_group = groups/{ID}"), "(c.primary_group = $1)"),
        (&format!("primaryGroup = {ID}"), "(c.primary_group = $1)"),
        ("-primary_group:*", "((c.primary_group is not null) is not true)"),
        (&format!("groups:groups/{ID}"), "(cardinality(c.groups) > 0 and c.groups @> array[$1])"),
        ("tags:vip", "(cardinality(c.tags) > 0 and c.tags @> array[$1])"),
        ("tags:*", "(cardinality(c.tags) > 0)"),
        ("address.city = Łódź", "(c.city = $1)"),
        ("", "true"),
        ("  ", "true"),
    ] {
        assert_eq!(sql(text), expected, "{text}");
    }
}

#[test]
fn or_binds_tighter_than_and_and_a_space_is_and() {
    let (a, b, c) = ("number = 1", "number = 2", "number = 3");
    let grouped = "((c.number = $1) and ((c.number = $2) or (c.number = $3)))";
    assert_eq!(sql(&format!("{a} AND {b} OR {c}")), grouped);
    assert_eq!(sql(&format!("{a} {b} OR {c}")), grouped);
    assert_eq!(sql(&format!("{a} AND({b} OR {c})")), grouped);
    assert_eq!(
        sql(&format!("({a} AND {b}) OR {c}")),
        "(((c.number = $1) and (c.number = $2)) or (c.number = $3))"
    );
    assert_eq!(sql(&format!("{a} {b} AND {c}")), "((c.number = $1) and (c.number = $2) and (c.number = $3))");
}

#[test]
fn negation_holds_where_there_is_no_answer() {
    for text in ["NOT number = 1", "-number = 1", "NOT (number = 1)", "-(number=1)"] {
        assert!(
            sql(text).ends_with("(c.number = $1)) is not true)")
                || sql(text) == "((c.number = $1) is not true)"
        );
    }
    assert_eq!(sql("NOT -number = 1"), "(((c.number = $1) is not true) is not true)");
}

#[test]
fn several_values_of_one_field_stand_in_parentheses() {
    assert_eq!(sql("status = (ACTIVE OR DISABLED)"), "((c.status = $1) or (c.status = $2))");
    assert_eq!(sql("status != (ACTIVE OR DISABLED)"), "(((c.status = $1) or (c.status = $2)) is not true)");
    assert_eq!(
        sql("tags:(a AND NOT b)"),
        "((cardinality(c.tags) > 0 and c.tags @> array[$1]) and ((cardinality(c.tags) > 0 and c.tags @> array[$2]) is not true))"
    );
    assert_eq!(sql("number = (-1 OR 2)"), "((c.number = $1) or (c.number = $2))");
}

#[test]
fn wildcards_stand_for_any_text_and_nothing_else_does() {
    use sql::{Bound, Piece};
    for (text, bound) in [
        ("last_name = Gon*", "Gon%"),
        ("last_name = *al*", "%al%"),
        (r#"last_name = "100%_\\*""#, r"100\%\_\\%"),
        (r#"last_name = "a\*b""#, "a*b"),
        (r#"last_name = "a\*b*""#, "a*b%"),
        ("last_name:a_b", r"%a\_b%"),
        (r#"last_name = "say \"hi\"""#, "say \"hi\""),
    ] {
        let Filter(Some(Condition::Test(pieces))) = Filter::parse(text, &fields()).unwrap() else {
            panic!("{text}")
        };
        assert_eq!(pieces[1], Piece::Bind(Bound::Text(bound.to_owned())), "{text}");
    }
}

#[test]
fn mistakes_of_grammar_say_where_and_what_was_expected() {
    let field = "expected the name of a field, NOT or (";
    let operator =
        "expected one of = != < <= > >= : after the field; to find words in any field, use the query instead";
    let value = "expected a value; in quotes if it is empty or a keyword";
    for (text, description) in [
        ("Gonçalves", format!("at character 4: {operator}")),
        ("luis goncalves", format!("at character 6: {operator}")),
        ("\"luis\"", format!("at character 1: {field}")),
        ("last_name =", format!("at character 12: {value}")),
        ("last_name = AND status = ACTIVE", format!("at character 13: {value}")),
        ("last_name = a AND", format!("at character 18: {field}")),
        ("last_name = a OR OR status = ACTIVE", format!("at character 18: {field}")),
        ("(last_name = a", "at character 15: expected a )".to_owned()),
        ("last_name = a)", "at character 14: expected AND, OR or the end, found a ) too many".to_owned()),
        ("last_name = \"a", "at character 15: expected a closing \"".to_owned()),
        (r#"last_name = "\a""#, "at character 15: expected \", ', \\ or * after \\".to_owned()),
        ("matches(last_name)", "at character 8: expected a comparison: there are no functions".to_owned()),
        ("()", format!("at character 2: {field}")),
        ("NOT", format!("at character 4: {field}")),
    ] {
        assert_eq!(mistakes(text), [description], "{text}");
    }
}

#[test]
fn mistakes_of_fields_and_values_are_named_all_at_once() {
    assert_eq!(
        mistakes("fax = a AND newsletter = yes OR birth_date = today status = active"),
        [
            "at character 1: expected one of the fields last_name, email, status, newsletter, number, birth_date, \
             create_time, primary_group, groups, tags, address.city",
            "at character 26: expected true or false",
            "at character 46: expected a date, such as 1962-07-14",
            "at character 61: expected ACTIVE, DISABLED",
        ]
    );
    for (text, description) in [
        ("number = 1.5", "at character 10: expected a whole number"),
        ("create_time > soon", "at character 15: expected a time, such as 2026-11-22T09:30:00Z, or a date"),
        (
            // The year 10000 in UTC.
            "create_time > \"9999-12-31T23:59:59-23:59\"",
            "at character 15: expected a time, such as 2026-11-22T09:30:00Z, or a date",
        ),
        ("birth_date > -9999-01-01", "at character 14: expected a date, such as 1962-07-14"),
        ("birth_date = 1990-02-30", "at character 14: expected a date, such as 1962-07-14"),
        ("primary_group = vip", "at character 17: expected groups/{uuid}"),
        ("groups:*x", "at character 8: expected groups/{uuid}"),
        ("tags = vip", "at character 8: expected : before it: the field has several values"),
        ("tags:v*p", "at character 6: expected text without *"),
        ("status < ACTIVE", "at character 10: expected = or != before it: the field has no order"),
        ("email > a", "at character 9: expected =, != or : before it: the field has no order"),
        ("last_name > a*", "at character 13: expected text without * after <, <=, > or >="),
    ] {
        assert_eq!(mistakes(text), [description], "{text}");
    }
}

#[test]
fn size_is_limited() {
    let nested = |depth: usize| format!("{}number = 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Filter::parse(&nested(32), &fields()).is_ok());
    assert_eq!(mistakes(&nested(33)), ["at character 34: nested deeper than 32 levels"]);
    assert_eq!(
        mistakes(&format!("{}number = 1", "-".repeat(33))),
        ["at character 34: nested deeper than 32 levels"]
    );
    assert!(Filter::parse(&"number=1 ".repeat(100), &fields()).is_ok());
    assert_eq!(mistakes(&"number=1 ".repeat(101)), ["at character 901: more than 100 comparisons"]);
    assert!(Filter::parse(&format!("number = 1{}", " ".repeat(1_990)), &fields()).is_ok());
    assert_eq!(mistakes(&"x".repeat(2_001)), ["at character 2001: longer than 2000 characters"]);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(
        text in "((last_name|number|status|tags|AND|OR|NOT|-|[(]|[)]|=|!=|<|:|\\*|\"|'|1|a|ACTIVE|\\\\) ?){0,30}|.{0,40}"
    ) {
        match Filter::parse(&text, &fields()) {
            Ok(filter) => filter.push(&mut QueryBuilder::new("")),
            Err(mistakes) => prop_assert!(!mistakes.is_empty()),
        }
    }
}

#[test]
fn the_fields_of_a_filter_are_told_without_its_values() {
    let fields = fields();
    let told = |text| field_names(text, &fields);
    assert_eq!(
        told("NOT lastName = Peacock AND (status = ACTIVE OR last_name = Gon*)"),
        ["last_name", "status"]
    );
    assert_eq!(told(""), [""; 0]);
    assert_eq!(told("last_name = ("), [""; 0]);
    assert_eq!(told("shoe_size = 7"), [""; 0]);
}
