use super::creation::parse_all;
use crate::store;
use patron_chassis::{pg::Database, status::Problem};
use patron_proto::group::internal::v1::{
    ListApprovalGroupsRequest, ListApprovalGroupsResponse, ListCustomerApprovalGroupsRequest,
    approval_service_server::ApprovalService,
};
use patron_values::id::{CustomerId, GroupId};
use tonic::{Request, Response, Status};

/// Answers `patron.group.internal.v1.ApprovalService`.
pub struct ApprovalRpc {
    /// Where groups and memberships are stored.
    pub database: Database,
}

#[tonic::async_trait]
impl ApprovalService for ApprovalRpc {
    async fn list_approval_groups(
        &self,
        request: Request<ListApprovalGroupsRequest>,
    ) -> Result<Response<ListApprovalGroupsResponse>, Status> {
        let groups = parse_all("groups", &request.get_ref().groups)?;
        let found = store::group::list_contents(&self.database, &groups).await.map_err(Problem::from)?;
        let requiring = found.into_iter().filter(|(_, content)| content.approval_required);
        Ok(reply(requiring.map(|(group, _)| group)))
    }

    async fn list_customer_approval_groups(
        &self,
        request: Request<ListCustomerApprovalGroupsRequest>,
    ) -> Result<Response<ListApprovalGroupsResponse>, Status> {
        let customer = CustomerId::parse(&request.get_ref().customer)
            .map_err(|error| Problem::invalid("customer", error.to_string()))?;
        let found = store::membership::list_approval_groups(&self.database, customer).await;
        Ok(reply(found.map_err(Problem::from)?.into_iter()))
    }
}

fn reply(groups: impl Iterator<Item = GroupId>) -> Response<ListApprovalGroupsResponse> {
    Response::new(ListApprovalGroupsResponse { groups: groups.map(GroupId::resource_name).collect() })
}
