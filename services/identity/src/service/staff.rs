use crate::{
    error::Error,
    operations::StaffUsers,
    password::Password,
    staff::{Signature, Staff},
    store,
    user::User,
};
use patron_chassis::{principal::Principal, status::Problem};
use patron_ledger::change::Caller;
use patron_proto::identity::v1::{self as proto, staff_service_server::StaffService};
use patron_values::{field_mask::FieldMask, fields::Fields, id::StaffId, page::Page, seal::Seal, timestamp};
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
        Ok(Response::new(self.shown(&[staff]).await?.remove(0)))
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
        let staff = self.shown(&staff).await?;
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

    async fn unlock_staff(
        &self,
        request: Request<proto::UnlockStaffRequest>,
    ) -> Result<Response<proto::Staff>, Status> {
        let caller = Caller::of(&request, "")?;
        let granter = Principal::of(&request).user()?;
        let id = parse("name", &request.get_ref().name)?;
        Ok(self.users.unlock(id, &caller, granter).await?.reply(|staff| staff.into()))
    }

    async fn get_own_staff(
        &self,
        request: Request<proto::GetOwnStaffRequest>,
    ) -> Result<Response<proto::Staff>, Status> {
        let id = own(&request)?;
        let staff = store::staff::find(&self.users.tools.database, id).await.map_err(Error::from)?;
        let staff = staff.ok_or_else(|| Problem::not_found("staff", id.resource_name()))?;
        Ok(Response::new(proto::Staff::from(&staff)))
    }

    async fn set_own_signature(
        &self,
        request: Request<proto::SetOwnSignatureRequest>,
    ) -> Result<Response<proto::Staff>, Status> {
        let (id, caller) = (own(&request)?, Caller::of(&request, "")?);
        let mut fields = Fields::default();
        let signature = fields.optional("signature", &request.get_ref().signature, Signature::parse);
        fields.into_result().map_err(Problem::from)?;
        Ok(self.users.set_signature(id, signature.as_ref(), &caller).await?.reply(|staff| staff.into()))
    }
}

impl StaffRpc {
    /// Members of staff, with until when the next attempt to sign in must wait.
    async fn shown(&self, staff: &[Staff]) -> Result<Vec<proto::Staff>, Error> {
        let users: Vec<_> = staff.iter().map(|staff| User::Staff(staff.id)).collect();
        let held = self.users.throttle.all_held_until(&users).await?;
        let shown = staff.iter().zip(&users).map(|(staff, user)| proto::Staff {
            locked_until_time: held.get(user).copied().map(timestamp),
            ..staff.into()
        });
        Ok(shown.collect())
    }
}

/// The member of staff who calls. Who acts as a customer calls as the customer.
fn own<T>(request: &Request<T>) -> Result<StaffId, Problem> {
    let subject = &Principal::of(request).user()?.subject;
    match User::of(subject) {
        Some(User::Staff(id)) => Ok(id),
        _ => Err(Problem::not_found("staff", subject.to_string())),
    }
}

fn parse(field: &str, name: &str) -> Result<StaffId, Problem> {
    StaffId::parse(name).map_err(|error| Problem::invalid(field, error.to_string()))
}
