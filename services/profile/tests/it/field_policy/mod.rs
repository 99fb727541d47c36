//! What is asked of customers.

mod kept;
mod nameless;

use crate::fixture::{Fixture, luis, staff_id, violations};
use patron_chassis::{permission::Permission, testing::with_token};
use patron_profile::{ProfileService, field_policy::Field};
use patron_proto::profile::v1::{
    CreateCustomerRequest, Customer, FieldPolicy, FieldRule, GetFieldPolicyRequest, UpdateFieldPolicyRequest,
    customer::Channel, customer_service_client::CustomerServiceClient,
    field_policy_service_client::FieldPolicyServiceClient, field_rule::Need,
};
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

impl Fixture {
    async fn policy(&self) -> FieldPolicy {
        let mut client = FieldPolicyServiceClient::new(self.mesh.client(&self.profile));
        client.get_field_policy(self.staff(GetFieldPolicyRequest {})).await.unwrap().into_inner()
    }

    async fn ask(&self, policy: FieldPolicy, rules: &[&str]) -> Result<FieldPolicy, Status> {
        let paths = rules.iter().map(ToString::to_string).collect();
        let request = UpdateFieldPolicyRequest {
            field_policy: Some(policy),
            update_mask: Some(prost_types::FieldMask { paths }),
            ..Default::default()
        };
        let mut client = FieldPolicyServiceClient::new(self.mesh.client(&self.profile));
        let claims = self.mesh.tokens().staff(staff_id(1), &[Permission::SettingsManage]);
        let request = with_token(&self.mesh.tokens().sign(&claims), request);
        client.update_field_policy(request).await.map(tonic::Response::into_inner)
    }

    pub(crate) async fn create_by(&self, channel: Channel, customer: Customer) -> Result<Customer, Status> {
        let request =
            CreateCustomerRequest { customer: Some(customer), channel: channel.into(), ..Default::default() };
        self.client().create_customer(self.staff(request)).await.map(tonic::Response::into_inner)
    }
}

fn everywhere(need: Need) -> FieldRule {
    let need = need.into();
    FieldRule { console: need, registration: need, point_of_sale: need, import: need, ..Default::default() }
}

#[tokio::test]
async fn at_first_first_name_last_name_and_email_are_required_and_all_else_is_optional() {
    let fixture = Fixture::new().await;
    let policy = fixture.policy().await;
    assert_eq!(policy.name, "fieldPolicy");
    for &field in Field::ALL {
        let need = match field.name() {
            "first_name" | "last_name" | "email" => Need::Required,
            _ => Need::Optional,
        };
        assert_eq!(field.rule_in(&policy), Some(&everywhere(need)), "{}", field.name());
    }
}

#[tokio::test]
async fn changes_of_different_rules_both_stand_and_of_one_the_second_is_refused() {
    let fixture = Fixture::new().await;
    let seen = fixture.policy().await;
    let edit = |policy: FieldPolicy| FieldPolicy { etag: seen.etag.clone(), ..policy };
    let rule = |need: Need| Some(everywhere(need));
    fixture.ask(edit(FieldPolicy { fax: rule(Need::Off), ..Default::default() }), &["fax"]).await.unwrap();
    let status = fixture
        .ask(edit(FieldPolicy { fax: rule(Need::Required), ..Default::default() }), &["fax"])
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Aborted);
    let fields = status.get_details_error_info().unwrap().metadata["fields"].clone();
    assert_eq!(fields, "fax.console,fax.import,fax.point_of_sale,fax.registration");
    let both = fixture
        .ask(edit(FieldPolicy { source: rule(Need::Required), ..Default::default() }), &["source"])
        .await
        .unwrap();
    assert_eq!((both.fax, both.source), (rule(Need::Off), rule(Need::Required)));
    // a rule that is unset is as it was at first
    let unset = fixture.ask(FieldPolicy::default(), &["fax", "email"]).await.unwrap();
    assert_eq!((unset.fax, unset.email), (rule(Need::Optional), rule(Need::Required)));
}

#[tokio::test]
async fn rules_that_cannot_be_kept_to_are_refused_each_with_its_reason() {
    let fixture = Fixture::new().await;
    let text = |pattern: &str, hint: &str| {
        Some(FieldRule { pattern: pattern.into(), hint: hint.into(), ..Default::default() })
    };
    let off = Some(FieldRule { point_of_sale: Need::Off.into(), ..Default::default() });
    let policy = FieldPolicy {
        title: text("(", "nothing"),
        first_name: off.clone(),
        last_name: off.clone(),
        company: off.clone(),
        email: off,
        department: text("[A-Z]+", ""),
        job_title: text("", "letters"),
        birth_date: text("1.*", "long ago"),
        source: text(r"(\w{100}){100}", "much"),
        newsletter: Some(FieldRule { registration: Need::Required.into(), ..Default::default() }),
        ..Default::default()
    };
    let status = fixture.ask(policy, &["*"]).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(
        violations(&status),
        [
            "field_policy.title.pattern is no pattern: expected one such as [A-Z]{2}[0-9]{9}",
            "field_policy.department.hint is needed",
            "field_policy.job_title.hint is for a pattern, and there is none",
            "field_policy.birth_date.pattern is not for this field, which is not written as people like",
            "field_policy.source.pattern asks for too much: repeat less of it",
            "field_policy.newsletter.registration cannot be required: nobody has to take a newsletter",
            "field_policy.first_name.point_of_sale cannot be off with last name, company and email: a customer has one of them",
        ]
    );
}

#[tokio::test]
async fn every_replica_keeps_to_a_changed_policy_within_seconds() {
    let fixture = Fixture::new().await;
    let other = fixture.mesh.service::<ProfileService>(&fixture.database, ()).await;
    let rule = Some(everywhere(Need::Required));
    fixture.ask(FieldPolicy { source: rule, ..Default::default() }, &["source"]).await.unwrap();
    let status = fixture.create(luis()).await.unwrap_err();
    assert_eq!(violations(&status), ["customer.source is needed"], "from the answer on");
    let mut client = CustomerServiceClient::new(fixture.mesh.client(&other));
    let follows = async {
        let request =
            CreateCustomerRequest { customer: Some(luis()), validate_only: true, ..Default::default() };
        while client.create_customer(fixture.staff(request.clone())).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), follows).await.expect("it follows");
}
