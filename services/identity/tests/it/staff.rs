use crate::{
    fixture::{STAFF_PASSWORD, SignedIn, TEMPORARY, World, request_id, staff},
    refusal::{fields, reason, rule},
};
use patron_chassis::peer::Peer;
use patron_proto::{
    access::v1::Permission,
    identity::{
        internal::v1::{
            BatchGetStaffReferencesRequest, StaffReference,
            staff_reference_service_client::StaffReferenceServiceClient,
        },
        v1::{
            CreateStaffRequest, GetStaffRequest, ListRolesRequest, ListStaffRequest, RefreshSessionRequest,
            SetStaffPasswordRequest, Staff, UpdateStaffRequest, UserKind, role::Scope,
        },
    },
};
use patron_values::diff::to_json;
use prost_types::FieldMask;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

async fn create(world: &World, by: &SignedIn, staff: Staff, request_id: &str) -> Result<Staff, Status> {
    let request = CreateStaffRequest {
        staff: Some(staff),
        password: TEMPORARY.to_owned(),
        request_id: request_id.to_owned(),
    };
    world.staff().create_staff(by.ask(request)).await.map(tonic::Response::into_inner)
}

async fn update(world: &World, by: &SignedIn, staff: Staff, paths: &[&str]) -> Result<Staff, Status> {
    let update_mask = Some(FieldMask { paths: paths.iter().map(ToString::to_string).collect() });
    let request = UpdateStaffRequest { staff: Some(staff), update_mask, request_id: String::new() };
    world.staff().update_staff(by.ask(request)).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn a_created_person_is_read_listed_and_published() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let created = create(&world, &administrator, staff("Mary", "sales-rep"), "").await.unwrap();
    assert_eq!((created.username.as_str(), created.role.as_str()), ("Mary", "roles/sales-rep"));
    let request = GetStaffRequest { name: created.name.clone() };
    let read = world.staff().get_staff(administrator.ask(request)).await.unwrap().into_inner();
    assert_eq!(read, created);
    let listed =
        world.staff().list_staff(administrator.ask(ListStaffRequest::default())).await.unwrap().into_inner();
    let names: Vec<_> = listed.staff.iter().map(|staff| staff.username.as_str()).collect();
    assert_eq!(names, ["Mary", "root"]);

    let event = world.peers.await_events(Peer::ACTIVITY, &created.name, 1).await.remove(0);
    assert_eq!((event.r#type.as_str(), event.version), ("staff.created", 1));
    assert_eq!(event.context.as_ref().unwrap().actor, administrator.name);
    let changed: Vec<_> = event
        .changes
        .iter()
        .map(|it| format!("{}={}", it.field, to_json(it.new.as_ref().unwrap())))
        .collect();
    assert_eq!(
        changed,
        [
            r#"username="Mary""#,
            r#"display_name="Person Mary""#,
            r#"email="Mary@example.com""#,
            r#"role="roles/sales-rep""#
        ]
    );
    world.end().await;
}

#[tokio::test]
async fn services_learn_who_is_a_member_of_staff_and_who_is_disabled() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let person = world.staff_user("mary", "viewer").await;
    let wanted = Staff { name: person.name.clone(), disabled: true, ..Staff::default() };
    update(&world, &administrator, wanted, &["disabled"]).await.unwrap();
    let nobody = format!("staff/{}", request_id(9));
    let request = BatchGetStaffReferencesRequest {
        staff: vec![administrator.name.clone(), person.name.clone(), nobody],
    };
    let mut client = StaffReferenceServiceClient::new(world.mesh.client_as("profile", &world.identity));
    let mut found = client.batch_get_staff_references(request).await.unwrap().into_inner().references;
    found.sort_by_key(|one| one.disabled);
    assert_eq!(
        found,
        [
            StaffReference {
                staff: administrator.name,
                disabled: false,
                display_name: "Administrator".to_owned()
            },
            StaffReference { staff: person.name, disabled: true, display_name: "Person mary".to_owned() }
        ]
    );
    world.end().await;
}

#[tokio::test]
async fn every_mistake_in_a_new_person_is_named_at_once() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let request = CreateStaffRequest {
        staff: Some(Staff { username: "a b c".into(), email: "mary".into(), ..Default::default() }),
        password: "short".to_owned(),
        request_id: String::new(),
    };
    let refused = world.staff().create_staff(administrator.ask(request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(
        fields(&refused),
        ["staff.username", "staff.display_name", "staff.email", "staff.role", "password"]
    );
    let unknown = staff("mary", "king");
    assert_eq!(fields(&create(&world, &administrator, unknown, "").await.unwrap_err()), ["staff.role"]);
    world.end().await;
}

#[tokio::test]
async fn usernames_and_emails_are_taken_however_they_are_typed() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    create(&world, &administrator, staff("straße", "viewer"), "").await.unwrap();
    let same_name = Staff { email: "other@example.com".into(), ..staff("STRASSE", "viewer") };
    let refused = create(&world, &administrator, same_name, "").await.unwrap_err();
    assert_eq!((refused.code(), fields(&refused)), (Code::AlreadyExists, vec!["staff.username".to_owned()]));
    let same_email = Staff { email: "ROOT@example.com".into(), ..staff("mary", "viewer") };
    let refused = create(&world, &administrator, same_email, "").await.unwrap_err();
    assert_eq!((refused.code(), fields(&refused)), (Code::AlreadyExists, vec!["staff.email".to_owned()]));
    world.end().await;
}

#[tokio::test]
async fn a_repeated_request_creates_one_person_and_another_body_is_refused() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let first = create(&world, &administrator, staff("mary", "viewer"), &request_id(7)).await.unwrap();
    let again = create(&world, &administrator, staff("mary", "viewer"), &request_id(7)).await.unwrap();
    assert_eq!(first, again);
    let refused = create(&world, &administrator, staff("john", "viewer"), &request_id(7)).await.unwrap_err();
    assert_eq!(reason(&refused), "REQUEST_ID_REUSED");
    world.end().await;
}

#[tokio::test]
async fn an_update_writes_the_fields_of_its_mask_and_sees_changes_in_between() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let created = create(&world, &administrator, staff("mary", "viewer"), "").await.unwrap();
    let wanted = Staff { display_name: "Mary Jones".into(), role: "roles/manager".into(), ..created.clone() };
    let updated = update(&world, &administrator, wanted.clone(), &["display_name"]).await.unwrap();
    assert_eq!((updated.display_name.as_str(), updated.role.as_str()), ("Mary Jones", "roles/viewer"));
    assert_ne!(updated.etag, created.etag);
    let refused = update(&world, &administrator, wanted.clone(), &["display_name"]).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "CHANGED_SINCE_ETAG"));
    assert_eq!(refused.get_details_error_info().unwrap().metadata["changed_by"], administrator.name);
    // What stands already is no change.
    let same = update(&world, &administrator, updated.clone(), &["display_name"]).await.unwrap();
    assert_eq!(same.etag, updated.etag);
    // Another field with the first etag stands beside it.
    let both = update(&world, &administrator, wanted, &["role"]).await.unwrap();
    assert_eq!((both.display_name.as_str(), both.role.as_str()), ("Mary Jones", "roles/manager"));
    assert_eq!(world.history(&created.name, 3).await, ["staff.created", "staff.updated", "staff.updated"]);
    world.end().await;
}

#[tokio::test]
async fn a_username_never_changes_not_even_in_sql() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let created = create(&world, &administrator, staff("mary", "viewer"), "").await.unwrap();
    let renamed = Staff { username: "maria".into(), ..created };
    let refused = update(&world, &administrator, renamed, &["username"]).await.unwrap_err();
    assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec!["update_mask".to_owned()]));
    let renamed = sqlx::query!("update identity.staff set username = 'maria' where username = 'mary'");
    let refused = renamed.execute(world.database.pool()).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().constraint(), Some("staff_username_immutable_check"));
    world.end().await;
}

#[tokio::test]
async fn who_is_disabled_is_signed_out_and_stays_out() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let mary = world.staff_user("mary", "viewer").await;
    let disabled = Staff { name: mary.name.clone(), disabled: true, ..Default::default() };
    update(&world, &administrator, disabled, &["disabled"]).await.unwrap();
    world.refused(mary.token()).await;
    world.sign_in(UserKind::Staff, "mary", STAFF_PASSWORD).await.unwrap_err();
    let refresh = RefreshSessionRequest { secret: mary.session.secret };
    world.sessions().refresh_session(refresh).await.unwrap_err();
    world.end().await;
}

#[tokio::test]
async fn a_new_role_takes_hold_with_the_next_token_and_voids_the_old_one() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let mary = world.staff_user("mary", "administrator").await;
    world.roles().list_roles(mary.ask(ListRolesRequest::default())).await.unwrap();
    let demoted = Staff { name: mary.name.clone(), role: "roles/viewer".into(), ..Default::default() };
    update(&world, &administrator, demoted, &["role"]).await.unwrap();
    world.refused(mary.token()).await;
    let refresh = RefreshSessionRequest { secret: mary.session.secret.clone() };
    let session = world.sessions().refresh_session(refresh).await.unwrap().into_inner();
    assert_eq!(session.permissions.len(), 4);
    world.end().await;
}

#[tokio::test]
async fn the_last_administrator_stays_even_when_two_disable_each_other() {
    let world = World::new().await;
    let root = world.administrator().await;
    let disabled = |whom: &SignedIn| Staff { name: whom.name.clone(), disabled: true, ..Default::default() };
    let demoted = Staff { name: root.name.clone(), role: "roles/manager".into(), ..Default::default() };
    for (change, path) in [(disabled(&root), "disabled"), (demoted, "role")] {
        let refused = update(&world, &root, change, &[path]).await.unwrap_err();
        assert_eq!(
            (refused.code(), rule(&refused).as_str()),
            (Code::FailedPrecondition, "LAST_ADMINISTRATOR")
        );
    }
    let mary = world.staff_user("mary", "administrator").await;
    let done = tokio::join!(
        update(&world, &root, disabled(&mary), &["disabled"]),
        update(&world, &mary, disabled(&root), &["disabled"]),
    );
    assert!(done.0.is_ok() ^ done.1.is_ok());
    let removed = sqlx::query!("delete from identity.staff where role_id = 'administrator'");
    let refused = removed.execute(world.database.pool()).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().constraint(), Some("staff_last_administrator_check"));
    world.end().await;
}

#[tokio::test]
async fn nobody_grants_or_touches_more_than_they_have() {
    let world = World::new().await;
    let permissions = [
        Permission::StaffManage,
        Permission::CustomerRead,
        Permission::AddressRead,
        Permission::GroupRead,
        Permission::ActivityRead,
    ];
    let everywhere = world.role("Clerk", Scope::All, &permissions).await;
    let in_branch = world.role("Clerk of a branch", Scope::Assigned, &permissions).await;
    let root = world.administrator().await;
    let (clerk, branch) =
        (world.staff_user("clerk", &everywhere).await, world.staff_user("branch", &in_branch).await);

    let viewer = create(&world, &clerk, staff("viewer", "viewer"), "").await.unwrap();
    let denied = |refused: Status| assert_eq!(refused.code(), Code::PermissionDenied);
    denied(create(&world, &clerk, staff("manager", "manager"), "").await.unwrap_err());
    let promoted = Staff { role: "roles/support".into(), ..viewer.clone() };
    denied(update(&world, &clerk, promoted, &["role"]).await.unwrap_err());
    let taken_over =
        Staff { name: root.name.clone(), email: "clerk@example.org".into(), ..Default::default() };
    denied(update(&world, &clerk, taken_over, &["email"]).await.unwrap_err());
    let set = SetStaffPasswordRequest { name: root.name.clone(), password: TEMPORARY.to_owned() };
    denied(world.staff().set_staff_password(clerk.ask(set)).await.unwrap_err());
    // The same permissions, but for all customers and not for one's own alone.
    denied(create(&world, &branch, staff("second", "viewer"), "").await.unwrap_err());
    denied(update(&world, &branch, Staff { disabled: true, ..viewer }, &["disabled"]).await.unwrap_err());
    world.end().await;
}

#[tokio::test]
async fn a_password_set_by_someone_else_signs_out_and_is_temporary() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let mary = world.staff_user("mary", "viewer").await;
    let set = |name: &str| SetStaffPasswordRequest { name: name.to_owned(), password: TEMPORARY.to_owned() };
    world.staff().set_staff_password(administrator.ask(set(&mary.name))).await.unwrap();
    world.refused(mary.token()).await;
    let session = world.sign_in(UserKind::Staff, "mary", TEMPORARY).await.unwrap();
    assert!(session.password_change_required);
    let refused =
        world.staff().set_staff_password(administrator.ask(set(&administrator.name))).await.unwrap_err();
    assert_eq!((refused.code(), rule(&refused).as_str()), (Code::FailedPrecondition, "OWN_PASSWORD"));
    world.end().await;
}
