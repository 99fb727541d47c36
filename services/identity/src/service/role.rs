use crate::{
    error::Error,
    role::{Role, RoleId},
    store,
};
use patron_chassis::{pg::Database, principal::Principal, status::Problem};
use patron_proto::identity::v1::{self as proto, role_service_server::RoleService};
use patron_values::{page::Page, seal::Seal};
use tonic::{Request, Response, Status};

/// Answers `patron.identity.v1.RoleService`.
pub struct RoleRpc {
    /// Where roles are stored.
    pub database: Database,
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl RoleService for RoleRpc {
    async fn get_role(
        &self,
        request: Request<proto::GetRoleRequest>,
    ) -> Result<Response<proto::Role>, Status> {
        let name = request.into_inner().name;
        let id = RoleId::parse(&name).map_err(|error| Problem::invalid("name", error.to_string()))?;
        let role = store::role::find(&self.database, &id).await.map_err(Error::from)?;
        let role = role.ok_or(Error::NotFound { kind: "role", name })?;
        Ok(Response::new(proto::Role::from(&role)))
    }

    async fn list_roles(
        &self,
        request: Request<proto::ListRolesRequest>,
    ) -> Result<Response<proto::ListRolesResponse>, Status> {
        let caller = Principal::of(&request).to_string();
        let page = Page::<String>::parse(request.get_ref(), &caller, &self.seal).map_err(Problem::from)?;
        let after = page.after().map(String::as_str);
        let mut roles = store::role::list(&self.database, after, page.limit()).await.map_err(Error::from)?;
        let next_page_token = page.finish(&mut roles, |last: &Role| last.id.as_str().to_owned());
        let roles = roles.iter().map(proto::Role::from).collect();
        Ok(Response::new(proto::ListRolesResponse { roles, next_page_token }))
    }
}
