use crate::{
    error::Error,
    membership::Name,
    operations::Memberships,
    store::{
        self,
        membership::{Cursor, Which},
    },
};
use patron_chassis::{principal::Principal, status::Problem};
use patron_ledger::{change::Caller, inbox::Inbox};
use patron_proto::group::v1::{
    BatchListMembershipsRequest, BatchListMembershipsResponse, CreateMembershipRequest,
    DeleteMembershipRequest, ListMembersRequest, ListMembersResponse, ListMembershipsRequest,
    ListMembershipsResponse, Membership, MoveMembersRequest, MoveMembersResponse,
    SetPrimaryMembershipRequest, membership_service_server::MembershipService,
};
use patron_values::{
    id::{CustomerId, GroupId},
    page::{MAX_SIZE, Page},
    seal::Seal,
};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};

/// Answers `patron.group.v1.MembershipService`.
pub struct MembershipRpc {
    /// Reads and changes memberships.
    pub memberships: Memberships,
    /// How far references have come.
    pub inbox: Inbox,
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl MembershipService for MembershipRpc {
    async fn create_membership(
        &self,
        request: Request<CreateMembershipRequest>,
    ) -> Result<Response<Membership>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let message = request.into_inner();
        let membership = message.membership.unwrap_or_default();
        let customer = parse_customer("parent", &message.parent)?;
        let group = parse_group("membership.group", &membership.group)?;
        let created = self.memberships.create(Name { customer, group }, membership.primary, &caller).await?;
        Ok(created.reply(|membership| membership.into()))
    }

    async fn list_memberships(
        &self,
        request: Request<ListMembershipsRequest>,
    ) -> Result<Response<ListMembershipsResponse>, Status> {
        let freshness = self.inbox.catch_up(&request).await.map_err(Problem::from)?;
        let principal = Principal::of(&request);
        let (scope, caller) = (principal.known_scope()?, principal.to_string());
        let message = request.get_ref();
        let customer = parse_customer("parent", &message.parent)?;
        let page = Page::<Cursor>::parse(message, &caller, &self.seal).map_err(Problem::from)?;
        let which = Which { only: None, after: page.after().copied(), limit: page.limit() };
        let found = self.memberships.list(customer, scope, which).await?;
        let mut memberships = found.ok_or_else(|| Error::no_customer(customer))?;
        let next_page_token = page.finish(&mut memberships, |last| last.into());
        let memberships = memberships.iter().map(Membership::from).collect();
        Ok(freshness.reply(ListMembershipsResponse { memberships, next_page_token }))
    }

    async fn batch_list_memberships(
        &self,
        request: Request<BatchListMembershipsRequest>,
    ) -> Result<Response<BatchListMembershipsResponse>, Status> {
        let freshness = self.inbox.catch_up(&request).await.map_err(Problem::from)?;
        let scope = Principal::of(&request).known_scope()?;
        let parents = request.get_ref().parents.iter().enumerate();
        let customers = parents.map(|(index, name)| parse_customer(&format!("parents[{index}]"), name));
        let customers = customers.collect::<Result<Vec<_>, _>>()?;
        let which = Which { only: None, after: None, limit: i64::try_from(MAX_SIZE).unwrap_or(i64::MAX) };
        let found =
            store::membership::list(self.memberships.ledger.database(), &customers, scope, which).await;
        let found = found.map_err(Problem::from)?;
        if i64::try_from(found.len()).is_ok_and(|found| found > store::membership::MOST) {
            return Err(Problem::invalid(
                "parents",
                "have more than 1000 memberships together; ask for fewer at once",
            )
            .into());
        }
        let memberships = found.iter().map(Membership::from).collect();
        Ok(freshness.reply(BatchListMembershipsResponse { memberships }))
    }

    async fn set_primary_membership(
        &self,
        request: Request<SetPrimaryMembershipRequest>,
    ) -> Result<Response<Membership>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let name = parse_name(&request.get_ref().name)?;
        Ok(self.memberships.set_primary(name, &caller).await?.reply(|membership| membership.into()))
    }

    async fn delete_membership(
        &self,
        request: Request<DeleteMembershipRequest>,
    ) -> Result<Response<()>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let name = parse_name(&request.get_ref().name)?;
        Ok(self.memberships.delete(name, &caller).await?.reply(|()| ()))
    }

    async fn list_members(
        &self,
        request: Request<ListMembersRequest>,
    ) -> Result<Response<ListMembersResponse>, Status> {
        let freshness = self.inbox.catch_up(&request).await.map_err(Problem::from)?;
        let principal = Principal::of(&request);
        let (scope, caller) = (principal.known_scope()?, principal.to_string());
        let group = parse_group("parent", &request.get_ref().parent)?;
        let page = Page::<(OffsetDateTime, CustomerId)>::parse(request.get_ref(), &caller, &self.seal)
            .map_err(Problem::from)?;
        let which = store::membership::Page { before: page.after().copied(), limit: page.limit() };
        let database = self.memberships.ledger.database();
        let mut members =
            store::membership::list_members(database, group, scope, which).await.map_err(Problem::from)?;
        if members.is_empty()
            && store::group::find(database, group, scope).await.map_err(Problem::from)?.is_none()
        {
            return Err(Error::no_group(group).into());
        }
        let next_page_token = page.finish(&mut members, |last| (last.created_at, last.name.customer));
        let memberships = members.iter().map(Membership::from).collect();
        Ok(freshness.reply(ListMembersResponse { memberships, next_page_token }))
    }

    async fn move_members(
        &self,
        request: Request<MoveMembersRequest>,
    ) -> Result<Response<MoveMembersResponse>, Status> {
        let caller = Caller::of(&request, "")?;
        let message = request.into_inner();
        let from = parse_group("parent", &message.parent)?;
        let to = parse_group("destination_group", &message.destination_group)?;
        if from == to {
            return Err(Problem::invalid("destination_group", "is the group itself").into());
        }
        let moved = self.memberships.transfer(from, to, &caller).await?;
        Ok(moved.reply(|moved| moved.into()))
    }
}

fn parse_customer(field: &str, name: &str) -> Result<CustomerId, Problem> {
    CustomerId::parse(name).map_err(|error| Problem::invalid(field, error.to_string()))
}

fn parse_group(field: &str, name: &str) -> Result<GroupId, Problem> {
    GroupId::parse(name).map_err(|error| Problem::invalid(field, error.to_string()))
}

fn parse_name(name: &str) -> Result<Name, Problem> {
    Name::parse(name).ok_or_else(|| Problem::invalid("name", Name::EXPECTED))
}
