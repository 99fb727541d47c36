//! Customers that match, as callers ask for them.

use crate::store::{FIELDS, list::Selection};
use patron_chassis::{principal::Scope, status::Problem};
use patron_proto::profile::v1::CustomerMatch;
use patron_values::{fields::Fields, filter::Filter, search::query::Query, time_of};

/// Those in `scope` that match. Fails with all that is wrong; fields are named as in [`CustomerMatch`].
pub fn parse(scope: Scope, matching: &CustomerMatch) -> Result<Selection, Problem> {
    let mut fields = Fields::default();
    let query = fields.keep("query", Query::parse(&matching.query));
    let mut time = |field, at: Option<&prost_types::Timestamp>| {
        at.and_then(|at| fields.keep(field, time_of(at).ok_or("is not a time between the years 1 and 9999")))
    };
    let created_from = time("create_time_from", matching.create_time_from.as_ref());
    let created_before = time("create_time_before", matching.create_time_before.as_ref());
    fields.into_result().map_err(Problem::from)?;
    let filter = Filter::parse(&matching.filter, FIELDS.fields())?;
    Ok(Selection { scope, query: query.unwrap_or_default(), filter, created_from, created_before })
}
