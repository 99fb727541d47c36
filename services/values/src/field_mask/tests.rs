use super::*;
use patron_proto::{
    address::v1::Address, google::rpc::ErrorInfo, identity::v1::Staff, profile::v1::Customer,
    r#type::v1::PhoneNumber,
};

fn mask(paths: &[&str]) -> prost_types::FieldMask {
    prost_types::FieldMask { paths: paths.iter().map(ToString::to_string).collect() }
}

fn parse(paths: &[&str]) -> Result<FieldMask, Vec<Violation>> {
    FieldMask::parse(Some(&mask(paths)), &Customer::default())
}

fn customer() -> Customer {
    Customer {
        name: "customers/1".into(),
        number: "100042".into(),
        etag: "x".into(),
        last_name: "Gonçalves".into(),
        work_phone: Some(PhoneNumber::default()),
        ..Default::default()
    }
}

#[test]
fn paths_are_taken_in_both_spellings() {
    let read = parse(&["lastName", "work_phone.extension", "mobilePhone.regionCode", "last_name"]).unwrap();
    assert_eq!(
        read.paths().collect::<Vec<_>>(),
        ["last_name", "mobile_phone.region_code", "work_phone.extension"]
    );
}

#[test]
fn a_field_contains_its_parts_and_parts_their_field() {
    let read = parse(&["work_phone", "fax.extension"]).unwrap();
    for path in ["work_phone", "work_phone.extension", "fax", "fax.extension"] {
        assert!(read.contains(path), "{path}");
    }
    for path in ["fax.number", "work", "work_phone_2", "last_name"] {
        assert!(!read.contains(path), "{path}");
    }
}

#[test]
fn a_missing_mask_means_every_field_with_a_value() {
    for empty in [None, Some(mask(&[]))] {
        let read = FieldMask::parse(empty.as_ref(), &customer()).unwrap();
        assert_eq!(read.paths().collect::<Vec<_>>(), ["last_name", "work_phone"]);
    }
    assert_eq!(FieldMask::parse(None, &Customer::default()).unwrap().paths().next(), None);
}

#[test]
fn a_star_means_every_field_that_callers_write() {
    let read = FieldMask::parse(Some(&mask(&["*"])), &Address::default()).unwrap();
    assert!(read.contains("line2") && read.contains("uses"));
    for path in ["name", "etag", "create_time", "update_time"] {
        assert!(!read.contains(path), "{path}");
    }
}

#[test]
fn paths_to_nothing_are_refused_all_at_once() {
    let violations = parse(&[
        "last_name",
        "nickname",
        "email.host",
        "assigned_staff.0",
        "fax.number.x",
        "",
        "work_phone.*",
    ])
    .unwrap_err();
    let descriptions: Vec<&str> = violations.iter().map(|violation| violation.description.as_str()).collect();
    assert_eq!(
        descriptions,
        [
            "names a field that Customer does not have",
            "names a part of email, which has none",
            "names a part of assigned_staff, which has none",
            "names a part of fax.number, which has none",
            "names a field that Customer does not have",
            "names a field that work_phone does not have",
        ]
    );
    assert!(violations.iter().all(|violation| violation.field == MASK));
}

#[test]
fn what_addresses_the_resource_is_not_written() {
    assert_eq!(parse(&["name", "etag"]).unwrap().fields().count(), 0);
}

#[test]
fn fields_of_the_service_pass_unchanged_and_are_refused_changed() {
    let read = parse(&["last_name", "number", "work_phone.unassigned"]).unwrap();
    assert_eq!(read.paths().collect::<Vec<_>>(), ["last_name"]);
    assert_eq!(read.check_fixed(&customer(), &customer()), Ok(()));
    let changed = Customer { number: "1".into(), ..customer() };
    let refused = [Violation::new(
        MASK,
        "includes number, which cannot be changed and is not what was sent: leave it out, or name the fields to change",
    )];
    assert_eq!(read.check_fixed(&customer(), &changed).unwrap_err(), refused);
    let extended = PhoneNumber { extension: "12".into(), ..Default::default() };
    let extended = Customer { work_phone: Some(extended), ..customer() };
    assert_eq!(read.check_fixed(&customer(), &extended), Ok(()));
    for paths in [&["*"][..], &[]] {
        let read = |sent: &Customer| FieldMask::parse(Some(&mask(paths)), sent).unwrap();
        assert_eq!(read(&changed).check_fixed(&customer(), &changed).unwrap_err(), refused, "{paths:?}");
        let left_out = Customer { number: String::new(), ..customer() };
        let read_before =
            Customer { last_sign_in_time: Some(prost_types::Timestamp::default()), ..customer() };
        for sent in [customer(), left_out, read_before] {
            assert_eq!(read(&sent).check_fixed(&customer(), &sent), Ok(()), "{paths:?}");
        }
    }
}

#[test]
fn an_entry_of_a_map_is_named_by_its_key() {
    let parse = |path: &str| FieldMask::parse(Some(&mask(&[path])), &ErrorInfo::default());
    for (path, written) in [
        ("metadata.size", "metadata.size"),
        ("metadata.`size`", "metadata.size"),
        ("metadata.`a b.c`", "metadata.`a b.c`"),
    ] {
        let read = parse(path).unwrap();
        assert_eq!(read.paths().collect::<Vec<_>>(), [written]);
        assert!(read.contains("metadata") && read.contains(written) && !read.contains("metadata.other"));
        assert_eq!(read.fields().collect::<Vec<_>>(), ["metadata"]);
    }
    let refused = parse("metadata.size.x").unwrap_err();
    assert_eq!(refused, [Violation::new(MASK, "names a part of metadata.size, which has none")]);
}

#[test]
fn immutable_fields_cannot_be_changed_however_the_mask_names_them() {
    let staff = |username: &str| Staff { username: username.into(), ..Default::default() };
    for paths in [&["username"][..], &["*"], &[]] {
        let read = FieldMask::parse(Some(&mask(paths)), &staff("b")).unwrap();
        assert!(!read.contains("username"));
        assert_eq!(read.check_fixed(&staff("a"), &staff("a")), Ok(()));
        assert_eq!(read.check_fixed(&staff("a"), &staff("b")).unwrap_err().len(), 1, "{paths:?}");
    }
    let unnamed = FieldMask::parse(Some(&mask(&["role"])), &staff("b")).unwrap();
    assert_eq!(unnamed.check_fixed(&staff("a"), &staff("b")), Ok(()));
}
