use super::*;
use std::collections::HashSet;

fn rules(code: &str) -> &'static AddressRules {
    AddressRules::of(Country::parse(code).unwrap())
}

fn broken(code: &str, city: &str, region: &str, postal_code: &str) -> Vec<String> {
    let breaches = rules(code).check(city, region, postal_code);
    breaches.into_iter().map(|it| format!("{} {}", it.part.field(), it.description)).collect()
}

#[test]
fn every_country_has_rules_and_the_data_says_whose_work_it_is() {
    let (with_rules, all) = (AddressRules::all().iter().map(AddressRules::country), Country::all());
    assert_eq!(with_rules.collect::<Vec<_>>(), all.collect::<Vec<_>>());
    assert_eq!((rules("XK").display_name(), rules("CI").display_name()), ("Kosovo", "Côte d’Ivoire"));
    assert!(AddressRules::notice().contains("Google") && AddressRules::notice().contains("CC BY 4.0"));
}

#[test]
fn every_example_of_a_postal_code_matches_the_pattern_of_its_country_and_is_kept_as_it_is() {
    let with_postal_codes = AddressRules::all().iter().filter(|rules| !rules.pattern.is_empty());
    for rules in with_postal_codes.clone() {
        for example in rules.postal_code_examples() {
            assert_eq!(rules.canonical_postal_code(example).as_deref(), Some(*example), "{}", rules.code);
        }
        let plain = rules.pattern.contains('\\');
        assert!(!rules.examples.is_empty() && !plain, "{}", rules.code);
    }
    assert!(with_postal_codes.count() > 170);
}

#[test]
fn postal_codes_are_taken_however_they_are_typed_and_kept_in_one_form() {
    for (code, typed, kept) in [
        ("GB", "sw1a1aa", "SW1A 1AA"),
        ("GB", "SW1A  1AA", "SW1A 1AA"),
        ("GB", "m2-5bq", "M2 5BQ"),
        ("GB", "ec1a1hq", "EC1A 1HQ"),
        ("GB", "bfpo61", "BFPO 61"),
        ("US", "95014", "95014"),
        ("US", "221621010", "22162-1010"),
        ("US", "22162 1010", "22162-1010"),
        ("CA", "h3z2y7", "H3Z 2Y7"),
        ("NL", "1234ab", "1234 AB"),
        ("IE", "D02AF30", "D02 AF30"),
        ("CZ", "14700", "147 00"),
        ("SE", "SE-11455", "114 55"),
        ("FR", "75 008", "75008"),
        ("PL", "00950", "00-950"),
        ("BR", "40301110", "40301-110"),
        ("PT", "2725 079", "2725-079"),
        ("JP", "〒１５４－００２３", "154-0023"),
        ("JP", "1540023", "154-0023"),
        ("DE", "D-53111", "53111"),
        ("DE", "５３１１１", "53111"),
        ("HU", "H-1073", "1073"),
        ("LI", "FL 9490", "9490"),
        ("LV", "1010", "LV-1010"),
        ("LV", "lv 1010", "LV-1010"),
        ("AD", "500", "AD500"),
        ("KY", "ky11100", "KY1-1100"),
        ("MT", "bzn1130", "BZN 1130"),
        ("IR", "1193612345", "11936-12345"),
        ("EG", "١٢٤١١", "12411"),
        ("PE", "lima 23", "LIMA 23"),
        ("BH", "1012", "1012"),
        // no country with postal codes of a form
        ("HK", "999077", "999077"),
    ] {
        assert_eq!(rules(code).canonical_postal_code(typed).as_deref(), Some(kept), "{code} {typed}");
    }
    for (code, typed) in [
        ("US", "9501"),
        ("US", "95014-10"),
        ("GB", "SW1A"),
        ("GB", "12345"),
        ("DE", "5311"),
        ("DE", "531111"),
        ("CA", "D3Z 2Y7"),
        ("SG", "04861"),
        ("XK", "80000"),
        ("BH", "1312"),
        ("IE", "Dublin 2"),
        ("FR", ""),
    ] {
        assert_eq!(rules(code).canonical_postal_code(typed), None, "{code} {typed}");
    }
}

#[test]
fn a_region_is_found_by_code_or_name_in_any_language_of_the_country_case_and_script() {
    for (code, typed, found) in [
        ("US", "CA", "CA"),
        ("US", "california", "CA"),
        ("US", "us-ca", "CA"),
        ("US", "D.C.", "DC"),
        ("US", "AE", "AE"),
        ("US", "Washington", "WA"),
        ("CA", "Québec", "QC"),
        ("CA", "Colombie-Britannique", "BC"),
        ("ES", "bizkaia", "BI"),
        ("ES", "Madrid", "M"),
        ("MX", "Jal.", "JAL"),
        ("MX", "cdmx", "CMX"),
        ("MX", "Estado de México", "MEX"),
        ("IT", "Roma", "RM"),
        ("JP", "東京都", "13"),
        ("JP", "東京", "13"),
        ("JP", "Tokyo-to", "13"),
        ("JP", "京都", "26"),
        ("JP", "Kyoto Prefecture", "26"),
        ("KR", "서울시", "11"),
        ("KR", "Seoul", "11"),
        ("CN", "Guangdong", "44"),
        ("CN", "北京", "11"),
        ("CN", "Beijing", "11"),
        ("TW", "臺北市", "TPE"),
        ("AE", "Dubai", "DU"),
        ("EG", "Cairo", "C"),
        ("IE", "County Cork", "CO"),
        ("IE", "Cork", "CO"),
        ("TR", "AGRI", "04"),
        ("VN", "Dong Nai", "39"),
        ("UA", "Львівська область", "46"),
        ("RU", "Moscow", "MOW"),
        ("TH", "Chiang Mai", "50"),
        ("IN", "Andaman and Nicobar Islands", "AN"),
    ] {
        assert_eq!(rules(code).find_region(typed).map(|it| it.code), Some(found), "{code} {typed}");
    }
    for (code, typed) in
        [("US", "Bavaria"), ("US", "state"), ("JP", "府"), ("TW", "Hsinchu"), ("CA", "CA"), ("DE", "BY")]
    {
        assert!(rules(code).find_region(typed).is_none(), "{code} {typed}");
    }
}

#[test]
fn every_region_is_found_by_each_of_its_own_names() {
    for rules in AddressRules::all() {
        let mut codes = HashSet::new();
        for region in rules.regions() {
            for name in
                [region.code, region.name, region.latin_name(), region.written(true), region.written(false)]
            {
                let found = rules.find_region(name).map(|it| it.name);
                assert!(name.is_empty() || found == Some(region.name), "{} {name}", rules.code);
            }
            assert!(region.code.is_empty() || codes.insert(region.code), "{} {}", rules.code, region.code);
        }
    }
}

#[test]
fn what_breaks_a_rule_is_named_by_the_countrys_own_word_with_an_example() {
    assert_eq!(
        broken("US", "", "", ""),
        [
            "city is needed in US: the city",
            "region is needed in US: the state, such as Alabama (AL)",
            "postal_code is needed in US: the ZIP code, such as 95014 or 22162-1010",
        ]
    );
    assert_eq!(
        broken("US", "Cupertino", "Bavaria", "9501"),
        [
            "region is no state of US: expected one such as Alabama (AL)",
            "postal_code is no ZIP code of US: expected one such as 95014 or 22162-1010",
        ]
    );
    assert_eq!(broken("GB", "", "", "SW1Y 4JH"), ["city is needed in GB: the post town"]);
    assert_eq!(
        broken("JP", "", "", "100-0001"),
        ["region is needed in JP: the prefecture, such as Hokkaido (01)"]
    );
    assert_eq!(
        broken("IN", "Delhi", "Delhi", "1100"),
        ["postal_code is no PIN code of IN: expected one such as 110034 or 110001"]
    );
    assert_eq!(
        broken("IE", "Cork", "", "T12"),
        ["postal_code is no Eircode of IE: expected one such as A65 F4E2"]
    );
    assert_eq!(broken("HK", "", "", ""), ["region is needed in HK: the area, such as Kowloon"]);
}

#[test]
fn a_country_asks_for_nothing_that_it_does_not_use_and_takes_it_all_the_same() {
    for (code, city, region, postal_code) in [
        ("HK", "", "Kowloon", ""),
        ("SG", "", "", "048616"),
        ("SG", "Singapore", "Singapore", "048616"),
        ("MC", "", "", "98000"),
        ("PA", "Panamá", "", ""),
        ("PA", "Panamá", "Panamá", "0801"),
        ("DE", "München", "Bayern", "80331"),
        ("AE", "Dubai", "Dubai", ""),
        ("VA", "", "", ""),
    ] {
        assert_eq!(broken(code, city, region, postal_code), Vec::<String>::new(), "{code} {city}");
    }
}

fn written(code: &str, [line1, city, region, postal_code]: [&str; 4]) -> String {
    let recipient = "Kim";
    let texts = Texts { recipient, line1, city, region, postal_code, ..Texts::default() };
    rules(code).write(&texts).join("\n")
}

#[test]
fn addresses_are_written_as_is_usual_in_their_country() {
    for (code, parts, expected) in [
        (
            "US",
            ["1 Infinite Loop", "Cupertino", "california", "95014"],
            "Kim\n1 Infinite Loop\nCupertino, CA 95014",
        ),
        ("US", ["1 Infinite Loop", "Cupertino", "", "95014"], "Kim\n1 Infinite Loop\nCupertino 95014"),
        ("US", ["1 Infinite Loop", "", "CA", ""], "Kim\n1 Infinite Loop\nCA"),
        (
            "GB",
            ["12 St James's Square", "London", "", "SW1Y 4JH"],
            "Kim\n12 St James's Square\nLondon\nSW1Y 4JH",
        ),
        ("DE", ["Weg 1", "Bonn", "", "53111"], "Kim\nWeg 1\n53111 Bonn"),
        ("DE", ["Weg 1", "Bonn", "Nordrhein-Westfalen", ""], "Kim\nWeg 1\nBonn"),
        ("CH", ["Weg 1", "Bern", "", "3030"], "Kim\nWeg 1\nCH-3030 Bern"),
        ("CH", ["Weg 1", "Bern", "", ""], "Kim\nWeg 1\nBern"),
        (
            "GG",
            ["1 High Street", "St Peter Port", "", "GY1 1AA"],
            "Kim\n1 High Street\nSt Peter Port\nGUERNSEY\nGY1 1AA",
        ),
        ("SG", ["1 Raffles Place", "Singapore", "", "048616"], "Kim\n1 Raffles Place\nSINGAPORE 048616"),
        ("SG", ["1 Raffles Place", "Jurong", "", "048616"], "Kim\n1 Raffles Place\nJurong\nSINGAPORE 048616"),
        ("AE", ["Street 1", "Dubai", "dubai", ""], "Kim\nStreet 1\nDubai"),
        ("PR", ["1 Calle Sol", "San Juan", "", "00930"], "Kim\n1 Calle Sol\nSan Juan PR 00930"),
        ("AZ", ["Street 1", "Baku", "", ""], "Kim\nStreet 1\nAZ Baku"),
        ("BR", ["Rua A, 1", "São Paulo", "São Paulo", "01310-100"], "Kim\nRua A, 1\nSão Paulo-SP\n01310-100"),
        ("JP", ["丸の内1-1", "千代田区", "Tokyo", "100-0001"], "〒100-0001\n東京都千代田区\n丸の内1-1\nKim"),
        (
            "JP",
            ["1-1 Marunouchi", "Chiyoda-ku", "東京都", "100-0001"],
            "Kim\n1-1 Marunouchi\nChiyoda-ku, Tokyo\n100-0001",
        ),
        ("HK", ["皇后大道中1號", "", "Hong Kong Island", ""], "香港島\n皇后大道中1號\nKim"),
        ("HU", ["Erzsébet krt. 58.", "Budapest", "", "1073"], "Kim\nBudapest\nErzsébet krt. 58.\n1073"),
        ("GT", ["Calle 1", "Guatemala", "", "01501"], "Kim\nCalle 1\n01501- Guatemala"),
    ] {
        assert_eq!(written(code, parts), expected, "{code}");
    }
}

#[test]
fn an_address_is_written_in_one_line_as_its_script_separates() {
    let one = |code: &str, line1, city, region, postal_code| {
        rules(code).write_in_line(&Texts { line1, line2: "", city, region, postal_code, ..Texts::default() })
    };
    assert_eq!(
        one("US", "1 Infinite Loop", "Cupertino", "CA", "95014"),
        "1 Infinite Loop, Cupertino, CA 95014"
    );
    assert_eq!(
        one("JP", "丸の内1-1", "千代田区", "東京都", "100-0001"),
        "〒100-0001 東京都千代田区 丸の内1-1"
    );
    assert_eq!(one("EG", "شارع النيل ١", "القاهرة", "", ""), "شارع النيل ١، القاهرة");
}

#[test]
fn every_part_that_a_country_asks_for_has_a_place_in_its_form() {
    for rules in AddressRules::all() {
        for in_latin in [false, true] {
            let fields: Vec<_> = rules.form(in_latin).flatten().collect();
            assert_eq!(
                fields.iter().collect::<HashSet<_>>().len(),
                fields.len(),
                "{} {fields:?}",
                rules.code
            );
            for part in Part::ALL {
                assert!(!rules.requires(part) || fields.contains(&part.field()), "{} {part:?}", rules.code);
            }
            assert!(
                ["recipient", "company", "line1", "line2"].iter().all(|it| fields.contains(it)),
                "{}",
                rules.code
            );
        }
    }
    assert_eq!(
        rules("US").form(true).collect::<Vec<_>>(),
        [vec!["recipient"], vec!["company"], vec!["line1", "line2"], vec!["city", "region", "postal_code"]]
    );
}
