//! An export of customers: what its file holds, and what it looks like.

mod cell;
mod column;
mod csv;
mod encoder;
mod json_lines;
mod names;
mod xlsx;

pub use self::{
    column::{Columns, names as column_names},
    encoder::{Encoder, Format, Page},
    names::Names,
};
