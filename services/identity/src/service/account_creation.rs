use crate::{
    account::NewAccount,
    operations::{Accounts, Needs},
};
use patron_chassis::status::Problem;
use patron_proto::identity::internal::v1::{
    CreateAccountRequest, ValidateAccountRequest, account_creation_service_server::AccountCreationService,
};
use patron_values::{email::Email, id::CustomerId};
use tonic::{Request, Response, Status};

/// Answers `patron.identity.internal.v1.AccountCreationService`.
pub struct AccountCreationRpc {
    /// Changes accounts.
    pub accounts: Accounts,
}

#[tonic::async_trait]
impl AccountCreationService for AccountCreationRpc {
    async fn validate_account(
        &self,
        request: Request<ValidateAccountRequest>,
    ) -> Result<Response<()>, Status> {
        let message = request.into_inner();
        let email = parse_email(&message.email)?;
        self.accounts.validate(&message.account.unwrap_or_default(), email.as_ref()).await?;
        Ok(Response::new(()))
    }

    async fn create_account(&self, request: Request<CreateAccountRequest>) -> Result<Response<()>, Status> {
        let message = request.into_inner();
        let customer = parse_customer(&message.customer)?;
        let email = parse_email(&message.email)?;
        let new = message.account.unwrap_or_default();
        let new = NewAccount::parse(&new, email.as_ref(), &self.accounts.tools.policy)?;
        let context = message.context.unwrap_or_default();
        let needs = Needs {
            password: message.password_needed,
            security_answer: message.security_answer_needed,
            approval: message.approval_needed,
        };
        self.accounts.create_pending(customer, new, email, needs, &context).await?;
        Ok(Response::new(()))
    }
}

fn parse_customer(name: &str) -> Result<CustomerId, Problem> {
    CustomerId::parse(name).map_err(|error| Problem::invalid("customer", error.to_string()))
}

fn parse_email(typed: &str) -> Result<Option<Email>, Problem> {
    patron_values::optional(typed)
        .map_err(|error: <Email as std::str::FromStr>::Err| Problem::invalid("email", error.to_string()))
}
