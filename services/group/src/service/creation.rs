use crate::operations::Memberships;
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
        self.memberships.check(&parse_all(&message.groups)?, message.unrestricted).await?;
        Ok(Response::new(()))
    }

    async fn batch_create_memberships(
        &self,
        request: Request<BatchCreateMembershipsRequest>,
    ) -> Result<Response<()>, Status> {
        let requests = request.into_inner().requests;
        let context = requests.first().and_then(|first| first.context.clone()).unwrap_or_default();
        let customers: Vec<_> = requests.iter().map(parse).collect::<Result<_, _>>()?;
        self.memberships.create_pending(&customers, &context).await?;
        Ok(Response::new(()))
    }
}

/// The groups of one customer who is being created.
fn parse(message: &CreateMembershipsRequest) -> Result<(CustomerId, Vec<GroupId>), Problem> {
    let customer = CustomerId::parse(&message.customer)
        .map_err(|error| Problem::invalid("customer", error.to_string()))?;
    Ok((customer, parse_all(&message.groups)?))
}

/// Parses every name, and refuses all that are wrong at once.
fn parse_all(names: &[String]) -> Result<Vec<GroupId>, Problem> {
    let mut fields = Fields::default();
    let parsed = names
        .iter()
        .enumerate()
        .filter_map(|(index, name)| fields.keep(&format!("groups[{index}]"), GroupId::parse(name)));
    let groups = parsed.collect();
    fields.into_result().map(|()| groups).map_err(Problem::from)
}
