use crate::key::Keyring;
use patron_proto::identity::v1::{GetJsonWebKeySetRequest, JsonWebKeySet, key_service_server::KeyService};
use tonic::{Request, Response, Status};

/// Answers `patron.identity.v1.KeyService`.
pub struct KeyRpc {
    /// The keys.
    pub keyring: Keyring,
}

#[tonic::async_trait]
impl KeyService for KeyRpc {
    async fn get_json_web_key_set(
        &self,
        _: Request<GetJsonWebKeySetRequest>,
    ) -> Result<Response<JsonWebKeySet>, Status> {
        Ok(Response::new(self.keyring.published()))
    }
}
