//! Roles that people make beside those that every Patron has.

use crate::{
    fixture::{STAFF_PASSWORD, SignedIn, World, request_id, staff},
    refusal::{fields, reason, rule},
};
use patron_chassis::peer::Peer;
use patron_proto::{
    access::v1::Permission,
    identity::v1::{
        CreateRoleRequest, CreateStaffRequest, DeleteRoleRequest, GetRoleRequest, ListRolesRequest, Role,
        Staff, UpdateRoleRequest, UpdateStaffRequest, role::Scope,
    },
};
use patron_values::diff::to_json;
use prost_types::FieldMask;
use tonic::{Code, Status};

/// What a role needs so that who has it can make others.
pub(crate) const FOREMAN: [Permission; 4] =
    [Permission::CustomerRead, Permission::AddressRead, Permission::StaffManage, Permission::RoleManage];

impl World {
    /// A role made by an administrator, by its id.
    pub(crate) async fn role(&self, display_name: &str, scope: Scope, permissions: &[Permission]) -> String {
        let administrator = self.administrator().await;
        let created = create(self, &administrator, role(display_name, scope, permissions)).await.unwrap();
        created.name.trim_start_matches("roles/").to_owned()
    }
}

pub(crate) fn role(display_name: &str, scope: Scope, permissions: &[Permission]) -> Role {
    Role {
        display_name: display_name.to_owned(),
        scope: scope.into(),
        permissions: permissions.iter().map(|permission| i32::from(*permission)).collect(),
        ..Default::default()
    }
}

pub(crate) async fn create(world: &World, by: &SignedIn, role: Role) -> Result<Role, Status> {
    let request = CreateRoleRequest { role: Some(role), ..Default::default() };
    world.roles().create_role(by.ask(request)).await.map(tonic::Response::into_inner)
}

pub(crate) async fn update(world: &World, by: &SignedIn, role: Role, paths: &[&str]) -> Result<Role, Status> {
    let update_mask = Some(FieldMask { paths: paths.iter().map(ToString::to_string).collect() });
    let request = UpdateRoleRequest { role: Some(role), update_mask, request_id: String::new() };
    world.roles().update_role(by.ask(request)).await.map(tonic::Response::into_inner)
}

pub(crate) async fn delete(world: &World, by: &SignedIn, name: &str) -> Result<(), Status> {
    let request = DeleteRoleRequest { name: name.to_owned(), ..Default::default() };
    world.roles().delete_role(by.ask(request)).await.map(tonic::Response::into_inner)
}

pub(crate) async fn give(world: &World, by: &SignedIn, person: &SignedIn, role: &str) -> Result<(), Status> {
    let staff = Staff { name: person.name.clone(), role: role.to_owned(), ..Default::default() };
    let update_mask = Some(FieldMask { paths: vec!["role".to_owned()] });
    let request = UpdateStaffRequest { staff: Some(staff), update_mask, request_id: String::new() };
    world.staff().update_staff(by.ask(request)).await.map(drop)
}

#[tokio::test]
async fn a_role_is_created_read_listed_changed_and_deleted_and_history_says_so() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let wanted = Role {
        description: "Two lines\nof what it is for".to_owned(),
        ..role("Reader", Scope::Assigned, &[Permission::CustomerRead, Permission::GroupRead])
    };
    let created = create(&world, &administrator, wanted.clone()).await.unwrap();
    assert_eq!(
        (&created.display_name, &created.description, created.scope(), created.built_in),
        (&wanted.display_name, &wanted.description, Scope::Assigned, false)
    );
    let request = GetRoleRequest { name: created.name.clone() };
    let read = world.roles().get_role(administrator.ask(request.clone())).await.unwrap().into_inner();
    assert_eq!(read, created);
    let listed = world.roles().list_roles(administrator.ask(ListRolesRequest::default())).await.unwrap();
    assert_eq!(listed.into_inner().roles.first(), Some(&created));

    let renamed = Role { display_name: "Guest".to_owned(), ..created.clone() };
    let updated = update(&world, &administrator, renamed.clone(), &["display_name"]).await.unwrap();
    let refused = update(&world, &administrator, renamed, &["display_name"]).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "CHANGED_SINCE_ETAG"));
    assert_eq!((updated.display_name.as_str(), &updated.permissions), ("Guest", &created.permissions));
    delete(&world, &administrator, &created.name).await.unwrap();
    let gone = world.roles().get_role(administrator.ask(request)).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);

    let events = world.peers.await_events(Peer::ACTIVITY, &created.name, 3).await;
    let kinds: Vec<_> = events.iter().map(|event| event.r#type.as_str()).collect();
    assert_eq!(kinds, ["role.created", "role.updated", "role.deleted"]);
    let permissions = events[0].changes.iter().find(|change| change.field == "permissions").unwrap();
    assert_eq!(
        to_json(permissions.new.as_ref().unwrap()).to_string(),
        r#"["PERMISSION_CUSTOMER_READ","PERMISSION_GROUP_READ"]"#
    );
    assert!(events.iter().all(|event| event.context.as_ref().unwrap().actor == administrator.name));
    world.end().await;
}

#[tokio::test]
async fn a_role_that_somebody_has_is_not_deleted_and_says_how_many_have_it() {
    let world = World::new().await;
    let id = world.role("Reader", Scope::All, &[Permission::CustomerRead]).await;
    let name = format!("roles/{id}");
    let (rita, ron) = (world.staff_user("rita", &id).await, world.staff_user("ron", &id).await);
    let administrator = world.administrator().await;
    let refused = delete(&world, &administrator, &name).await.unwrap_err();
    assert_eq!((refused.code(), rule(&refused).as_str()), (Code::FailedPrecondition, "ROLE_IN_USE"));
    assert!(refused.message().contains("2 members of staff"), "{}", refused.message());
    for person in [rita, ron] {
        give(&world, &administrator, &person, "roles/viewer").await.unwrap();
    }
    delete(&world, &administrator, &name).await.unwrap();
    let refused = give(&world, &administrator, &administrator, &name).await.unwrap_err();
    assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec!["staff.role".to_owned()]));
    world.end().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_role_is_named_at_once_and_names_are_taken_however_they_are_typed() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let refused = create(&world, &administrator, Role::default()).await.unwrap_err();
    assert_eq!(fields(&refused), ["role.display_name", "role.permissions", "role.scope"]);
    for wrong in [vec![0], vec![1, 1], vec![4_711]] {
        let wrong = Role { permissions: wrong, ..role("Reader", Scope::All, &[]) };
        let refused = create(&world, &administrator, wrong).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(fields(&refused)[0].starts_with("role.permissions"), "{refused:?}");
    }
    let long = Role { description: "x".repeat(401), ..role("Reader", Scope::All, &FOREMAN) };
    assert_eq!(fields(&create(&world, &administrator, long).await.unwrap_err()), ["role.description"]);
    let first = create(&world, &administrator, role("Straße", Scope::All, &FOREMAN)).await.unwrap();
    for same in ["STRASSE", "manager"] {
        let refused = create(&world, &administrator, role(same, Scope::All, &FOREMAN)).await.unwrap_err();
        assert_eq!(refused.code(), Code::AlreadyExists, "{same}");
        assert_eq!(fields(&refused), ["role.display_name"]);
        let renamed = Role { display_name: same.to_owned(), ..Role::default() };
        let other =
            create(&world, &administrator, role(&format!("not {same}"), Scope::All, &FOREMAN)).await.unwrap();
        let renamed = Role { name: other.name, ..renamed };
        let refused = update(&world, &administrator, renamed, &["display_name"]).await.unwrap_err();
        assert_eq!(refused.code(), Code::AlreadyExists, "{same}");
    }
    let respelled = Role { display_name: "straße".to_owned(), ..first };
    update(&world, &administrator, respelled, &["display_name"]).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn there_are_a_hundred_roles_at_most_and_a_repeated_request_makes_one() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let once =
        CreateRoleRequest { role: Some(role("Once", Scope::All, &FOREMAN)), request_id: request_id(3) };
    let first = world.roles().create_role(administrator.ask(once.clone())).await.unwrap().into_inner();
    let again = world.roles().create_role(administrator.ask(once)).await.unwrap().into_inner();
    assert_eq!(first, again);
    for number in 0..94 {
        create(&world, &administrator, role(&format!("Role {number}"), Scope::All, &FOREMAN)).await.unwrap();
    }
    let refused = create(&world, &administrator, role("One more", Scope::All, &FOREMAN)).await.unwrap_err();
    assert_eq!((refused.code(), rule(&refused).as_str()), (Code::FailedPrecondition, "TOO_MANY_ROLES"));
    let request = ListRolesRequest { page_size: 100, ..Default::default() };
    let listed = world.roles().list_roles(administrator.ask(request)).await.unwrap().into_inner();
    assert_eq!((listed.roles.len(), listed.next_page_token.as_str()), (100, ""));
    world.end().await;
}

#[tokio::test]
async fn a_role_given_while_it_is_deleted_is_either_given_or_gone() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    for round in 0..5 {
        let name = format!("roles/{}", world.role("Fleeting", Scope::All, &[Permission::CustomerRead]).await);
        let username = format!("person{round}");
        let wanted = Staff { role: name.clone(), ..staff(&username, "viewer") };
        let request = CreateStaffRequest {
            staff: Some(wanted),
            password: STAFF_PASSWORD.to_owned(),
            request_id: String::new(),
        };
        let mut client = world.staff();
        let (given, deleted) = tokio::join!(
            client.create_staff(administrator.ask(request)),
            delete(&world, &administrator, &name)
        );
        match (&given, &deleted) {
            (Ok(_), Err(refused)) => assert_eq!(rule(refused), "ROLE_IN_USE"),
            (Err(refused), Ok(())) => assert_eq!(fields(refused), ["staff.role"]),
            both => panic!("{both:?}"),
        }
        if let Ok(person) = given {
            let person = SignedIn { name: person.into_inner().name, session: administrator.session.clone() };
            give(&world, &administrator, &person, "roles/viewer").await.unwrap();
            delete(&world, &administrator, &name).await.unwrap();
        }
    }
    world.end().await;
}
