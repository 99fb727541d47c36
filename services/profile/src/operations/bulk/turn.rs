use crate::{
    assigned_staff::AssignedStaff,
    bulk::Action,
    operations::{Deletions, History},
};
use futures::{StreamExt as _, stream};
use patron_chassis::{
    client::Channel,
    principal::Scope,
    status::{self, Problem},
};
use patron_ledger::{change::Caller, idempotency, operation::Stop, reference::assigned_to, saga::is_outage};
use patron_proto::{
    event::v1::ChangeContext,
    google::rpc,
    group::internal::v1::{
        BatchChangeMembershipsRequest, bulk_membership_service_client::BulkMembershipServiceClient,
    },
    identity::internal::v1::{
        BatchChangeAccountsRequest, bulk_account_service_client::BulkAccountServiceClient,
    },
};
use patron_values::id::{CustomerId, OperationId, StaffId};
use prost::Message as _;
use tonic::{Code, Status};

/// Customers that are deleted at once: each takes a connection for background work, of which relays need some too.
const DELETED_AT_ONCE: usize = 3;
/// Customers between two notes of an operation: a cancellation is heeded in between.
const DELETED_TOGETHER: i64 = 12;
/// Customers of one call to another service, which takes a fraction of a second.
const CHANGED_TOGETHER: i64 = 50;
/// Bytes of a reason that are kept, for each of a million customers. A longer one loses its details.
const REASON_BYTES: usize = 1024;
/// Characters of its message that are kept then.
const MESSAGE_CHARS: usize = 200;

/// What is done to customers, and for whom.
pub(super) struct Turn {
    pub(super) action: Action,
    pub(super) scope: Scope,
    pub(super) operation: OperationId,
    pub(super) context: ChangeContext,
}

/// What became of a customer.
pub(super) enum Outcome {
    /// A service is away, and nobody knows.
    Unknown,
    /// It is done.
    Done,
    /// It failed: why, as an encoded `google.rpc.Status`.
    Failed(Vec<u8>),
}

/// Who does it.
#[derive(Clone)]
pub struct BulkParticipants {
    /// Who may still do what they started.
    pub staff: AssignedStaff,
    deletions: Deletions,
    group: BulkMembershipServiceClient<Channel>,
    identity: BulkAccountServiceClient<Channel>,
}

impl Turn {
    /// Customers to do it to before the next note.
    pub(super) fn at_once(&self) -> i64 {
        if matches!(self.action, Action::Delete(_)) { DELETED_TOGETHER } else { CHANGED_TOGETHER }
    }
}

impl BulkParticipants {
    /// Those behind these channels, called in this service's own name.
    pub fn new(deletions: Deletions, identity: &Channel, group: &Channel) -> Self {
        Self {
            staff: AssignedStaff::new(identity),
            deletions,
            group: BulkMembershipServiceClient::new(group.as_service()),
            identity: BulkAccountServiceClient::new(identity.as_service()),
        }
    }

    /// Does it to customers. What was done to one by the same operation before counts as done. The outcomes stand in their order.
    pub(super) async fn take(&self, turn: &Turn, customers: &[CustomerId]) -> Result<Vec<Outcome>, Stop> {
        match turn.action {
            Action::Delete(history) => {
                let deleted: Vec<_> =
                    customers.iter().map(|customer| self.delete(turn, *customer, history)).collect();
                Ok(stream::iter(deleted).buffered(DELETED_AT_ONCE).collect().await)
            }
            Action::AddTo(group) | Action::RemoveFrom(group) => {
                let request = BatchChangeMembershipsRequest {
                    customers: names(customers),
                    group: group.resource_name(),
                    remove: matches!(turn.action, Action::RemoveFrom(_)),
                    operation: turn.operation.resource_name(),
                    assigned_to: staff_of(turn.scope),
                    context: Some(turn.context.clone()),
                };
                let answer = self.group.clone().batch_change_memberships(request).await;
                outcomes(customers, answer.map(|answer| answer.into_inner().results))
            }
            Action::Disable | Action::Enable => {
                let request = BatchChangeAccountsRequest {
                    customers: names(customers),
                    enable: turn.action == Action::Enable,
                    operation: turn.operation.resource_name(),
                    assigned_to: staff_of(turn.scope),
                    context: Some(turn.context.clone()),
                };
                let answer = self.identity.clone().batch_change_accounts(request).await;
                outcomes(customers, answer.map(|answer| answer.into_inner().results))
            }
        }
    }

    async fn delete(&self, turn: &Turn, customer: CustomerId, history: History) -> Outcome {
        let request = idempotency::Request::of_part(&turn.context.actor, turn.operation, customer.0);
        let caller = Caller::of_context(turn.scope, turn.context.clone(), Some(request));
        match self.deletions.delete(customer, "", history, &caller).await {
            Ok(()) => Outcome::Done,
            Err(error) if error.is_outage() => Outcome::Unknown,
            Err(error) => Outcome::Failed(kept(status::message(&error.into()))),
        }
    }
}

fn names(customers: &[CustomerId]) -> Vec<String> {
    customers.iter().map(|customer| customer.resource_name()).collect()
}

fn staff_of(scope: Scope) -> String {
    assigned_to(scope).map(StaffId::resource_name).unwrap_or_default()
}

/// What a service says of customers.
fn outcomes(
    customers: &[CustomerId],
    answer: Result<Vec<rpc::Status>, Status>,
) -> Result<Vec<Outcome>, Stop> {
    match answer {
        Ok(results) if results.len() == customers.len() => Ok(results.into_iter().map(outcome).collect()),
        Ok(_) => Err(Problem::internal("an answer of a bulk call is about other customers").into()),
        // A copy of an older release does not know the call yet: another one does, or soon will.
        Err(status) if is_outage(&status) || status.code() == Code::Unimplemented => {
            Ok(customers.iter().map(|_| Outcome::Unknown).collect())
        }
        Err(status) => Err(Stop::Failed(status)),
    }
}

fn outcome(result: rpc::Status) -> Outcome {
    match Code::from(result.code) {
        Code::Ok => Outcome::Done,
        Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Cancelled => {
            Outcome::Unknown
        }
        _ => Outcome::Failed(kept(result)),
    }
}

/// A reason as it is kept.
fn kept(mut reason: rpc::Status) -> Vec<u8> {
    if reason.encoded_len() > REASON_BYTES {
        reason.details.clear();
        reason.message = reason.message.chars().take(MESSAGE_CHARS).collect();
    }
    reason.encode_to_vec()
}
