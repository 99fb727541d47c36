use crate::{error::Error, operations::StaffUsers, password::Password, staff::Staff, store};
use patron_chassis::{principal::Principal, status::Problem};
use patron_ledger::change::Caller;
use patron_proto::identity::v1::{self as proto, staff_service_server::StaffService};
use patron_values::{field_mask::FieldMask, id::StaffId, page::Page, seal::Seal};
use std::mem;
use tonic::{Request, Response, Status};

/// Answers `patron.identity.v1.StaffService`.
pub struct StaffRpc {
    /// Changes members of staff.
    pub users: StaffUsers,
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl StaffService for StaffRpc {
    async fn create_staff(
        &self,
        mut request: Request<proto::CreateStaffRequest>,
    ) -> Result<Response<proto::Staff>, Status> {
        // Taken out first: no digest of it may stay behind with the request's id.
        let password = Password::new(&mem::take(&mut request.get_mut().password));
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let granter = Principal::of(&request).user()?;
        let staff = request.get_ref().staff.clone().unwrap_or_default();
        Ok(self.users.create(&staff, &password, &caller, granter).await?.reply(|staff| staff.into()))
    }

    async fn get_staff(
        &self,
        request: Request<proto::GetStaffRequest>,
    ) -> Result<Response<proto::Staff>, Status> {
        let name = request.into_inner().name;
        let id = parse("name", &name)?;
        let staff = store::staff::find(&self.users.tools.database, id).await.map_err(Error::from)?;
        let staff = staff.ok_or(Error::NotFound { kind: "staff", name })?;
        Ok(Response::new(proto::Staff::from(&staff)))
    }

    async fn list_staff(
        &self,
        request: Request<proto::ListStaffRequest>,
    ) -> Result<Response<proto::ListStaffResponse>, Status> {
        let viewer = Principal::of(&request).to_string();
        let page = Page::<String>::parse(request.get_ref(), &viewer, &self.seal).map_err(Problem::from)?;
        let (database, after) = (&self.users.tools.database, page.after().map(String::as_str));
        let mut staff = store::staff::list(database, after, page.limit()).await.map_err(Error::from)?;
        let next_page_token = page.finish(&mut staff, |last: &Staff| last.username.key());
        let staff = staff.iter().map(proto::Staff::from).collect();
        Ok(Response::new(proto::ListStaffResponse { staff, next_page_token }))
    }

    async fn update_staff(
        &self,
        request: Request<proto::UpdateStaffRequest>,
    ) -> Result<Response<proto::Staff>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let granter = Principal::of(&request).user()?.clone();
        let message = request.into_inner();
        let staff = message.staff.unwrap_or_default();
        let id = parse("staff.name", &staff.name)?;
        let mask = FieldMask::parse(message.update_mask.as_ref(), &staff).map_err(Problem::from)?;
        Ok(self.users.update(id, &staff, &mask, &caller, &granter).await?.reply(|staff| staff.into()))
    }

    async fn set_staff_password(
        &self,
        mut request: Request<proto::SetStaffPasswordRequest>,
    ) -> Result<Response<proto::Staff>, Status> {
        let password = Password::new(&mem::take(&mut request.get_mut().password));
        let caller = Caller::of(&request, "")?;
        let granter = Principal::of(&request).user()?;
        let id = parse("name", &request.get_ref().name)?;
        Ok(self.users.set_password(id, &password, &caller, granter).await?.reply(|staff| staff.into()))
    }
}

fn parse(field: &str, name: &str) -> Result<StaffId, Problem> {
    StaffId::parse(name).map_err(|error| Problem::invalid(field, error.to_string()))
}
