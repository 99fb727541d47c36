//! A workbook of Excel (ECMA-376) with one sheet, written as it comes: the parts that say what it is, and the sheet as the last one.
//!
//! Every cell is an inline string, which no spreadsheet runs as a formula or takes for a number.

use super::{cell::Cell, encoder::Page};
use std::{
    io::{self, Write as _},
    mem,
    sync::{Arc, Mutex, PoisonError},
};
use zip::{CompressionMethod, ZipWriter, result::ZipResult, write::SimpleFileOptions, write::StreamWriter};

/// Customers in one sheet: Excel has 1,048,576 rows, the first for the names of the columns.
pub(super) const MOST_ROWS: usize = 1_048_575;

/// UTF-16 units of a cell, as many as Excel takes. What is longer, such as dozens of addresses, is cut.
const MOST_UNITS: usize = 32_767;

/// The parts that are the same for all, by their paths.
const PARTS: [(&str, &str); 5] = [
    (
        "[Content_Types].xml",
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#,
    ),
    (
        "_rels/.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Customers" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#,
    ),
    // style 1 is that of the first row
    (
        "xl/styles.xml",
        r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"#,
    ),
];

const SHEET: &str = "xl/worksheets/sheet1.xml";
const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
/// The first row stays while one scrolls.
const SHEET_BEGINS: &str = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultColWidth="18" defaultRowHeight="15"/><sheetData>"#;
const SHEET_ENDS: &str = "</sheetData></worksheet>";

/// Writes such a workbook.
pub(super) struct Xlsx {
    cells: Vec<Cell>,
    archive: ZipWriter<StreamWriter<Sink>>,
    sink: Sink,
    rows: usize,
}

/// Where the archive puts its bytes until they are fetched.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn drain(&self, out: &mut Vec<u8>) {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        out.extend(mem::take(&mut *bytes));
    }
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Xlsx {
    pub(super) fn new(cells: Vec<Cell>) -> Self {
        let sink = Sink::default();
        Self { cells, archive: ZipWriter::new_stream(sink.clone()), sink, rows: 0 }
    }

    pub(super) fn begin(&mut self, out: &mut Vec<u8>) -> ZipResult<()> {
        // The least compression that is one: these are texts, and time counts for more.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1));
        for (path, content) in PARTS {
            self.archive.start_file(path, options)?;
            self.archive.write_all(DECLARATION.as_bytes())?;
            self.archive.write_all(content.as_bytes())?;
        }
        self.archive.start_file(SHEET, options)?;
        let mut xml = format!("{DECLARATION}{SHEET_BEGINS}<row>");
        for cell in &self.cells {
            write_cell(&cell.header, r#" s="1""#, &mut xml);
        }
        xml.push_str("</row>");
        self.archive.write_all(xml.as_bytes())?;
        self.sink.drain(out);
        Ok(())
    }

    /// Fails where there are more rows than a sheet has, or than 4 GiB of it.
    pub(super) fn rows(&mut self, page: &Page, out: &mut Vec<u8>) -> ZipResult<()> {
        let (mut xml, mut text) = (String::new(), String::new());
        for row in page.rows() {
            self.rows += 1;
            if self.rows > MOST_ROWS {
                return Err(io::Error::other("a sheet has no more rows").into());
            }
            xml.clear();
            xml.push_str("<row>");
            for cell in &self.cells {
                text.clear();
                cell.write(&row, &mut text);
                write_cell(&text, "", &mut xml);
            }
            xml.push_str("</row>");
            self.archive.write_all(xml.as_bytes())?;
        }
        self.sink.drain(out);
        Ok(())
    }

    pub(super) fn finish(mut self, out: &mut Vec<u8>) -> ZipResult<()> {
        self.archive.write_all(SHEET_ENDS.as_bytes())?;
        self.archive.finish()?;
        self.sink.drain(out);
        Ok(())
    }
}

/// A cell: an empty one keeps the place of its column.
fn write_cell(text: &str, style: &str, xml: &mut String) {
    if text.is_empty() {
        xml.push_str("<c/>");
        return;
    }
    xml.push_str("<c");
    xml.push_str(style);
    xml.push_str(r#" t="inlineStr"><is><t xml:space="preserve">"#);
    let mut units = 0;
    for (place, letter) in text.char_indices() {
        units += letter.len_utf16();
        if units > MOST_UNITS {
            break;
        }
        match letter {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            // `_x0041_` is how Excel writes what XML cannot hold: meant as text, its first sign is written so itself
            '_' if text[place..].starts_with("_x") => xml.push_str("_x005F_"),
            // what XML cannot hold
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            letter => xml.push(letter),
        }
    }
    xml.push_str("</t></is></c>");
}
