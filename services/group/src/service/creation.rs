use crate::operations::{Memberships, NewMemberships};
use patron_chassis::status::Problem;
use patron_proto::group::internal::v1::{
    BatchCreateMembershipsRequest, CreateMembershipsRequest, ValidateMembershipsRequest,
    membership_creation_service_server::MembershipCreationService,
};
use patron_values::{
    fields::Fields,
    id::{CustomerId, GroupId},
};
use tonic::{Request, Response, Status};

/// Answers `patron.group.internal.v1.MembershipCreationService`.
pub struct MembershipCreationRpc {
    /// Reads and changes memberships.
    pub memberships: Memberships,
}

#[tonic::async_trait]
impl MembershipCreationService for MembershipCreationRpc {
    async fn validate_memberships(
        &self,
        request: Request<ValidateMembershipsRequest>,
    ) -> Result<Response<()>, Status> {
        let message = request.get_ref();
        self.memberships.check(&parse_all("groups", &message.groups)?, message.unrestricted).await?;
        Ok(Response::new(()))
    }

    async fn batch_create_memberships(
        &self,
        request: Request<BatchCreateMembershipsRequest>,
    ) -> Result<Response<()>, Status> {
        let news = request.into_inner().requests.into_iter().map(parse);
        self.memberships.create_pending(&news.collect::<Result<Vec<_>, _>>()?).await?;
        Ok(Response::new(()))
    }
}

/// The groups of one customer who is being created.
fn parse(message: CreateMembershipsRequest) -> Result<NewMemberships, Problem> {
    let customer = CustomerId::parse(&message.customer)
        .map_err(|error| Problem::invalid("customer", error.to_string()))?;
    let groups = parse_all("groups", &message.groups)?;
    let approval_groups = parse_all("approval_groups", &message.approval_groups)?;
    Ok(NewMemberships { customer, groups, approval_groups, context: message.context.unwrap_or_default() })
}

/// Parses every name in a field, and refuses all that are wrong at once.
pub(super) fn parse_all(field: &str, names: &[String]) -> Result<Vec<GroupId>, Problem> {
    let mut fields = Fields::default();
    let parsed = names
        .iter()
        .enumerate()
        .filter_map(|(index, name)| fields.keep(&format!("{field}[{index}]"), GroupId::parse(name)));
    let groups = parsed.collect();
    fields.into_result().map(|()| groups).map_err(Problem::from)
}
