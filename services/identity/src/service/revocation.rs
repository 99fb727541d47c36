use crate::revocation::Revoked;
use patron_proto::identity::internal::v1::{
    ListRevocationsRequest, ListRevocationsResponse, revocation_service_server::RevocationService,
};
use tonic::{Request, Response, Status};

/// Answers `patron.identity.internal.v1.RevocationService`.
pub struct RevocationRpc {
    /// What was revoked.
    pub revoked: Revoked,
}

#[tonic::async_trait]
impl RevocationService for RevocationRpc {
    async fn list_revocations(
        &self,
        request: Request<ListRevocationsRequest>,
    ) -> Result<Response<ListRevocationsResponse>, Status> {
        Ok(Response::new(self.revoked.list(request.get_ref()).await?))
    }
}
