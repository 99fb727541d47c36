use crate::{
    selection,
    store::{
        FIELDS,
        list::{self, Count},
    },
};
use patron_chassis::{pg::Database, principal::Principal, status::Problem};
use patron_proto::profile::v1::{Customer, CustomerMatch, ListCustomersRequest, ListCustomersResponse};
use patron_values::{
    order_by::{Cursor, OrderBy},
    page::Page,
    seal::Seal,
};

/// One page of customers, counted where it is the first or where that is asked for.
pub(super) async fn list(
    database: &Database,
    seal: &Seal,
    principal: &Principal,
    request: &ListCustomersRequest,
) -> Result<ListCustomersResponse, Problem> {
    let matching = CustomerMatch {
        query: request.query.clone(),
        filter: request.filter.clone(),
        create_time_from: request.create_time_from,
        create_time_before: request.create_time_before,
    };
    let selection = selection::parse(principal.known_scope()?, &matching)?;
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
