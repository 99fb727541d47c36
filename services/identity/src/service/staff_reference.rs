use crate::{error::Error, store};
use patron_chassis::{pg::Database, status::Problem};
use patron_proto::identity::internal::v1::{
    BatchGetStaffReferencesRequest, BatchGetStaffReferencesResponse, StaffReference,
    staff_reference_service_server::StaffReferenceService,
};
use patron_values::id::StaffId;
use tonic::{Request, Response, Status};

/// Answers `patron.identity.internal.v1.StaffReferenceService`.
pub struct StaffReferenceRpc {
    /// Where staff are stored.
    pub database: Database,
}

#[tonic::async_trait]
impl StaffReferenceService for StaffReferenceRpc {
    async fn batch_get_staff_references(
        &self,
        request: Request<BatchGetStaffReferencesRequest>,
    ) -> Result<Response<BatchGetStaffReferencesResponse>, Status> {
        let names = request.get_ref().staff.iter();
        let ids = names.map(|name| StaffId::parse(name)).collect::<Result<Vec<_>, _>>();
        let ids = ids.map_err(|error| Problem::invalid("staff", error.to_string()))?;
        let found = store::staff::find_all(&self.database, &ids).await.map_err(Error::from)?;
        let references = found.iter().map(|staff| StaffReference {
            staff: staff.id.resource_name(),
            disabled: staff.details.disabled,
            display_name: staff.details.display_name.to_string(),
        });
        Ok(Response::new(BatchGetStaffReferencesResponse { references: references.collect() }))
    }
}
