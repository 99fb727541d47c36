use crate::parts::FakeParts;
use patron_chassis::status::{self, Problem};
use patron_proto::{
    google::rpc,
    group::internal::v1::{
        BatchChangeMembershipsRequest, BatchChangeMembershipsResponse,
        bulk_membership_service_server::BulkMembershipService,
    },
    identity::internal::v1::{
        BatchChangeAccountsRequest, BatchChangeAccountsResponse,
        bulk_account_service_server::BulkAccountService,
    },
};
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl BulkMembershipService for FakeParts {
    async fn batch_change_memberships(
        &self,
        request: Request<BatchChangeMembershipsRequest>,
    ) -> Result<Response<BatchChangeMembershipsResponse>, Status> {
        let message = request.into_inner();
        let call = if message.remove { "remove_memberships" } else { "add_memberships" };
        self.answer(call, &message.customers.join(" ")).await?;
        let results = message.customers.iter().map(|_| rpc::Status::default()).collect();
        Ok(Response::new(BatchChangeMembershipsResponse { results }))
    }
}

/// Nobody has an account.
#[tonic::async_trait]
impl BulkAccountService for FakeParts {
    async fn batch_change_accounts(
        &self,
        request: Request<BatchChangeAccountsRequest>,
    ) -> Result<Response<BatchChangeAccountsResponse>, Status> {
        let message = request.into_inner();
        let call = if message.enable { "enable_accounts" } else { "disable_accounts" };
        self.answer(call, &message.customers.join(" ")).await?;
        let absent = |customer: &String| {
            status::message(&Problem::not_found("account", format!("{customer}/account")).into())
        };
        Ok(Response::new(BatchChangeAccountsResponse {
            results: message.customers.iter().map(absent).collect(),
        }))
    }
}
