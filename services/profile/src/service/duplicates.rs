//! Customers who may be the same as one who is about to be created.

use crate::{
    customer::{Customer, Phones},
    store::{
        FIELDS,
        list::{self, Selection},
    },
};
use patron_chassis::{pg::Database, principal::Scope, status::Problem};
use patron_proto::profile::v1::{
    DuplicateCustomer, FindDuplicateCustomersRequest, FindDuplicateCustomersResponse,
    duplicate_customer::Reason,
};
use patron_values::{
    email::Email,
    filter::Filter,
    id::CustomerId,
    order_by::OrderBy,
    phone::PhoneNumber,
    search::{canonical, query::Query},
    text::Name,
};
use std::cmp::Reverse;

/// Customers given.
const MOST: usize = 5;
/// Customers looked at for each reason.
const LOOKED_AT: i64 = 5;

/// Finds those whom a caller with this scope may see.
pub(super) async fn find(
    database: &Database,
    scope: Scope,
    request: &FindDuplicateCustomersRequest,
    except: Option<CustomerId>,
) -> Result<FindDuplicateCustomersResponse, Problem> {
    let suspicions = suspicions(request)?;
    let looks = suspicions.iter().map(|suspicion| suspicion.look(database, scope));
    let mut found: Vec<(Customer, Vec<Reason>)> = Vec::new();
    for (suspicion, customers) in suspicions.iter().zip(futures::future::try_join_all(looks).await?) {
        for customer in customers.into_iter().filter(|customer| suspicion.holds(customer)) {
            if Some(customer.id) == except {
                continue;
            }
            match found.iter_mut().find(|(other, _)| other.id == customer.id) {
                Some((_, reasons)) if reasons.contains(&suspicion.reason()) => {}
                Some((_, reasons)) => reasons.push(suspicion.reason()),
                None => found.push((customer, vec![suspicion.reason()])),
            }
        }
    }
    found.sort_by_key(|(_, reasons)| Reverse(reasons.len()));
    found.truncate(MOST);
    let duplicates = found.iter().map(|(customer, reasons)| DuplicateCustomer {
        customer: Some(customer.into()),
        reasons: reasons.iter().map(|reason| i32::from(*reason)).collect(),
    });
    Ok(FindDuplicateCustomersResponse { duplicates: duplicates.collect() })
}

/// What a duplicate would have in common.
enum Suspicion {
    Email(Filter),
    Phone(Query, PhoneNumber),
    NameAndPostalCode { query: Query, first: String, last: String },
}

/// Those that what is known gives reason to.
fn suspicions(request: &FindDuplicateCustomersRequest) -> Result<Vec<Suspicion>, Problem> {
    let mut suspicions = Vec::new();
    if let Ok(email) = Email::parse(&request.email) {
        let equal = format!("email = {}", serde_json::Value::from(email.as_str()));
        suspicions.push(Suspicion::Email(Filter::parse(&equal, FIELDS.fields())?));
    }
    for phone in &request.phones {
        let Ok(number) = PhoneNumber::from_typed(phone, None, "") else { continue };
        if let Ok(query) = Query::parse(&number.e164()) {
            suspicions.push(Suspicion::Phone(query, number));
        }
    }
    let names = [&request.first_name, &request.last_name, &request.postal_code].map(|text| text.trim());
    if names.iter().all(|text| !text.is_empty()) {
        let [first, last, _] = names.map(canonical);
        if let Ok(query) = Query::parse(&names.join(" ")) {
            suspicions.push(Suspicion::NameAndPostalCode { query, first, last });
        }
    }
    Ok(suspicions)
}

impl Suspicion {
    fn reason(&self) -> Reason {
        match self {
            Self::Email(_) => Reason::Email,
            Self::Phone(..) => Reason::Phone,
            Self::NameAndPostalCode { .. } => Reason::NameAndPostalCode,
        }
    }

    /// Customers of whom it may hold.
    async fn look(&self, database: &Database, scope: Scope) -> Result<Vec<Customer>, Problem> {
        let (query, filter) = match self {
            Self::Email(filter) => (Query::default(), filter.clone()),
            Self::Phone(query, _) | Self::NameAndPostalCode { query, .. } => {
                (query.clone(), Filter::default())
            }
        };
        let selection = Selection { scope, query, filter, created_from: None, created_before: None };
        let order = OrderBy::parse("", &FIELDS)?;
        list::list(database, &selection, &order, None, LOOKED_AT).await
    }

    /// Whether it does: a search also finds what only contains what is searched for.
    fn holds(&self, customer: &Customer) -> bool {
        let record = &customer.record;
        match self {
            Self::Email(_) => true,
            Self::Phone(_, number) => phones(&record.phones).any(|phone| phone.e164() == number.e164()),
            Self::NameAndPostalCode { first, last, .. } => {
                let is =
                    |name: Option<&Name>, other: &str| name.is_some_and(|it| canonical(it.as_str()) == other);
                is(record.first_name.as_ref(), first) && is(record.last_name.as_ref(), last)
            }
        }
    }
}

fn phones(phones: &Phones) -> impl Iterator<Item = &PhoneNumber> {
    let Phones { primary, secondary, personal, work, mobile, fax } = phones;
    [primary, secondary, personal, work, mobile, fax].into_iter().flatten()
}
