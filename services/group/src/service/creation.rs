use crate::book::MembershipBook;
use patron_chassis::{
    fields::Fields,
    status::Problem,
    value::id::{CustomerId, GroupId},
};
use patron_proto::group::internal::v1::{
    CreateMembershipsRequest, ValidateMembershipsRequest,
    membership_creation_service_server::MembershipCreationService,
};
use tonic::{Request, Response, Status};

/// Answers `patron.group.internal.v1.MembershipCreationService`.
pub struct Creation {
    /// Changes memberships.
    pub book: MembershipBook,
}

#[tonic::async_trait]
impl MembershipCreationService for Creation {
    async fn validate_memberships(
        &self,
        request: Request<ValidateMembershipsRequest>,
    ) -> Result<Response<()>, Status> {
        let message = request.get_ref();
        self.book.check(&parse_all(&message.groups)?, message.unrestricted).await?;
        Ok(Response::new(()))
    }

    async fn create_memberships(
        &self,
        request: Request<CreateMembershipsRequest>,
    ) -> Result<Response<()>, Status> {
        let message = request.into_inner();
        let customer = CustomerId::parse(&message.customer)
            .map_err(|error| Problem::invalid("customer", error.to_string()))?;
        let groups = parse_all(&message.groups)?;
        self.book.create_pending(customer, &groups, &message.context.unwrap_or_default()).await?;
        Ok(Response::new(()))
    }
}

/// Parses every name, and tells all that are wrong at once.
fn parse_all(names: &[String]) -> Result<Vec<GroupId>, Problem> {
    let mut fields = Fields::default();
    let parsed = names
        .iter()
        .enumerate()
        .filter_map(|(index, name)| fields.keep(&format!("groups[{index}]"), GroupId::parse(name)));
    let groups = parsed.collect();
    fields.into_result().map(|()| groups)
}
