use proptest::prelude::*;

use super::*;

fn typed(number: &str) -> Result<PhoneNumber, Error> {
    PhoneNumber::from_typed(number, None, "")
}

fn typed_in(region: &str, number: &str) -> Result<PhoneNumber, Error> {
    PhoneNumber::from_typed(number, Some(Country::parse(region).unwrap()), "")
}

#[test]
fn numbers_are_read_however_they_are_typed() {
    for (number, stored) in [
        ("+55 (12) 3923-5555", "+55-12-3923-5555;region=BR"),
        ("+49 0711 2842222", "+49-711-2842222;region=DE"),
        ("+1 (514) 721-4711", "+1-514-721-4711;region=CA"),
        ("+420 2 4172 5555", "+420-241-725-555;region=CZ"),
        ("+43 01 5134505", "+43-1-5134505;region=AT"),
        ("+32 02 219 03 03", "+32-2-219-03-03;region=BE"),
        ("+351 (213) 466-111", "+351-21-346-6111;region=PT"),
        ("+33 01 49 70 65 65", "+33-1-49-70-65-65;region=FR"),
        ("+358 09 870 2000", "+358-9-8702000;region=FI"),
        ("+353 01 6792424", "+353-1-679-2424;region=IE"),
        ("+39 06 39733434", "+39-06-3973-3434;region=IT"),
        ("+34 914 454 454", "+34-914-45-44-54;region=ES"),
        ("+46 08-651 52 52", "+46-8-651-52-52;region=SE"),
        ("+44 020 7976 5722", "+44-20-7976-5722;region=GB"),
        ("0044 (0)20/7976.5722", "+44-20-7976-5722;region=GB"),
        ("tel:+44-20-7976-5722;ext=12", "+44-20-7976-5722;ext=12;region=GB"),
        ("\u{202a}+44 20 7976 5722\u{202c}", "+44-20-7976-5722;region=GB"),
        ("+61 (02) 9332 3633", "+61-2-9332-3633;region=AU"),
        ("+54 (0)11 4311 4333", "+54-11-4311-4333;region=AR"),
        ("+91 080 22289999", "+91-80-2228-9999;region=IN"),
        ("+1 650 253 0000 x12", "+1-650-253-0000;ext=12;region=US"),
        ("+800 1234 5678", "+800-1234-5678"),
    ] {
        assert_eq!(typed(number).unwrap().as_str(), stored, "{number}");
    }
    for (region, number, e164) in [
        ("GB", "020 7976 5722", "+442079765722"),
        ("GB", "0033 1 49 70 65 65", "+33149706565"),
        ("US", "(650) 253-0000", "+16502530000"),
        ("US", "011 44 20 7976 5722", "+442079765722"),
        ("US", "1-800-FLOWERS", "+18003569377"),
        ("DE", "+44 20 7976 5722", "+442079765722"),
        ("RU", "8 (495) 123-45-67", "+74951234567"),
        ("AQ", "+44 20 7976 5722", "+442079765722"),
    ] {
        assert_eq!(typed_in(region, number).unwrap().e164(), e164, "{region} {number}");
    }
}

#[test]
fn a_possible_number_of_no_assigned_range_is_kept_and_marked() {
    for (number, stored) in [
        ("+56 (0)2 635 4444", "+56-026354444;region=CL;unassigned"),
        ("+91 0124 39883988", "+91-12439883988;region=IN;unassigned"),
    ] {
        let phone = typed(number).unwrap();
        assert_eq!(phone.as_str(), stored);
        assert!(phone.is_unassigned());
    }
    assert!(!typed("+44 20 7976 5722").unwrap().is_unassigned());
}

#[test]
fn a_length_that_the_country_does_not_have_is_refused() {
    let error = typed("+453 3331 9991").unwrap_err();
    assert_eq!(error, Error::TooLong { region: Region::DK, code: 45, most: 8 });
    assert_eq!(error.to_string(), "is too long for DK (+45): at most 8 digits can follow the country code");
    assert_eq!(typed_in("US", "253-0000"), Err(Error::TooShort { region: Region::US, code: 1, least: 10 }));
    assert_eq!(typed("+44 20 7976 57"), Err(Error::WrongLength { region: Region::GB, code: 44 }));
}

#[test]
fn what_is_no_number_is_refused_with_the_reason() {
    for (number, error) in [
        ("", Error::Form),
        ("none", Error::Form),
        ("12", Error::NoCountry),
        ("call +44 20 7976 5722", Error::Form),
        ("ask for Bob", Error::Form),
        ("bob42@example.com", Error::Form),
        ("020 7976 5722", Error::NoCountry),
        ("+999 1234567", Error::UnknownCountry),
        ("+", Error::Form),
        (&"1".repeat(81), Error::Form),
    ] {
        assert_eq!(typed(number), Err(error), "{number}");
    }
}

#[test]
fn an_extension_stands_in_the_number_or_beside_it() {
    let read = |number, extension| PhoneNumber::from_typed(number, None, extension);
    assert_eq!(read("+44 20 7976 5722", "012").unwrap().extension(), Some("012"));
    assert_eq!(read("+44 20 7976 5722 ext. 12", "").unwrap().extension(), Some("12"));
    assert_eq!(read("+44 20 7976 5722 ext. 12", "12").unwrap().formatted(), "+44 20 7976 5722 ext. 12");
    assert_eq!(read("+44 20 7976 5722 ext. 12", "13"), Err(Error::TwoExtensions));
    for wrong in ["1a", "12345678", "-1"] {
        assert_eq!(read("+44 20 7976 5722", wrong), Err(Error::Extension), "{wrong}");
    }
}

#[test]
fn messages_of_the_contract_round_trip() {
    let sent =
        ProtoPhoneNumber { number: "020 7976 5722".into(), region_code: "gb".into(), ..Default::default() };
    let read = PhoneNumber::from_proto(&sent).unwrap().unwrap();
    let answered = ProtoPhoneNumber::from(&read);
    assert_eq!(answered.number, "+442079765722");
    assert_eq!(answered.region_code, "GB");
    assert_eq!(answered.formatted, "+44 20 7976 5722");
    assert_eq!(PhoneNumber::from_proto(&answered).unwrap().unwrap(), read);
    assert_eq!(PhoneNumber::from_proto(&ProtoPhoneNumber::default()), Ok(None));
    let nowhere = ProtoPhoneNumber { region_code: "ZZ".into(), ..sent };
    assert_eq!(PhoneNumber::from_proto(&nowhere), Err(Error::Region(country::Error)));
}

#[test]
fn the_stored_form_round_trips_and_nothing_else_is_one() {
    for stored in ["+442079765722", "+44-20-7976-5722;ext=12;region=GB", "+56-026354444;region=CL;unassigned"]
    {
        assert_eq!(PhoneNumber::parse(stored).unwrap().as_str(), stored);
    }
    for wrong in ["", "44", "+", "+44 20", "+44--20", "+44;ext=", "+44;ext=a", "+44;region=ZZ", "+44;other"] {
        assert!(PhoneNumber::parse(wrong).is_err(), "{wrong}");
    }
    assert_eq!(format!("{:?}", PhoneNumber::parse("+442079765722").unwrap()), "PhoneNumber(***)");
}

#[test]
fn a_part_of_a_number_typed_any_way_finds_it() {
    for (number, parts) in [
        (
            "+44 020 7976 5722",
            &[
                "020 7976",
                "(0)20 79",
                "+44 20 7976",
                "+44 (0)20 7976",
                "+44 020 7976 5722",
                "44 020 7976",
                "4 (0)20 79",
                "+440207976",
                "0044 20",
                "44207976",
                "7976-5722",
                "976.57",
                "[020]/7976",
            ][..],
        ),
        ("+39 06 39733434", &["06 397", "+39 06 397", "0039 06", "39733434", "+39 (06) 3973"]),
        ("+56 (0)2 635 4444", &["+56 (0)2 635 4444", "(0)2 635 4444", "2 635", "0056 02 635"]),
        ("+1 (514) 721-4711", &["514 721", "(514) 721-4711", "1-514", "+1 514", "721-4711"]),
        ("+54 (0)11 4311 4333", &["+54 (0)11 4311 4333", "011 4311", "+54 11"]),
        ("+46 08-651 52 52", &["08-651 52 52", "+46 08-651", "651 52"]),
        ("+351 (213) 466-111", &["+351 (213) 466-111", "213 466", "\u{202a}+351 21\u{202c}"]),
    ] {
        let digits = typed(number).unwrap().search_digits();
        for part in parts {
            let wanted = query_digits(part);
            assert!(wanted.iter().any(|wanted| digits.contains(wanted)), "{part} in {number}: {wanted:?}");
        }
    }
}

#[test]
fn what_is_no_part_of_a_number_is_not_looked_for() {
    for text in ["", "12", "020 a", "goncalves", "00", "+", "a@b.co", "+4", "(0)", "3/4"] {
        assert_eq!(query_digits(text), Vec::<String>::new(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[+0-9() xX.\\-/;=a-z＋٣]{0,30}|.{0,20}", region in 0..249_usize) {
        let region = Country::all().nth(region);
        for region in [None, region] {
            if let Ok(phone) = PhoneNumber::from_typed(&text, region, "") {
                prop_assert_eq!(&PhoneNumber::parse(phone.as_str()).unwrap(), &phone);
                let again = typed(&phone.e164()).unwrap();
                prop_assert_eq!(again.e164(), phone.e164());
            }
        }
        query_digits(&text);
    }
}
