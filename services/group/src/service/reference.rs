use super::creation::parse_all;
use crate::store;
use patron_chassis::{pg::Database, status::Problem};
use patron_proto::group::internal::v1::{
    BatchGetGroupReferencesRequest, BatchGetGroupReferencesResponse, GroupReference,
    group_reference_service_server::GroupReferenceService,
};
use tonic::{Request, Response, Status};

/// Answers `patron.group.internal.v1.GroupReferenceService`.
pub struct GroupReferenceRpc {
    /// Where groups are stored.
    pub database: Database,
}

#[tonic::async_trait]
impl GroupReferenceService for GroupReferenceRpc {
    async fn batch_get_group_references(
        &self,
        request: Request<BatchGetGroupReferencesRequest>,
    ) -> Result<Response<BatchGetGroupReferencesResponse>, Status> {
        let groups = parse_all("groups", &request.get_ref().groups)?;
        let found = store::group::list_contents(&self.database, &groups).await.map_err(Problem::from)?;
        let references = found.into_iter().map(|(group, content)| GroupReference {
            group: group.resource_name(),
            display_name: content.display_name.to_string(),
        });
        Ok(Response::new(BatchGetGroupReferencesResponse { references: references.collect() }))
    }
}
