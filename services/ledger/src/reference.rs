//! What a service knows of the customers it keeps rows about: the table `customer_ref`, fed by profile's events and filled
//! on a miss by one call.

mod ended;
mod known;
mod purge;

pub(crate) use self::purge::{KIND as PURGE, run as purge};
pub use self::{
    ended::{Ended, lock_ended, lock_known},
    purge::{Purge, ReferenceConsumer},
};

use crate::{change, outbox::Outbox};
use patron_chassis::{
    client::Channel,
    peer::Peer,
    pg::{Database, Transaction},
    principal::Scope,
    status::Problem,
};
use patron_proto::{
    event::v1::{CustomerReference, Event, customer_reference::State, event::Snapshot},
    profile::internal::v1::{
        BatchGetCustomerReferencesRequest, customer_reference_service_client::CustomerReferenceServiceClient,
    },
};
use patron_values::id::{CustomerId, StaffId};
use std::collections::HashSet;
use tonic::Status;
use uuid::Uuid;

/// Version of the first change that a service makes to what it keeps of a customer.
pub const FIRST: i64 = 1;

/// Finds customers of whom this service has had no event yet.
#[derive(Debug, Clone)]
pub struct References {
    database: Database,
    profile: CustomerReferenceServiceClient<Channel>,
}

impl References {
    /// References kept in `database`, asked for at profile by `channel`.
    pub fn new(database: Database, channel: Channel) -> Self {
        Self { database, profile: CustomerReferenceServiceClient::new(channel) }
    }

    /// Does `work` about a customer. Where it finds none, which is `Ok(None)`, profile is asked and it is done once more: with what
    /// profile says, or what its event said meanwhile. Whether profile knows none, or one whom the caller does not see, takes the same
    /// steps and so the same time.
    pub async fn resolve<T, E: From<Problem>, F: Future<Output = Result<Option<T>, E>>>(
        &self,
        customer: CustomerId,
        work: impl Fn() -> F,
    ) -> Result<Option<T>, E> {
        match work().await? {
            None => {
                self.learn(customer).await?;
                work().await
            }
            found => Ok(found),
        }
    }

    /// Asks profile about a customer, and keeps what it says.
    async fn learn(&self, customer: CustomerId) -> Result<(), Problem> {
        let names = vec![customer.resource_name()];
        let request = BatchGetCustomerReferencesRequest { customers: names };
        let reply = self
            .profile
            .clone()
            .batch_get_customer_references(request)
            .await
            .map_err(|status| unanswered(&status))?;
        // That one was deleted is learnt by its event, with which the rows about it go.
        let references = reply.into_inner().references;
        let living = references.iter().filter(|it| it.state() != State::Deleted);
        Ok(known::upsert(&self.database, &known::latest(living)).await?)
    }
}

fn unanswered(status: &Status) -> Problem {
    tracing::warn!(code = ?status.code(), "profile was asked about a customer and did not answer");
    Problem::Unavailable
}

/// Locks a visible customer in the caller's scope until the transaction ends, and gives the next version of what this
/// service keeps of it. `None` where there is no such customer here.
pub async fn lock(
    transaction: &mut Transaction,
    customer: CustomerId,
    scope: Scope,
) -> Result<Option<i64>, sqlx::Error> {
    if scope.includes(customer) == Some(false) {
        return Ok(None);
    }
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_scalar(
        "update customer_ref set aggregate_version = aggregate_version + 1
         where customer_id = $1 and state = 'active' and ($2::uuid is null or assigned_staff @> array[$2])
         returning aggregate_version",
    );
    statement.bind(customer).bind(assigned_to(scope)).fetch_optional(transaction).await
}

/// Whether a customer is visible in `scope`.
pub async fn is_visible(
    database: &Database,
    customer: CustomerId,
    scope: Scope,
) -> Result<bool, sqlx::Error> {
    if scope.includes(customer) == Some(false) {
        return Ok(false);
    }
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_scalar(
        "select exists (select from customer_ref where customer_id = $1 and state = 'active'
             and ($2::uuid is null or assigned_staff @> array[$2]))",
    );
    statement.bind(customer).bind(assigned_to(scope)).fetch_one(database).await
}

/// One of the customers is not, or no longer, being created: it is whole, or was deleted or given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotBeingCreated(CustomerId);

impl From<NotBeingCreated> for Problem {
    fn from(NotBeingCreated(customer): NotBeingCreated) -> Self {
        Self::State {
            rule: "CUSTOMER_NOT_BEING_CREATED",
            subject: customer.resource_name(),
            description: "the customer was deleted, given up or is already whole".to_owned(),
        }
    }
}

/// Inserts customers that are being created, not yet visible, and locks them. Each takes as many versions, from [`FIRST`] on, as it has
/// changes here. Gives those whom no earlier try of their creation inserted.
pub(crate) async fn insert_pending(
    transaction: &mut Transaction,
    customers: &[(CustomerId, usize)],
) -> Result<Result<HashSet<CustomerId>, NotBeingCreated>, sqlx::Error> {
    let (mut ids, changes): (Vec<CustomerId>, Vec<i64>) =
        customers.iter().map(|(id, changes)| (*id, i64::try_from(*changes).unwrap_or(i64::MAX))).unzip();
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_scalar::<_, CustomerId>(
        "insert into customer_ref as known (customer_id, state, version, aggregate_version)
         select customer_id, 'pending', 0, changes
         from unnest((select $1::uuid[]), (select $2::bigint[])) as asked (customer_id, changes)
         -- in one order for all, so that two transactions cannot wait for each other
         order by customer_id
         on conflict (customer_id) do update set aggregate_version = excluded.aggregate_version
         where known.state = 'pending' and known.aggregate_version = 0
         returning customer_id",
    );
    let begun: HashSet<CustomerId> =
        statement.bind(&ids).bind(changes).fetch_all(&mut *transaction).await?.into_iter().collect();
    ids.retain(|id| !begun.contains(id));
    if ids.is_empty() {
        return Ok(Ok(begun));
    }
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_scalar::<_, CustomerId>(
        "select customer_id from customer_ref where customer_id = any($1) and state <> 'pending' limit 1",
    );
    let other = statement.bind(&ids).fetch_optional(transaction).await?;
    Ok(other.map_or(Ok(begun), |customer| Err(NotBeingCreated(customer))))
}

/// Reserves versions for `changes` changes in all of a customer whom this transaction has locked; [`lock`] reserved the first.
pub(crate) async fn take_versions(
    transaction: &mut Transaction,
    customer: CustomerId,
    changes: usize,
) -> Result<(), sqlx::Error> {
    let more = i64::try_from(changes).unwrap_or(i64::MAX) - 1;
    if more < 1 {
        return Ok(());
    }
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query(
        "update customer_ref set aggregate_version = aggregate_version + $2 where customer_id = $1",
    );
    statement.bind(customer).bind(more).execute(transaction).await.map(drop)
}

/// Returns the version that [`lock`] gave, where nothing was changed: consumers wait for each version.
pub(crate) async fn return_version(
    transaction: &mut Transaction,
    customer: CustomerId,
) -> Result<(), sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query(
        "update customer_ref set aggregate_version = aggregate_version - 1 where customer_id = $1",
    );
    statement.bind(customer).execute(transaction).await.map(drop)
}

/// The staff member to whose customers a scope is limited, for stores that compare it with `assigned_staff`.
pub fn assigned_to(scope: Scope) -> Option<StaffId> {
    match scope {
        Scope::Assigned(staff) => Some(staff),
        Scope::All | Scope::Own(_) => None,
    }
}

/// Customers that these events say are in a state.
pub fn customers_in(events: &[Event], state: State) -> Vec<CustomerId> {
    let references = events.iter().filter_map(reference_of).filter(|it| it.state() == state);
    references.filter_map(|it| CustomerId::parse(&it.customer).ok()).collect()
}

/// Customers that these events say are gone together with their history.
fn customers_without_history(events: &[Event]) -> Vec<CustomerId> {
    let references = events.iter().filter_map(reference_of);
    let without = references.filter(|it| it.state() == State::Deleted && it.delete_history);
    without.filter_map(|it| CustomerId::parse(&it.customer).ok()).collect()
}

/// Whether services that refer to customers are sent the events of an aggregate.
pub fn is_sent(source: Peer, aggregate: &str) -> bool {
    source == Peer::PROFILE && aggregate.ends_with("/reference")
}

/// Takes over what profile says in its events. What the customer's creation held back goes out or is dropped.
pub async fn apply(transaction: &mut Transaction, events: &[Event]) -> anyhow::Result<()> {
    let references: Vec<&CustomerReference> = events.iter().filter_map(reference_of).collect();
    let in_state = |state: State| -> Result<Vec<CustomerId>, _> {
        let found = references.iter().filter(|it| it.state() == state);
        found.map(|it| CustomerId::parse(&it.customer)).collect()
    };
    let (active, deleted) = (in_state(State::Active)?, in_state(State::Deleted)?);
    // The upsert waits for a concurrent creation; release and discard must come after it, to see what that staged.
    known::store(&mut *transaction, references).await?;
    Outbox::release(transaction, &active).await?;
    Outbox::discard(transaction, &deleted).await?;
    // What has the id of its customer, such as an account, ends with it.
    let ids: Vec<Uuid> = deleted.iter().map(|customer| customer.0).collect();
    change::forget(transaction, &ids).await?;
    Ok(Outbox::forget(transaction, &customers_without_history(events)).await?)
}

/// Lets the references in these snapshots take effect whatever is known: a later version, or that the customer is being deleted, which
/// a profile that was restored to an earlier time knows nothing of.
pub(crate) async fn forget_versions(
    transaction: &mut Transaction,
    snapshots: &[Event],
) -> Result<(), sqlx::Error> {
    let customers = snapshots.iter().filter_map(reference_of).map(|it| CustomerId::parse(&it.customer));
    let customers: Vec<CustomerId> = customers.filter_map(Result::ok).collect();
    if customers.is_empty() {
        return Ok(());
    }
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query(
        "update customer_ref set version = 0, state = case state when 'deleting' then 'active' else state end
         where customer_id in (
             select customer_id from customer_ref where customer_id = any($1)
             -- in one order for all, so that two transactions cannot wait for each other
             order by customer_id for update)",
    );
    statement.bind(customers).execute(transaction).await.map(drop)
}

fn reference_of(event: &Event) -> Option<&CustomerReference> {
    match &event.snapshot {
        Some(Snapshot::Reference(reference)) => Some(reference),
        _ => None,
    }
}
