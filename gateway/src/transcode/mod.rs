//! t
mod codec; mod field_path; mod headers; mod json; mod path; mod query; mod reply; mod request; mod route; mod rule; mod scalar; mod schema; mod stream; mod wire; mod write;
#[cfg(test)] mod tests;
