mod turn;
mod work;

pub use self::{turn::BulkParticipants, work::BulkWork};

use super::Customers;
use crate::{
    bulk::{Action, Meant},
    store::{
        self,
        list::{self, Count},
    },
};
use patron_chassis::{principal::Scope, status::Problem};
use patron_ledger::{
    change::Caller,
    idempotency::Seen,
    operation::{self, Operation, Operations, Work as _},
    reference::assigned_to,
};
use patron_proto::profile::internal::v1::BulkPlan;
use patron_values::{
    id::{CustomerId, OperationId, StaffId},
    timestamp,
};
use std::time::Duration;

/// Bulk operations of one caller under way at once. More would not be quicker, and fill tables.
const AT_ONCE: i64 = 5;
/// Wait that is proposed to who has as many.
const RETRY_AFTER: Duration = Duration::from_mins(1);

/// Starts bulk operations.
#[derive(Debug, Clone)]
pub struct Bulks {
    /// The customers.
    pub customers: Customers,
    /// Long work.
    pub operations: Operations,
}

impl Bulks {
    /// Starts one for a caller. A repeat gives the operation as it is now.
    pub async fn start(&self, action: Action, meant: Meant, caller: &Caller) -> Result<Operation, Problem> {
        let database = self.customers.ledger.database();
        let started_by = &caller.context.actor;
        let mut transaction = database.begin().await?;
        let kind = BulkWork::KIND;
        let (named, matching) = match meant {
            Meant::Named(customers) => (customers, None),
            Meant::Matching(matching, _) => (Vec::new(), Some(matching)),
        };
        let plan = BulkPlan {
            action: action.stored().into(),
            group: action.about().target,
            context: Some(caller.context.clone()),
            assigned_to: assigned_to(caller.scope).map(StaffId::resource_name).unwrap_or_default(),
            matching,
            start_time: Some(timestamp(self.customers.ledger.now())),
        };
        let started = self.operations.start::<BulkWork>(&mut transaction, &plan, started_by.clone()).await?;
        if let Some(request) = &caller.request {
            match request.record(&mut transaction, started.id().0).await? {
                Seen::Never => {}
                Seen::WithOtherBody => return Err(Problem::RequestIdReused),
                Seen::Before(earlier) => {
                    drop(transaction);
                    let earlier = OperationId(earlier);
                    let found = operation::find(database, earlier, Some(started_by.as_str())).await?;
                    return found.ok_or_else(|| Problem::not_found("operation", earlier.resource_name()));
                }
            }
        }
        if operation::count_under_way(&mut transaction, kind, started_by).await? > AT_ONCE {
            return Err(Problem::Limit { retry_after: RETRY_AFTER });
        }
        store::bulk::insert(&mut transaction, started.id(), &named).await?;
        transaction.commit().await?;
        Ok(started)
    }

    /// How many customers are meant, and are in the caller's scope.
    /// `None` where that took too long.
    pub async fn count(&self, meant: &Meant, scope: Scope) -> Result<Option<Count>, Problem> {
        let database = self.customers.ledger.database();
        match meant {
            Meant::Named(customers) => {
                Ok(Some(Count::Exact(store::bulk::count(database, customers, scope).await?)))
            }
            Meant::Matching(_, selection) => list::count_in_time(database, selection).await,
        }
    }
}

/// `customers/{customer}` that was stored; `None` for an empty one.
fn customer_of(name: &str) -> Option<CustomerId> {
    CustomerId::parse(name).ok()
}
