//! Security questions, and what callers answer to them.

use crate::{
    fixture::{SignedIn, World, new_customer},
    refusal::{fields, reason},
};
use patron_chassis::peer::Peer;
use patron_proto::{
    event::v1::ChangeContext,
    identity::{
        internal::v1::CreateAccountRequest,
        v1::{
            CreateSecurityQuestionRequest, DeleteSecurityQuestionRequest, GetAccountRequest,
            ListSecurityQuestionsRequest, NewAccount, RefreshSessionRequest, SecurityQuestion,
            SetSecurityAnswerRequest, UpdateSecurityQuestionRequest, VerifySecurityAnswerRequest,
            security_question_service_client::SecurityQuestionServiceClient,
        },
    },
};
use std::time::Duration;
use tonic::{Code, Response, Status, transport::Channel};
use tonic_types::StatusExt as _;

impl World {
    fn questions(&self) -> SecurityQuestionServiceClient<Channel> {
        SecurityQuestionServiceClient::new(self.mesh.client(&self.identity))
    }

    async fn listed(&self, caller: &SignedIn) -> Vec<SecurityQuestion> {
        let request = caller.ask(ListSecurityQuestionsRequest::default());
        self.questions().list_security_questions(request).await.unwrap().into_inner().security_questions
    }

    async fn set_answer(
        &self,
        caller: &SignedIn,
        account: &str,
        question: &str,
        answer: &str,
    ) -> Result<String, Status> {
        let request = caller.ask(SetSecurityAnswerRequest {
            name: account.to_owned(),
            security_question: question.to_owned(),
            security_answer: answer.to_owned(),
        });
        let set = self.accounts().set_security_answer(request).await?;
        Ok(set.into_inner().security_question)
    }

    async fn verify(&self, caller: &SignedIn, account: &str, answer: &str) -> Result<bool, Status> {
        let request = caller.ask(VerifySecurityAnswerRequest {
            name: account.to_owned(),
            security_answer: answer.to_owned(),
        });
        self.accounts().verify_security_answer(request).await.map(|verified| verified.into_inner().correct)
    }
}

#[tokio::test]
async fn a_caller_is_known_by_the_answer_however_it_is_typed_and_every_try_is_in_the_history() {
    let world = World::new().await;
    let (administrator, support) = (world.administrator().await, world.staff_user("sam", "support").await);
    let account = world.account(&world.customer("luis@example.com").await, "luisg").await.name;
    let question = world.listed(&administrator).await.remove(0);
    let asked = world.set_answer(&support, &account, &question.name, "São Paulo").await.unwrap();
    assert_eq!(asked, question.text);
    for (answer, correct) in
        [("são paulo", true), ("  SAO   Paulo ", true), ("Rio", false), ("São Paulo", true)]
    {
        assert_eq!(world.verify(&support, &account, answer).await.unwrap(), correct, "{answer}");
    }
    let history = world.peers.await_events(Peer::ACTIVITY, &account, 6).await;
    let kinds: Vec<&str> = history.iter().map(|event| event.r#type.as_str()).collect();
    let (right, wrong) = ("account.security_answer_verified", "account.security_answer_failed");
    assert_eq!(kinds[1..], ["account.security_answer_set", right, right, wrong, right]);
    assert!(!format!("{history:?}").to_lowercase().contains("paulo"), "the answer stands nowhere");
    world.end().await;
}

#[tokio::test]
async fn after_five_wrong_answers_the_next_must_wait_and_a_right_one_begins_anew() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let account = world.account(&world.customer("luis@example.com").await, "luisg").await.name;
    let question = world.listed(&administrator).await.remove(0).name;
    world.set_answer(&administrator, &account, &question, "Rex").await.unwrap();
    for _ in 0..5 {
        assert!(!world.verify(&administrator, &account, "Fido").await.unwrap());
    }
    let refused = world.verify(&administrator, &account, "Rex").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "LIMIT_REACHED"));
    let wait = refused.get_error_details().retry_info().unwrap().retry_delay;
    assert_eq!(wait, Some(Duration::from_mins(1)));
    world.clock().advance(Duration::from_mins(1));
    assert!(world.verify(&administrator, &account, "Rex").await.unwrap());
    assert!(!world.verify(&administrator, &account, "Fido").await.unwrap());
    assert!(world.verify(&administrator, &account, "Rex").await.unwrap());
    world.end().await;
}

#[tokio::test]
async fn a_question_and_its_answer_are_given_and_taken_away_together() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let account = world.account(&world.customer("luis@example.com").await, "luisg").await.name;
    let question = world.listed(&administrator).await.remove(0).name;
    let refused = world.verify(&administrator, &account, "Rex").await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let stranger = "securityQuestions/00000000-0000-7000-8000-000000000000";
    for (question, answer, field) in [
        (question.as_str(), "", "security_answer"),
        (question.as_str(), " ' ", "security_answer"),
        ("", "Rex", "security_question"),
        (stranger, "Rex", "security_question"),
    ] {
        let refused = world.set_answer(&administrator, &account, question, answer).await.unwrap_err();
        assert_eq!(fields(&refused), [field]);
    }
    world.set_answer(&administrator, &account, &question, "Rex").await.unwrap();
    assert_eq!(world.set_answer(&administrator, &account, "", "").await.unwrap(), "");
    assert!(world.verify(&administrator, &account, "Rex").await.is_err());
    world.end().await;
}

#[tokio::test]
async fn customers_choose_their_own_question_soon_after_they_sign_in_and_nobody_elses() {
    let world = World::new().await;
    let (luis, ada) = (world.signed_in_customer("luisg").await, world.signed_in_customer("adaq").await);
    let question = world.listed(&luis).await.remove(0);
    let account = format!("{}/account", luis.name);
    assert_eq!(world.set_answer(&luis, &account, &question.name, "Rex").await.unwrap(), question.text);
    let foreign = world.set_answer(&ada, &account, &question.name, "Fido").await.unwrap_err();
    assert_eq!(foreign.code(), Code::NotFound);
    let refused = world.verify(&luis, &account, "Rex").await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "to guess is for staff");
    assert!(world.verify(&world.administrator().await, &account, "rex").await.unwrap());

    world.clock().advance(Duration::from_mins(16));
    let request = RefreshSessionRequest { secret: luis.session.secret.clone() };
    let session = world.sessions().refresh_session(request).await.unwrap().into_inner();
    let later = SignedIn { name: luis.name, session };
    let refused = world.set_answer(&later, &account, &question.name, "Fido").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "STEP_UP_REQUIRED"));
    world.end().await;
}

#[tokio::test]
async fn an_account_that_is_created_with_a_question_has_it_and_is_refused_where_the_answer_was_lost() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let question = world.listed(&administrator).await.remove(0);
    let create = async |customer: &str, answer: &str| {
        let account = NewAccount {
            security_question: if answer.is_empty() { String::new() } else { question.name.clone() },
            security_answer: answer.to_owned(),
            ..Default::default()
        };
        let request = CreateAccountRequest {
            customer: customer.to_owned(),
            account: Some(account),
            email: "luis@example.com".into(),
            security_answer_needed: true,
            context: Some(ChangeContext { actor: "services/shop".into(), ..Default::default() }),
            ..Default::default()
        };
        world.creation().create_account(request).await.map(Response::into_inner)
    };
    let customer = new_customer();
    let lost = create(&customer, "").await.unwrap_err();
    assert_eq!(lost.code(), Code::FailedPrecondition);
    create(&customer, "Rex").await.unwrap();
    create(&customer, "").await.unwrap();
    world.publish(&customer, |it| "luis@example.com".clone_into(&mut it.email)).await;
    let account = format!("{customer}/account");
    let read = administrator.ask(GetAccountRequest { name: account.clone() });
    let read = world.accounts().get_account(read).await.unwrap().into_inner();
    assert_eq!(read.security_question, question.text);
    assert!(world.verify(&administrator, &account, "REX").await.unwrap());
    world.end().await;
}

#[tokio::test]
async fn the_list_of_questions_is_kept_by_who_manages_settings_and_accounts_keep_their_words() {
    let world = World::new().await;
    let (administrator, support) = (world.administrator().await, world.staff_user("sam", "support").await);
    let text = "What is your favourite tree?";
    let new = CreateSecurityQuestionRequest {
        security_question: Some(SecurityQuestion { text: text.into(), ..Default::default() }),
        ..Default::default()
    };
    let refused = world.questions().create_security_question(support.ask(new.clone())).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let created = world.questions().create_security_question(administrator.ask(new.clone())).await;
    let created = created.unwrap().into_inner();
    let again = world.questions().create_security_question(administrator.ask(new)).await.unwrap_err();
    assert_eq!(again.code(), Code::AlreadyExists);
    assert!(world.listed(&support).await.iter().any(|question| question.text == text));

    let account = world.account(&world.customer("luis@example.com").await, "luisg").await.name;
    world.set_answer(&administrator, &account, &created.name, "oak").await.unwrap();
    let changed = SecurityQuestion { text: "What is your favourite bird?".into(), ..created.clone() };
    let update = UpdateSecurityQuestionRequest { security_question: Some(changed), ..Default::default() };
    let updated =
        world.questions().update_security_question(administrator.ask(update)).await.unwrap().into_inner();
    assert_eq!(updated.text, "What is your favourite bird?");
    let delete = DeleteSecurityQuestionRequest { name: created.name.clone(), ..Default::default() };
    world.questions().delete_security_question(administrator.ask(delete)).await.unwrap();
    assert!(!world.listed(&support).await.iter().any(|question| question.name == created.name));
    let read = administrator.ask(GetAccountRequest { name: account });
    assert_eq!(world.accounts().get_account(read).await.unwrap().into_inner().security_question, text);
    world.end().await;
}
