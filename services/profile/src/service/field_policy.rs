use crate::operations::FieldPolicies;
use patron_chassis::status::Problem;
use patron_ledger::change::Caller;
use patron_proto::profile::v1::{
    FieldPolicy, GetFieldPolicyRequest, UpdateFieldPolicyRequest,
    field_policy_service_server::FieldPolicyService,
};
use patron_values::field_mask::FieldMask;
use tonic::{Request, Response, Status};

/// Answers `patron.profile.v1.FieldPolicyService`.
pub struct FieldPolicyRpc {
    /// Reads and changes the policy.
    pub policies: FieldPolicies,
}

#[tonic::async_trait]
impl FieldPolicyService for FieldPolicyRpc {
    async fn get_field_policy(
        &self,
        _: Request<GetFieldPolicyRequest>,
    ) -> Result<Response<FieldPolicy>, Status> {
        Ok(Response::new(FieldPolicy::from(&self.policies.find().await?)))
    }

    async fn update_field_policy(
        &self,
        request: Request<UpdateFieldPolicyRequest>,
    ) -> Result<Response<FieldPolicy>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let message = request.into_inner();
        let wanted = message.field_policy.unwrap_or_default();
        let mask = FieldMask::parse(message.update_mask.as_ref(), &wanted).map_err(Problem::from)?;
        Ok(self.policies.update(&wanted, &mask, &caller).await?.reply(|policy| policy.into()))
    }
}
