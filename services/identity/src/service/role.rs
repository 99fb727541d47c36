use crate::{
    error::Error,
    operations::Roles,
    role::{Content, Role, RoleId},
    store,
};
use patron_chassis::{principal::Principal, status::Problem};
use patron_ledger::change::Caller;
use patron_proto::identity::v1::{self as proto, role_service_server::RoleService};
use patron_values::{field_mask::FieldMask, page::Page, seal::Seal};
use tonic::{Request, Response, Status};

/// Answers `patron.identity.v1.RoleService`.
pub struct RoleRpc {
    /// Reads and changes roles.
    pub roles: Roles,
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl RoleService for RoleRpc {
    async fn create_role(
        &self,
        request: Request<proto::CreateRoleRequest>,
    ) -> Result<Response<proto::Role>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let granter = Principal::of(&request).user()?.clone();
        let message = request.into_inner().role.unwrap_or_default();
        let content = Content::parse(&message).map_err(Problem::from)?;
        Ok(self.roles.create(content, &caller, &granter).await?.reply(|role| role.into()))
    }

    async fn get_role(
        &self,
        request: Request<proto::GetRoleRequest>,
    ) -> Result<Response<proto::Role>, Status> {
        let id = parse("name", &request.get_ref().name)?;
        Ok(Response::new(proto::Role::from(&self.roles.find(&id).await?)))
    }

    async fn list_roles(
        &self,
        request: Request<proto::ListRolesRequest>,
    ) -> Result<Response<proto::ListRolesResponse>, Status> {
        let caller = Principal::of(&request).to_string();
        let page = Page::<String>::parse(request.get_ref(), &caller, &self.seal).map_err(Problem::from)?;
        let (database, after) = (self.roles.ledger.database(), page.after().map(String::as_str));
        let mut roles = store::role::list(database, after, page.limit()).await.map_err(Error::from)?;
        let next_page_token = page.finish(&mut roles, |last: &Role| last.id().as_str().to_owned());
        let roles = roles.iter().map(proto::Role::from).collect();
        Ok(Response::new(proto::ListRolesResponse { roles, next_page_token }))
    }

    async fn update_role(
        &self,
        request: Request<proto::UpdateRoleRequest>,
    ) -> Result<Response<proto::Role>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let granter = Principal::of(&request).user()?.clone();
        let message = request.into_inner();
        let role = message.role.unwrap_or_default();
        let id = parse("role.name", &role.name)?;
        let mask = FieldMask::parse(message.update_mask.as_ref(), &role).map_err(Problem::from)?;
        Ok(self.roles.update(&id, &role, &mask, &caller, &granter).await?.reply(|role| role.into()))
    }

    async fn delete_role(&self, request: Request<proto::DeleteRoleRequest>) -> Result<Response<()>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let granter = Principal::of(&request).user()?.clone();
        let message = request.into_inner();
        let id = parse("name", &message.name)?;
        Ok(self.roles.delete(&id, &message.etag, &caller, &granter).await?.reply(|()| ()))
    }
}

fn parse(field: &str, name: &str) -> Result<RoleId, Problem> {
    RoleId::parse(name).map_err(|error| Problem::invalid(field, error.to_string()))
}
