//! Made-up customers who are gone, and callers who are known by an answer.

use anyhow::Result;
use patron_proto::activity::v1::{
    ListDeletedCustomersRequest, deleted_customer_service_client::DeletedCustomerServiceClient,
};
use patron_proto::identity::v1::{
    ListSecurityQuestionsRequest, SetSecurityAnswerRequest,
    security_question_service_client::SecurityQuestionServiceClient,
};
use patron_proto::profile::v1::{
    CreateCustomerRequest, Customer, DeleteCustomerRequest, UpdateCustomerRequest,
};
use tonic::{Code, Status};

use super::client::Client;
use super::life::MadeUp;
use super::{creation, population};
use crate::mesh::Mesh;
use crate::patience::patiently;

/// Customers who are gone: their list fills a screen.
const GONE: u32 = 24;
/// Their numbers begin here, above those of all who are there.
const FIRST: u32 = 4_000_000_000;
/// One in so many is gone together with the history.
const WITHOUT_HISTORY: u32 = 8;
/// Customers whom a question is asked.
const ASKED: usize = 12;
/// What they answer, so that who tries the demo can be a caller.
const ANSWER: &str = "Rex";

/// Creates those who will go, at most `count`, and changes their work and phone. Nobody where an earlier run did so.
pub(super) async fn come(mesh: &Mesh, count: u32) -> Result<Vec<MadeUp>> {
    let client = Client::connect(mesh).await?;
    let deleted = DeletedCustomerServiceClient::new(mesh.channel("activity").await?);
    let request = ListDeletedCustomersRequest { page_size: 1, ..Default::default() };
    let known =
        patiently(async || deleted.clone().list_deleted_customers(client.request(request.clone())).await);
    if !known.await?.into_inner().deleted_customers.is_empty() {
        return Ok(Vec::new());
    }
    let groups = patiently(async || client.groups().await).await?;
    let mut come = Vec::new();
    for number in (FIRST..).take(GONE.min(count) as usize) {
        let name = Box::pin(client.come_and_change(number, &groups)).await?;
        come.extend(name.map(|name| MadeUp { name, number }));
    }
    Ok(come)
}

/// Deletes them, some with their history.
pub(super) async fn go(mesh: &Mesh, customers: &[MadeUp]) -> Result<()> {
    let client = Client::connect(mesh).await?;
    for MadeUp { name, number } in customers {
        client.delete(name, number % WITHOUT_HISTORY == 0).await?;
    }
    Ok(())
}

/// Has some of these customers who have an account choose each a question.
pub(super) async fn choose_questions(mesh: &Mesh, customers: &[MadeUp]) -> Result<()> {
    let client = Client::connect(mesh).await?;
    let questions = SecurityQuestionServiceClient::new(mesh.channel("identity").await?);
    let request = ListSecurityQuestionsRequest::default();
    let listed =
        patiently(async || questions.clone().list_security_questions(client.request(request.clone())).await);
    let listed = listed.await?.into_inner().security_questions;
    let with_account = customers.iter().filter(|it| population::person(it.number).account.is_some());
    for (customer, question) in with_account.take(ASKED).zip(listed.iter().cycle()) {
        let wanted = SetSecurityAnswerRequest {
            name: format!("{}/account", customer.name),
            security_question: question.name.clone(),
            security_answer: ANSWER.to_owned(),
        };
        patiently(async || client.accounts.clone().set_security_answer(client.request(wanted.clone())).await)
            .await?;
    }
    Ok(())
}

impl Client {
    /// The customer's name; `None` where an earlier run created it.
    async fn come_and_change(&self, number: u32, groups: &[String]) -> Result<Option<String>, Status> {
        let Some(customer) = self.create_one(&creation(number, groups)).await? else { return Ok(None) };
        let changed = Customer {
            name: customer.name.clone(),
            job_title: "Head of purchasing".to_owned(),
            primary_phone: population::person(number + GONE).customer.primary_phone,
            ..Customer::default()
        };
        let change = UpdateCustomerRequest { customer: Some(changed), ..Default::default() };
        patiently(async || self.customers.clone().update_customer(self.request(change.clone())).await)
            .await?;
        Ok(Some(customer.name))
    }

    async fn create_one(&self, creation: &CreateCustomerRequest) -> Result<Option<Customer>, Status> {
        let created =
            patiently(async || self.customers.clone().create_customer(self.request(creation.clone())).await);
        match created.await {
            Ok(created) => Ok(Some(created.into_inner())),
            Err(status) if matches!(status.code(), Code::AlreadyExists | Code::NotFound) => Ok(None),
            Err(status) => Err(status),
        }
    }

    async fn delete(&self, name: &str, delete_history: bool) -> Result<(), Status> {
        let delete = DeleteCustomerRequest { name: name.to_owned(), delete_history, ..Default::default() };
        let deleted =
            patiently(async || self.customers.clone().delete_customer(self.request(delete.clone())).await);
        match deleted.await {
            // A try that was answered with an error may have deleted it.
            Err(status) if status.code() != Code::NotFound => Err(status),
            _ => Ok(()),
        }
    }
}
