//! What a company that has been at it for a while has beside its customers: customers who are gone, and callers who are known by an answer.

use anyhow::Result;
use patron_proto::activity::v1::{
    ListDeletedCustomersRequest, deleted_customer_service_client::DeletedCustomerServiceClient,
};
use patron_proto::identity::v1::{
    ListSecurityQuestionsRequest, SecurityQuestion, SetSecurityAnswerRequest,
    account_service_client::AccountServiceClient,
    security_question_service_client::SecurityQuestionServiceClient,
};
use patron_proto::profile::v1::{
    CreateCustomerRequest, Customer, DeleteCustomerRequest, UpdateCustomerRequest,
};
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::{Client, creation, population};
use crate::mesh::Mesh;
use crate::patience::patiently;

/// Customers who are gone: a page of their list is nearly full.
const GONE: u32 = 24;
/// Their numbers begin here, above those of all who are there.
const FIRST_GONE: u32 = 4_000_000_000;
/// One in so many is gone together with the history.
const WITHOUT_HISTORY: u32 = 8;
/// Customers whom a question is asked.
const ASKED: usize = 12;
/// Customers among whom those are looked for who have an account.
const LOOKED_AT: u32 = 400;
/// What they answer, so that who tries the demo can be a caller.
const ANSWER: &str = "Rex";

/// Deletes some made-up customers, and gives some of the first `count` a security question. What an earlier run did stays.
pub async fn fill(mesh: &Mesh, count: u32) -> Result<()> {
    let client = Client::connect(mesh).await?;
    let mut deleted = DeletedCustomerServiceClient::new(mesh.channel("activity").await?);
    let request = ListDeletedCustomersRequest { page_size: 1, ..Default::default() };
    let known = deleted.list_deleted_customers(client.request(request)).await?;
    if count == 0 || !known.into_inner().deleted_customers.is_empty() {
        return Ok(());
    }
    let groups = patiently(async || client.groups().await).await?;
    client.choose_questions(mesh.channel("identity").await?, count.min(LOOKED_AT)).await?;
    let gone = GONE.min(count);
    // First all come, so that there is something in the history of each when it goes.
    let mut known = Vec::new();
    for place in 0..gone {
        known.extend(Box::pin(client.come(place, &groups)).await?);
    }
    for (place, customer) in (0..).zip(known) {
        client.go(customer, place % WITHOUT_HISTORY == WITHOUT_HISTORY - 1).await?;
    }
    eprintln!("{gone} demo customers are gone");
    Ok(())
}

impl Client {
    /// Creates a customer, and changes its work and phone; `None` where an earlier run made it.
    async fn come(&self, place: u32, groups: &[String]) -> Result<Option<String>, Status> {
        let number = FIRST_GONE + place;
        let Some(customer) = self.create_one(&creation(number, groups)).await? else { return Ok(None) };
        let other = population::person(number + GONE).customer;
        let changed = Customer {
            name: customer.name.clone(),
            job_title: "Head of purchasing".to_owned(),
            primary_phone: other.primary_phone,
            ..Customer::default()
        };
        let change = UpdateCustomerRequest { customer: Some(changed), ..Default::default() };
        patiently(async || self.customers.clone().update_customer(self.request(change.clone())).await)
            .await?;
        Ok(Some(customer.name))
    }

    /// Deletes a customer, by its resource name.
    async fn go(&self, name: String, delete_history: bool) -> Result<(), Status> {
        let delete = DeleteCustomerRequest { name, delete_history, ..Default::default() };
        let deleted =
            patiently(async || self.customers.clone().delete_customer(self.request(delete.clone())).await);
        // A try that was answered with an error may have deleted it.
        deleted
            .await
            .map(drop)
            .or_else(|status| if status.code() == Code::NotFound { Ok(()) } else { Err(status) })
    }

    /// Creates a customer; `None` where an earlier run did.
    async fn create_one(&self, creation: &CreateCustomerRequest) -> Result<Option<Customer>, Status> {
        let created =
            patiently(async || self.customers.clone().create_customer(self.request(creation.clone())).await);
        match created.await {
            Ok(created) => Ok(Some(created.into_inner())),
            Err(status) if matches!(status.code(), Code::AlreadyExists | Code::NotFound) => Ok(None),
            Err(status) => Err(status),
        }
    }

    /// Has some of the first customers with an account choose each a question.
    async fn choose_questions(&self, identity: Channel, customers: u32) -> Result<(), Status> {
        let mut questions = SecurityQuestionServiceClient::new(identity.clone());
        let request = self.request(ListSecurityQuestionsRequest::default());
        let listed = questions.list_security_questions(request).await?.into_inner().security_questions;
        let with_account = (0..customers)
            .filter(|number| population::groups()[population::person(*number).group].approval_required);
        for (number, question) in with_account.take(ASKED).zip(listed.iter().cycle()) {
            let Some(customer) = self.find(&population::external_id(number)).await? else { continue };
            self.choose(AccountServiceClient::new(identity.clone()), &customer, question).await?;
        }
        Ok(())
    }

    async fn choose(
        &self,
        accounts: AccountServiceClient<Channel>,
        customer: &Customer,
        question: &SecurityQuestion,
    ) -> Result<(), Status> {
        let wanted = SetSecurityAnswerRequest {
            name: format!("{}/account", customer.name),
            security_question: question.name.clone(),
            security_answer: ANSWER.to_owned(),
        };
        patiently(async || accounts.clone().set_security_answer(self.request(wanted.clone())).await)
            .await
            .map(drop)
    }
}
