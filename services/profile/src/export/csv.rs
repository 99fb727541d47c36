//! Comma-separated values (RFC 4180), UTF-8.
//!
//! A byte order mark comes first: without it Excel reads UTF-8 as the old code page of its country, and `José` is lost. Programs read past
//! it (`utf-8-sig` in Python), or take lines of JSON.

use super::{
    cell::{Author, Cell, Row},
    encoder::Page,
};
use csv::{Terminator, Writer, WriterBuilder};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What makes a spreadsheet run a cell where it stands first, also in the wide forms of East Asian keyboards (OWASP, CSV injection).
const RUNS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Writes such a table.
#[derive(Debug)]
pub(super) struct Csv {
    cells: Vec<Cell>,
}

impl Csv {
    pub(super) fn new(cells: Vec<Cell>) -> Self {
        Self { cells }
    }

    pub(super) fn begin(&self, out: &mut Vec<u8>) -> Result<(), csv::Error> {
        out.extend(BYTE_ORDER_MARK);
        let mut writer = writer(out);
        writer.write_record(self.cells.iter().map(|cell| &cell.header))?;
        Ok(writer.flush()?)
    }

    pub(super) fn rows(&self, page: &Page, out: &mut Vec<u8>) -> Result<(), csv::Error> {
        let (mut writer, mut text) = (writer(out), String::new());
        for row in page.rows() {
            for cell in &self.cells {
                text.clear();
                write(cell, &row, &mut text);
                writer.write_field(&text)?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        Ok(writer.flush()?)
    }
}

/// The text of a cell. What a spreadsheet would run is made text by an apostrophe before it.
fn write(cell: &Cell, row: &Row<'_>, text: &mut String) {
    cell.write(row, text);
    if cell.author == Author::Person && text.starts_with(RUNS) {
        text.insert(0, '\'');
    }
}

fn writer(out: &mut Vec<u8>) -> Writer<&mut Vec<u8>> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out)
}
