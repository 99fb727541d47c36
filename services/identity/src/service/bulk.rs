use crate::{
    account::{Move, Name},
    operations::{Accounts, Decision},
};
use patron_chassis::{
    principal::Scope,
    status::{self, Problem},
};
use patron_ledger::{change::Caller, idempotency};
use patron_proto::{
    google::rpc,
    identity::internal::v1::{
        BatchChangeAccountsRequest, BatchChangeAccountsResponse,
        bulk_account_service_server::BulkAccountService,
    },
};
use patron_values::id::{CustomerId, OperationId, StaffId, WrongForm};
use tonic::{Request, Response, Status};

/// Answers `patron.identity.internal.v1.BulkAccountService`.
pub struct BulkAccountRpc {
    /// Changes accounts.
    pub accounts: Accounts,
}

#[tonic::async_trait]
impl BulkAccountService for BulkAccountRpc {
    async fn batch_change_accounts(
        &self,
        request: Request<BatchChangeAccountsRequest>,
    ) -> Result<Response<BatchChangeAccountsResponse>, Status> {
        let message = request.into_inner();
        let step = if message.enable { Move::Enable } else { Move::Disable };
        let decided = self.accounts.decide(step, &decisions(message)?).await;
        let results = decided.into_iter().map(|decided| match decided {
            Ok(_) => rpc::Status::default(),
            Err(error) => status::message(&error.into()),
        });
        Ok(Response::new(BatchChangeAccountsResponse { results: results.collect() }))
    }
}

fn decisions(message: BatchChangeAccountsRequest) -> Result<Vec<Decision>, Problem> {
    let wrong = |field: &'static str| move |error: WrongForm| Problem::invalid(field, error.to_string());
    let operation = OperationId::parse(&message.operation).map_err(wrong("operation"))?;
    let staff = Some(message.assigned_to).filter(|name| !name.is_empty());
    let staff = staff.map(|name| StaffId::parse(&name)).transpose().map_err(wrong("assigned_to"))?;
    let scope = staff.map_or(Scope::All, Scope::Assigned);
    let context = message.context.unwrap_or_default();
    let customers = message.customers.iter().map(|name| {
        let customer = CustomerId::parse(name).map_err(wrong("customers"))?;
        let request = Some(idempotency::Request::of_part(&context.actor, operation, customer.0));
        let caller = Caller::of_context(scope, context.clone(), request);
        Ok(Decision { name: Name(customer), etag: String::new(), caller })
    });
    customers.collect()
}
