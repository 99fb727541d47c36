use crate::{
    group::Content,
    operations::Groups,
    store::{self, group::Which},
};
use patron_chassis::{principal::Principal, status::Problem};
use patron_ledger::{change::Caller, inbox::Inbox};
use patron_proto::group::v1::{
    CreateGroupRequest, DeleteGroupRequest, GetGroupRequest, Group, ListGroupsRequest, ListGroupsResponse,
    UpdateGroupRequest, group_service_server::GroupService,
};
use patron_values::{field_mask::FieldMask, id::GroupId, page::Page, seal::Seal};
use tonic::{Request, Response, Status};

/// Answers `patron.group.v1.GroupService`.
pub struct GroupRpc {
    /// Reads and changes groups.
    pub groups: Groups,
    /// How far references have come.
    pub inbox: Inbox,
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl GroupService for GroupRpc {
    async fn create_group(&self, request: Request<CreateGroupRequest>) -> Result<Response<Group>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let message = request.into_inner();
        let content = Content::parse("group", &message.group.unwrap_or_default()).map_err(Problem::from)?;
        Ok(self.groups.create(content, &caller).await?.reply(|group| group.into()))
    }

    async fn get_group(&self, request: Request<GetGroupRequest>) -> Result<Response<Group>, Status> {
        let scope = Principal::of(&request).known_scope()?;
        let id = parse("name", &request.get_ref().name)?;
        Ok(Response::new(Group::from(&self.groups.find(id, scope).await?)))
    }

    async fn list_groups(
        &self,
        request: Request<ListGroupsRequest>,
    ) -> Result<Response<ListGroupsResponse>, Status> {
        let freshness = self.inbox.catch_up(&request).await.map_err(Problem::from)?;
        let principal = Principal::of(&request);
        let (scope, caller) = (principal.known_scope()?, principal.to_string());
        let page = Page::<String>::parse(request.get_ref(), &caller, &self.seal).map_err(Problem::from)?;
        let which = Which { only: None, after: page.after().map(String::as_str), limit: page.limit() };
        let found = store::group::list(self.groups.ledger.database(), scope, which).await;
        let mut groups = found.map_err(Problem::from)?;
        let next_page_token = page.finish(&mut groups, |last| last.content.display_name_key());
        let groups = groups.iter().map(Group::from).collect();
        Ok(freshness.reply(ListGroupsResponse { groups, next_page_token }))
    }

    async fn update_group(&self, request: Request<UpdateGroupRequest>) -> Result<Response<Group>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let message = request.into_inner();
        let group = message.group.unwrap_or_default();
        let id = parse("group.name", &group.name)?;
        let mask = FieldMask::parse(message.update_mask.as_ref(), &group).map_err(Problem::from)?;
        Ok(self.groups.update(id, &group, &mask, &caller).await?.reply(|group| group.into()))
    }

    async fn delete_group(&self, request: Request<DeleteGroupRequest>) -> Result<Response<()>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let message = request.into_inner();
        let id = parse("name", &message.name)?;
        Ok(self.groups.delete(id, &message.etag, &caller).await?.reply(|()| ()))
    }
}

fn parse(field: &str, name: &str) -> Result<GroupId, Problem> {
    GroupId::parse(name).map_err(|error| Problem::invalid(field, error.to_string()))
}
