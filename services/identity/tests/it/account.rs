use crate::{
    fixture::{CUSTOMER_PASSWORD, SignedIn, TEMPORARY, World, new_customer, request_id},
    refusal::{fields, reason},
};
use patron_chassis::peer::Peer;
use patron_proto::{
    access::v1::Permission,
    event::v1::{CustomerAccount, FieldChange, event::Snapshot},
    identity::v1::{
        Account, BatchGetAccountsRequest, CreateAccountRequest, DisableAccountRequest, EnableAccountRequest,
        GetAccountRequest, NewAccount, RefreshSessionRequest, SetAccountPasswordRequest, UserKind,
        account::Status as AccountStatus, role::Scope,
    },
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

fn request(customer: &str, username: &str, request_id: &str) -> CreateAccountRequest {
    let account = Some(NewAccount {
        username: username.to_owned(),
        password: TEMPORARY.to_owned(),
        ..Default::default()
    });
    CreateAccountRequest { parent: customer.to_owned(), account, request_id: request_id.to_owned() }
}

async fn create(world: &World, by: &SignedIn, request: CreateAccountRequest) -> Result<Account, Status> {
    world.accounts().create_account(by.ask(request)).await.map(tonic::Response::into_inner)
}

async fn get(world: &World, by: &SignedIn, customer: &str) -> Result<Account, Status> {
    let request = GetAccountRequest { name: format!("{customer}/account") };
    world.accounts().get_account(by.ask(request)).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn an_account_is_published_to_history_and_to_the_record() {
    let world = World::new().await;
    let customer = world.customer("luis@example.com").await;
    let administrator = world.administrator().await;
    let account = create(&world, &administrator, request(&customer, "LuisG", "")).await.unwrap();
    assert_eq!((account.username.as_str(), account.status()), ("LuisG", AccountStatus::Active));
    assert_eq!(get(&world, &administrator, &customer).await.unwrap(), account);
    for consumer in [Peer::ACTIVITY, Peer::PROFILE] {
        let event = world.peers.await_events(consumer, &account.name, 1).await.remove(0);
        assert_eq!((event.r#type.as_str(), event.version), ("account.created", 1));
        assert_eq!(event.context.as_ref().unwrap().actor_display_name, "Administrator");
        let kept = CustomerAccount { status: "ACTIVE".to_owned(), username: "LuisG".to_owned() };
        assert_eq!(event.snapshot, Some(Snapshot::Account(kept)));
    }
    world.end().await;
}

#[tokio::test]
async fn a_customer_has_one_account_and_a_username_one_owner() {
    let world = World::new().await;
    let (first, second) = (world.customer("luis@example.com").await, world.customer("lu@example.com").await);
    let administrator = world.administrator().await;
    create(&world, &administrator, request(&first, "LuisG", "")).await.unwrap();
    let refused = create(&world, &administrator, request(&first, "other", "")).await.unwrap_err();
    assert_eq!((refused.code(), fields(&refused)), (Code::AlreadyExists, vec!["parent".to_owned()]));
    let refused = create(&world, &administrator, request(&second, "ＬＵＩＳＧ", "")).await.unwrap_err();
    assert_eq!(
        (refused.code(), fields(&refused)),
        (Code::AlreadyExists, vec!["account.username".to_owned()])
    );
    let renamed =
        sqlx::query!("update identity.account set username = 'lu'").execute(world.database.pool()).await;
    let constraint = renamed.unwrap_err().as_database_error().unwrap().constraint().map(str::to_owned);
    assert_eq!(constraint.as_deref(), Some("account_username_immutable_check"));
    world.end().await;
}

#[tokio::test]
async fn two_requests_for_one_username_at_once_have_one_winner() {
    let world = World::new().await;
    let (first, second) = (world.customer("luis@example.com").await, world.customer("lu@example.com").await);
    let administrator = world.administrator().await;
    let done = tokio::join!(
        create(&world, &administrator, request(&first, "luisg", "")),
        create(&world, &administrator, request(&second, "LuisG", "")),
    );
    let refused = match done {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        both => panic!("{both:?}"),
    };
    assert_eq!(
        (refused.code(), fields(&refused)),
        (Code::AlreadyExists, vec!["account.username".to_owned()])
    );
    world.end().await;
}

#[tokio::test]
async fn mistakes_and_weak_passwords_are_refused_with_their_fields() {
    let world = World::new().await;
    let customer = world.customer("luis.goncalves@example.com").await;
    let administrator = world.administrator().await;
    for (username, password, expected) in [
        ("admin", TEMPORARY, vec!["account.username"]),
        ("Sales.Rep", TEMPORARY, vec!["account.username"]),
        ("аdministrаtor", TEMPORARY, vec!["account.username"]),
        ("100042", TEMPORARY, vec!["account.username"]),
        ("ka\u{34f}te", TEMPORARY, vec!["account.username"]),
        ("a", "short", vec!["account.username", "account.password"]),
        ("luis@g", TEMPORARY, vec!["account.username"]),
        ("lgoncalves", "LGoncalves is great", vec!["account.password"]),
        ("luisg", "luis.goncalves and me", vec!["account.password"]),
    ] {
        let account =
            Some(NewAccount { username: username.into(), password: password.into(), ..Default::default() });
        let wrong = CreateAccountRequest { account, ..request(&customer, "", "") };
        let refused = create(&world, &administrator, wrong).await.unwrap_err();
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, expected.iter().map(ToString::to_string).collect())
        );
    }
    let refused = create(&world, &administrator, request(&new_customer(), "nobody", "")).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    world.end().await;
}

#[tokio::test]
async fn a_repeated_request_gives_the_same_account_and_another_body_is_refused() {
    let world = World::new().await;
    let customer = world.customer("luis@example.com").await;
    let administrator = world.administrator().await;
    let first = create(&world, &administrator, request(&customer, "luisg", &request_id(1))).await.unwrap();
    let again = create(&world, &administrator, request(&customer, "luisg", &request_id(1))).await.unwrap();
    assert_eq!(first, again);
    let refused =
        create(&world, &administrator, request(&customer, "other", &request_id(1))).await.unwrap_err();
    assert_eq!(reason(&refused), "REQUEST_ID_REUSED");
    world.end().await;
}

#[tokio::test]
async fn disabling_ends_every_session_and_enabling_lets_in_again() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let administrator = world.administrator().await;
    let name = format!("{}/account", customer.name);
    let disable = DisableAccountRequest {
        name: name.clone(),
        reason: "unpaid".into(),
        request_id: request_id(2),
        ..Default::default()
    };
    for _ in 0..2 {
        let disabled =
            world.accounts().disable_account(administrator.ask(disable.clone())).await.unwrap().into_inner();
        assert_eq!(disabled.status(), AccountStatus::Disabled);
    }
    world.refused(customer.token()).await;
    let refresh = RefreshSessionRequest { secret: customer.session.secret };
    assert_eq!(world.sessions().refresh_session(refresh).await.unwrap_err().code(), Code::Unauthenticated);
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap_err();

    let enable = EnableAccountRequest { name: name.clone(), ..Default::default() };
    world.accounts().enable_account(administrator.ask(enable)).await.unwrap();
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    let history = world.history(&name, 4).await;
    assert_eq!(
        history,
        ["account.created", "account.password_changed", "account.disabled", "account.enabled"]
    );
    let event = world.peers.await_events(Peer::PROFILE, &name, 4).await.remove(2);
    assert_eq!(event.context.as_ref().unwrap().reason, "unpaid");
    let change = |field: &str, old: &str, new: &str| FieldChange {
        field: field.to_owned(),
        old: Some(old.to_owned().into()),
        new: Some(new.to_owned().into()),
        ..FieldChange::default()
    };
    let expected =
        [change("status", "STATUS_ACTIVE", "STATUS_DISABLED"), change("status_reason", "", "unpaid")];
    assert_eq!(event.changes, expected);
    world.end().await;
}

#[tokio::test]
async fn a_status_that_changed_since_the_etag_is_left_and_other_changes_are_no_hindrance() {
    let world = World::new().await;
    let customer = world.customer("luis@example.com").await;
    let seen = world.account(&customer, "luisg").await;
    let administrator = world.administrator().await;
    let set = SetAccountPasswordRequest { name: seen.name.clone(), password: TEMPORARY.to_owned() };
    world.accounts().set_account_password(administrator.ask(set)).await.unwrap();
    let disable = DisableAccountRequest {
        name: seen.name.clone(),
        etag: seen.etag.clone(),
        ..DisableAccountRequest::default()
    };
    let disabled = world.accounts().disable_account(administrator.ask(disable)).await.unwrap().into_inner();
    let enable = |etag: &str| EnableAccountRequest {
        name: seen.name.clone(),
        etag: etag.to_owned(),
        ..EnableAccountRequest::default()
    };
    let refused = world.accounts().enable_account(administrator.ask(enable(&seen.etag))).await.unwrap_err();
    assert_eq!(refused.code(), Code::Aborted);
    let metadata = refused.get_details_error_info().unwrap().metadata;
    assert_eq!((metadata["fields"].as_str(), &metadata["changed_by"]), ("status", &administrator.name));
    world.accounts().enable_account(administrator.ask(enable(&disabled.etag))).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn a_password_set_by_staff_is_temporary_and_ends_every_session() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let manager = world.staff_user("maria", "manager").await;
    let name = format!("{}/account", customer.name);
    let set = SetAccountPasswordRequest { name: name.clone(), password: TEMPORARY.to_owned() };
    let account = world.accounts().set_account_password(manager.ask(set)).await.unwrap().into_inner();
    assert!(account.password_temporary);
    assert_eq!(account.password_given_by, manager.name);
    world.refused(customer.token()).await;
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap_err();
    assert!(world.sign_in(UserKind::Customer, "luisg", TEMPORARY).await.unwrap().password_change_required);
    let weak = SetAccountPasswordRequest { name, password: "luisg-luisg-luisg".to_owned() };
    let refused = world.accounts().set_account_password(manager.ask(weak)).await.unwrap_err();
    assert_eq!(fields(&refused), ["password"]);
    world.end().await;
}

#[tokio::test]
async fn a_sales_rep_reaches_assigned_customers_and_a_customer_only_itself() {
    let world = World::new().await;
    let (luis, bjorn) = (world.signed_in_customer("luisg").await, world.signed_in_customer("bjorn").await);
    let rep = world.staff_user("rep", "sales-rep").await;
    world.publish(&luis.name, |it| it.assigned_staff = vec![rep.name.clone()]).await;
    get(&world, &rep, &luis.name).await.unwrap();
    get(&world, &luis, &luis.name).await.unwrap();
    for (by, whom) in [(&rep, &bjorn), (&luis, &bjorn)] {
        let refused = get(&world, by, &whom.name).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound, "as if there were none");
    }
    let set =
        SetAccountPasswordRequest { name: format!("{}/account", bjorn.name), password: TEMPORARY.to_owned() };
    assert_eq!(world.accounts().set_account_password(rep.ask(set)).await.unwrap_err().code(), Code::NotFound);

    let parents = vec![bjorn.name.clone(), new_customer(), luis.name.clone()];
    for (by, expected) in
        [(world.administrator().await, vec![&bjorn.name, &luis.name]), (rep, vec![&luis.name])]
    {
        let request = BatchGetAccountsRequest { parents: parents.clone() };
        let found = world.accounts().batch_get_accounts(by.ask(request)).await.unwrap().into_inner();
        let names: Vec<_> = found.accounts.iter().map(|it| it.name.trim_end_matches("/account")).collect();
        assert_eq!(names, expected);
    }
    world.end().await;
}

#[tokio::test]
async fn nobody_sets_a_password_who_lacks_the_rights_that_come_with_it() {
    let world = World::new().await;
    let permissions = [Permission::CustomerSendReset, Permission::CustomerRead];
    let role = world.role("Resetter", Scope::All, &permissions).await;
    let customer = world.signed_in_customer("luisg").await;
    let resetter = world.staff_user("rita", &role).await;
    let set = SetAccountPasswordRequest {
        name: format!("{}/account", customer.name),
        password: TEMPORARY.to_owned(),
    };
    let refused = world.accounts().set_account_password(resetter.ask(set)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    world.end().await;
}
