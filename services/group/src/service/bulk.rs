use crate::{error::Error, membership::Name, operations::Memberships};
use futures::{StreamExt as _, stream};
use patron_chassis::{
    principal::Scope,
    status::{self, Problem},
};
use patron_ledger::{change::Caller, idempotency};
use patron_proto::{
    event::v1::ChangeContext,
    google::rpc,
    group::internal::v1::{
        BatchChangeMembershipsRequest, BatchChangeMembershipsResponse,
        bulk_membership_service_server::BulkMembershipService,
    },
};
use patron_values::id::{CustomerId, GroupId, OperationId, StaffId, WrongForm};
use tonic::{Request, Response, Status};

/// Customers of a call who are changed at once: each takes a connection, and others need some too.
const AT_ONCE: usize = 4;

/// Answers `patron.group.internal.v1.BulkMembershipService`.
pub struct BulkMembershipRpc {
    /// Changes memberships.
    pub memberships: Memberships,
}

/// What a call says of all of its customers.
struct Asked {
    group: GroupId,
    remove: bool,
    operation: OperationId,
    scope: Scope,
    context: ChangeContext,
}

#[tonic::async_trait]
impl BulkMembershipService for BulkMembershipRpc {
    async fn batch_change_memberships(
        &self,
        request: Request<BatchChangeMembershipsRequest>,
    ) -> Result<Response<BatchChangeMembershipsResponse>, Status> {
        let message = request.into_inner();
        let customers = message.customers.iter().map(|name| {
            CustomerId::parse(name).map_err(|error| Problem::invalid("customers", error.to_string()))
        });
        let customers = customers.collect::<Result<Vec<_>, _>>()?;
        let asked = Asked::parse(message)?;
        let changed: Vec<_> = customers.iter().map(|customer| self.result(&asked, *customer)).collect();
        let results = stream::iter(changed).buffered(AT_ONCE).collect().await;
        Ok(Response::new(BatchChangeMembershipsResponse { results }))
    }
}

impl Asked {
    fn parse(message: BatchChangeMembershipsRequest) -> Result<Self, Problem> {
        let wrong = |field: &'static str| move |error: WrongForm| Problem::invalid(field, error.to_string());
        let staff = Some(message.assigned_to).filter(|name| !name.is_empty());
        let staff = staff.map(|name| StaffId::parse(&name)).transpose().map_err(wrong("assigned_to"))?;
        Ok(Self {
            group: GroupId::parse(&message.group).map_err(wrong("group"))?,
            remove: message.remove,
            operation: OperationId::parse(&message.operation).map_err(wrong("operation"))?,
            scope: staff.map_or(Scope::All, Scope::Assigned),
            context: message.context.unwrap_or_default(),
        })
    }
}

impl BulkMembershipRpc {
    async fn result(&self, asked: &Asked, customer: CustomerId) -> rpc::Status {
        match self.change(asked, customer).await {
            Ok(()) => rpc::Status::default(),
            Err(error) => status::message(&error.into()),
        }
    }

    async fn change(&self, asked: &Asked, customer: CustomerId) -> Result<(), Error> {
        let Asked { group, operation, scope, .. } = *asked;
        let context = asked.context.clone();
        let request = Some(idempotency::Request::of_part(&context.actor, operation, customer.0));
        let caller = Caller::of_context(scope, context, request);
        let name = Name { customer, group };
        if !asked.remove {
            return match self.memberships.create(name, false, &caller).await {
                Ok(_) | Err(Error::Taken { .. }) => Ok(()),
                Err(error) => Err(error),
            };
        }
        match self.memberships.delete(name, &caller).await {
            Ok(_) => Ok(()),
            // Who is not in the group is done; who is not there, or not the caller's, is not.
            Err(Error::Problem(Problem::NotFound { .. })) => {
                let known = self.memberships.is_known(customer, scope).await?;
                if known { Ok(()) } else { Err(Error::no_customer(customer)) }
            }
            Err(error) => Err(error),
        }
    }
}
