//! How members of staff decide on customers who wait for approval.

use crate::{
    approval::{approval, decline, get, refusal, waiting},
    fixture::{World, new_customer, request_id},
    group::{GOLD, SILVER},
    refusal::{fields, reason},
};
use patron_proto::{
    event::v1::customer_reference::State,
    identity::v1::{
        AccountDecision, ApproveAccountRequest, BatchApproveAccountsRequest, BatchDeclineAccountsRequest,
        DeclineAccountRequest, ListWaitingAccountsRequest, account::Status as AccountStatus,
        account_decision,
    },
};
use std::time::Duration;
use tonic::Code;

#[tokio::test]
async fn those_who_wait_longest_come_first_by_group_and_page_by_page() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let mut names = Vec::new();
    for (username, group) in [("kate", SILVER), ("luisg", GOLD), ("bjorn", GOLD)] {
        names.push(format!("{}/account", waiting(&world, username, group).await));
        world.clock().advance(Duration::from_secs(1));
    }
    world.signed_in_customer("active").await;
    let list = async |group: &str, page_token: String| {
        let request = ListWaitingAccountsRequest { page_size: 2, page_token, group: group.to_owned() };
        let page = world.accounts().list_waiting_accounts(administrator.ask(request)).await.unwrap();
        let page = page.into_inner();
        let accounts: Vec<_> = page.accounts.into_iter().map(|account| account.name).collect();
        (accounts, page.next_page_token)
    };
    let (first, next) = list("", String::new()).await;
    assert_eq!(first, names[..2]);
    assert_eq!(list("", next).await, (names[2..].to_vec(), String::new()));
    assert_eq!(list(GOLD, String::new()).await, (names[1..].to_vec(), String::new()));
    let viewer = world.staff_user("vera", "viewer").await;
    let asked =
        world.accounts().list_waiting_accounts(viewer.ask(ListWaitingAccountsRequest::default())).await;
    assert_eq!(asked.unwrap_err().code(), Code::PermissionDenied);
    world.end().await;
}

#[tokio::test]
async fn of_a_batch_each_customer_is_decided_by_itself() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let (first, second) = (waiting(&world, "kate", GOLD).await, waiting(&world, "luisg", GOLD).await);
    let nobody = new_customer();
    let requests = [&first, &nobody, &second].map(|customer| approval(customer));
    let request = || BatchApproveAccountsRequest { requests: requests.to_vec() };
    for _ in 0..2 {
        let reply = world.accounts().batch_approve_accounts(administrator.ask(request())).await.unwrap();
        let decided: Vec<_> = reply.into_inner().results.into_iter().map(decided).collect();
        let approved = |customer: &str| Ok((format!("{customer}/account"), AccountStatus::Active));
        assert_eq!(decided, [approved(&first), Err(Code::NotFound), approved(&second)]);
    }
    let active = world.signed_in_customer("active").await;
    let requests = [&first, &active.name].map(|customer| refusal(customer)).to_vec();
    let request = BatchDeclineAccountsRequest { requests };
    let reply = world.accounts().batch_decline_accounts(administrator.ask(request)).await.unwrap();
    let decided: Vec<_> = reply.into_inner().results.into_iter().map(decided).collect();
    let declined = Ok((format!("{first}/account"), AccountStatus::Disabled));
    assert_eq!(decided, [declined, Err(Code::FailedPrecondition)]);
    let requests =
        vec![refusal(&second), DeclineAccountRequest { reason: " ".to_owned(), ..refusal(&first) }];
    let request = BatchDeclineAccountsRequest { requests };
    let wrong = world.accounts().batch_decline_accounts(administrator.ask(request)).await.unwrap_err();
    assert_eq!(
        (wrong.code(), fields(&wrong)),
        (Code::InvalidArgument, vec!["requests[1].reason".to_owned()])
    );
    world.end().await;
}

fn decided(decision: AccountDecision) -> Result<(String, AccountStatus), Code> {
    match decision.result.unwrap() {
        account_decision::Result::Account(account) => Ok((account.name.clone(), account.status())),
        account_decision::Result::Error(error) => Err(error.code.into()),
    }
}

#[tokio::test]
async fn a_repeated_decision_changes_nothing_though_another_came_between() {
    let world = World::new().await;
    let customer = waiting(&world, "luisg", GOLD).await;
    let administrator = world.administrator().await;
    let request = ApproveAccountRequest { request_id: request_id(1), ..approval(&customer) };
    let approve = async |request: &ApproveAccountRequest| {
        world.accounts().approve_account(administrator.ask(request.clone())).await
    };
    approve(&request).await.unwrap();
    decline(&world, &administrator, &customer).await.unwrap();
    assert_eq!(approve(&request).await.unwrap().into_inner().status(), AccountStatus::Disabled);
    let other = ApproveAccountRequest { reason: "Licence seen".to_owned(), ..request };
    assert_eq!(reason(&approve(&other).await.unwrap_err()), "REQUEST_ID_REUSED");
    world.end().await;
}

#[tokio::test]
async fn two_who_decide_at_once_learn_of_each_other() {
    let world = World::new().await;
    let customer = waiting(&world, "luisg", GOLD).await;
    let administrator = world.administrator().await;
    let etag = get(&world, &administrator, &customer).await.etag;
    decline(&world, &administrator, &customer).await.unwrap();
    let late = ApproveAccountRequest { etag, ..approval(&customer) };
    let refused = world.accounts().approve_account(administrator.ask(late)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "CHANGED_SINCE_ETAG"));
    world.end().await;
}

#[tokio::test]
async fn a_deleted_customer_leaves_nothing_of_its_groups_and_a_late_event_brings_nothing_back() {
    let world = World::new().await;
    let customer = waiting(&world, "luisg", GOLD).await;
    world.publish(&customer, |it| it.set_state(State::Deleting)).await;
    world.publish(&customer, |it| it.set_state(State::Deleted)).await;
    world.join(&customer, 2, &[GOLD, SILVER]).await;
    let left = sqlx::query_scalar!(r#"select count(*) as "count!" from identity.approval_group"#);
    assert_eq!(left.fetch_one(world.database.pool()).await.unwrap(), 0);
    world.end().await;
}

#[tokio::test]
async fn the_database_takes_no_account_that_signs_in_unapproved_and_no_move_that_there_is_not() {
    let world = World::new().await;
    let customer = waiting(&world, "luisg", GOLD).await;
    let administrator = world.administrator().await;
    let constraint = async |change: &str| {
        let statement = format!("update identity.account set {change}");
        #[expect(clippy::disallowed_methods, reason = "what no statement of the service does")]
        let refused = sqlx::query(sqlx::AssertSqlSafe(statement)).execute(world.database.pool()).await;
        refused.unwrap_err().as_database_error().unwrap().constraint().map(str::to_owned).unwrap()
    };
    for (change, expected) in [
        ("status = 'active', waiting_since = null", "account_standing_check"),
        ("approval = 'approved'", "account_standing_check"),
        ("waiting_since = null", "account_waiting_since_check"),
        ("status_reason = 'none'", "account_status_reason_check"),
        ("approval = 'not_needed'", "account_move_check"),
        ("status = 'pending_verification', waiting_since = null", "account_move_check"),
    ] {
        assert_eq!(constraint(change).await, expected, "{change}");
    }
    decline(&world, &administrator, &customer).await.unwrap();
    assert_eq!(constraint("approval = 'needed'").await, "account_move_check");
    assert_eq!(constraint("status = 'active', status_reason = null").await, "account_standing_check");
    world.end().await;
}
