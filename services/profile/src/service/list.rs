use crate::store::{
    FIELDS,
    list::{self, Count, Selection},
};
use patron_chassis::{pg::Database, principal::Principal, status::Problem};
use patron_proto::profile::v1::{Customer, ListCustomersRequest, ListCustomersResponse};
use patron_values::{
    fields::Fields,
    filter::Filter,
    order_by::{Cursor, OrderBy},
    page::Page,
    seal::Seal,
    search::query::Query,
    time_of,
};

/// One page of customers, counted where it is the first or where that is asked for.
pub(super) async fn list(
    database: &Database,
    seal: &Seal,
    principal: &Principal,
    request: &ListCustomersRequest,
) -> Result<ListCustomersResponse, Problem> {
    let selection = selection(principal, request)?;
    let order = OrderBy::parse(&request.order_by, &FIELDS)?;
    let page = Page::<Cursor>::parse(request, &principal.to_string(), seal)?;
    let counting = async {
        let wanted = page.after().is_none() || request.count_total_size;
        if wanted { list::count_in_time(database, &selection).await } else { Ok(None) }
    };
    let listing = list::list(database, &selection, &order, page.after(), page.limit());
    let (customers, count) = futures::join!(listing, counting);
    let (mut customers, count) = (customers?, count?);
    let next_page_token = page.finish(&mut customers, |last| order.cursor(last));
    let (total_size, total_size_estimated) = match count {
        None => (0, false),
        Some(Count::Exact(size)) => (size, false),
        Some(Count::Estimated(size)) => (size, true),
    };
    Ok(ListCustomersResponse {
        customers: customers.iter().map(Customer::from).collect(),
        next_page_token,
        total_size: i32::try_from(total_size).unwrap_or(i32::MAX),
        total_size_estimated,
    })
}

/// Which customers a request is for.
pub(super) fn selection(principal: &Principal, request: &ListCustomersRequest) -> Result<Selection, Problem> {
    let mut fields = Fields::default();
    let query = fields.keep("query", Query::parse(&request.query));
    let mut time = |field, at: Option<&prost_types::Timestamp>| {
        at.and_then(|at| fields.keep(field, time_of(at).ok_or("is not a time between the years 1 and 9999")))
    };
    let created_from = time("create_time_from", request.create_time_from.as_ref());
    let created_before = time("create_time_before", request.create_time_before.as_ref());
    fields.into_result().map_err(Problem::from)?;
    let filter = Filter::parse(&request.filter, FIELDS.fields())?;
    let scope = principal.known_scope()?;
    Ok(Selection { scope, query: query.unwrap_or_default(), filter, created_from, created_before })
}
