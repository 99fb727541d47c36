//! What stands in the files.

use super::{export, known, of, open, rows};
use crate::fixture::Fixture;
use patron_profile::export::column_names;
use patron_proto::{profile::v1::customer_export::Format, r#type::v1::Attachment};
use std::io::Read as _;
use tonic::Code;

#[tokio::test]
async fn a_table_holds_what_customers_are_reached_by_and_nothing_that_a_spreadsheet_runs() {
    let fixture = Fixture::new().await;
    let created = known(&fixture).await;
    let table = rows(&export(&fixture, fixture.staff(of(Format::Csv, &[]))).await.unwrap());
    assert_eq!(table.len(), 2);
    let cell = |name: &str| {
        let place = table[0].iter().position(|header| header == name).unwrap_or_else(|| panic!("no {name}"));
        table[1][place].as_str()
    };
    for (name, expected) in [
        ("number", created.number.as_str()),
        ("first_name", "Luís"),
        ("company", "'=cmd|' /C calc'!A0"),
        ("mobile_phone", "+49 1512 3456789"),
        ("assigned_staff", "Jane Peacock"),
        ("primary_group", "Wholesale"),
        ("groups", "Wholesale"),
        ("status", "active"),
        ("shipping_line1", "Herrengasse 2"),
        ("shipping_line2", "Top 4"),
        ("shipping_postal_code", "8010"),
        ("billing_line1", "'-7 Annenstraße"),
        ("other_addresses", "Hauptplatz 1, Graz, 8010, AT"),
        ("fax", ""),
    ] {
        let shown = if name == "mobile_phone" { cell(name).replace(' ', "") } else { cell(name).to_owned() };
        let expected = if name == "mobile_phone" { "+4915112345678".to_owned() } else { expected.to_owned() };
        assert_eq!(shown, expected, "{name}");
    }
    assert!(cell("mobile_phone").starts_with("+49 "), "its digits stand in groups");

    let chosen = of(Format::Csv, &["jobTitle", "last_name"]);
    let file = export(&fixture, fixture.staff(chosen)).await.unwrap();
    assert_eq!(
        String::from_utf8(file).unwrap(),
        "\u{feff}job_title,last_name\r\n\"Buyer, \"\"senior\"\"\",Gonçalves\r\n"
    );
}

#[tokio::test]
async fn a_line_of_json_is_the_customer_as_the_api_has_it_with_their_addresses() {
    let fixture = Fixture::new().await;
    let created = known(&fixture).await;
    let file = export(&fixture, fixture.staff(of(Format::JsonLines, &[]))).await.unwrap();
    let lines: Vec<serde_json::Value> = file
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!(
        (&line["name"], &line["company"]),
        (&created.name.clone().into(), &created.company.clone().into())
    );
    assert_eq!(
        (&line["department"], &line["status"]),
        (&"".into(), &"STATUS_ACTIVE".into()),
        "as everywhere"
    );
    assert_eq!(line["addresses"][1]["line1"], "Herrengasse 2");
    let file = export(&fixture, fixture.staff(of(Format::JsonLines, &["name"]))).await.unwrap();
    let line: serde_json::Value = serde_json::from_slice(&file).unwrap();
    assert_eq!((&line["lastName"], line.get("addresses")), (&"Gonçalves".into(), None));
}

#[tokio::test]
async fn a_workbook_holds_texts_as_they_are() {
    let fixture = Fixture::new().await;
    known(&fixture).await;
    let columns = of(Format::Xlsx, &["last_name", "fax", "company", "job_title"]);
    let mut stream = open(&fixture, fixture.staff(columns)).await.unwrap();
    let first = stream.message().await.unwrap().unwrap();
    assert_eq!(first.content_type, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    let name = first.extensions[0].to_msg::<Attachment>().unwrap().file_name;
    assert!(name.strip_suffix(".xlsx").is_some_and(|stem| stem.starts_with("customers-20")), "{name}");
    let mut file = first.data.to_vec();
    while let Some(part) = stream.message().await.unwrap() {
        file.extend(part.data);
    }
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file)).unwrap();
    let mut sheet = String::new();
    archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
    let cell = |text: &str| format!(r#"<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>"#);
    let row =
        [cell("Gonçalves"), "<c/>".into(), cell("=cmd|' /C calc'!A0"), cell("Buyer, \"senior\"")].concat();
    assert!(sheet.ends_with(&format!("<row>{row}</row></sheetData></worksheet>")), "{sheet}");
    assert!(archive.by_name("[Content_Types].xml").is_ok());
}

#[tokio::test]
async fn files_have_every_column_that_the_contract_promises_and_no_other() {
    let contract = include_str!("../../../../../proto/patron/profile/v1/customer_export_service.proto");
    let comment = contract.split("any of ").nth(1).unwrap().split(". Names are taken").next().unwrap();
    let promised: Vec<&str> = comment.split([',', ' ', '\n', '/']).filter(|it| !it.is_empty()).collect();
    assert_eq!(column_names().collect::<Vec<_>>(), promised);
    let fixture = Fixture::new().await;
    known(&fixture).await;
    let table = rows(&export(&fixture, fixture.staff(of(Format::Csv, &promised))).await.unwrap());
    assert_eq!((table.len(), table[0].len(), table[1].len()), (2, promised.len() + 18, promised.len() + 18));
    let unknown = export(&fixture, fixture.staff(of(Format::Csv, &["shoe_size", "number", "number"]))).await;
    assert_eq!(unknown.unwrap_err().code(), Code::InvalidArgument);
}
