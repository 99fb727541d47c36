//! Who makes, edits and gives roles, and when that takes hold.

use crate::{
    custom_role::{FOREMAN, create, delete, give, role, update},
    fixture::{SignedIn, World, eventually},
    refusal::{reason, rule},
};
use patron_proto::{
    access::v1::Permission,
    identity::v1::{ListRolesRequest, RefreshSessionRequest, Role, Session, role::Scope},
};
use std::time::Duration;
use tonic::{Code, Status};

/// What somebody may do with the session that they have.
async fn permissions_of(world: &World, person: &SignedIn) -> Vec<Permission> {
    let request = RefreshSessionRequest { secret: person.session.secret.clone() };
    let session = world.sessions().refresh_session(request).await.unwrap().into_inner();
    session.permissions().collect()
}

#[tokio::test]
async fn an_edited_role_changes_within_seconds_what_those_who_have_it_may_do() {
    let world = World::new().await;
    let name = world.role("Reader", Scope::All, &[Permission::CustomerRead]).await;
    let reader = world.staff_user("rita", &name).await;
    let administrator = world.administrator().await;
    assert_eq!(permissions_of(&world, &reader).await, [Permission::CustomerRead]);
    let more = Role {
        name: format!("roles/{name}"),
        ..role("", Scope::All, &[Permission::CustomerRead, Permission::StaffManage])
    };
    update(&world, &administrator, more, &["permissions"]).await.unwrap();
    world.refused(reader.token()).await;
    let session = RefreshSessionRequest { secret: reader.session.secret.clone() };
    let session = world.sessions().refresh_session(session).await.unwrap().into_inner();
    // the secret is given at sign-in alone
    let session = Session { secret: reader.session.secret, ..session };
    let reader = SignedIn { name: reader.name, session };
    world.roles().list_roles(reader.ask(ListRolesRequest::default())).await.unwrap();

    let less = Role { name: format!("roles/{name}"), ..role("", Scope::All, &[Permission::CustomerRead]) };
    update(&world, &administrator, less, &["permissions"]).await.unwrap();
    eventually(async || world.roles().list_roles(reader.ask(ListRolesRequest::default())).await.is_err())
        .await;
    assert_eq!(permissions_of(&world, &reader).await, [Permission::CustomerRead]);
    world.end().await;
}

#[tokio::test]
async fn the_roles_that_every_patron_has_stay_as_they_are_in_sql_too() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    for name in ["administrator", "manager", "sales-rep", "support", "viewer"] {
        let name = format!("roles/{name}");
        let less = Role { name: name.clone(), ..role("", Scope::All, &[Permission::CustomerRead]) };
        let edited = update(&world, &administrator, less, &["permissions"]).await.map(drop);
        for refused in [edited, delete(&world, &administrator, &name).await] {
            let refused = refused.unwrap_err();
            assert_eq!(
                (refused.code(), rule(&refused).as_str()),
                (Code::FailedPrecondition, "ROLE_BUILT_IN"),
                "{name}"
            );
        }
    }
    let nobody = delete(&world, &administrator, "roles/king").await.unwrap_err();
    assert_eq!(nobody.code(), Code::NotFound);
    let runtime = world.database.database();
    let touched =
        sqlx::query!("update identity.role set permissions = '{customer.read}', version = version + 1");
    assert_eq!(touched.execute(&runtime).await.unwrap().rows_affected(), 0);
    let deleted = sqlx::query!("delete from identity.role").execute(&runtime).await.unwrap();
    assert_eq!(deleted.rows_affected(), 0);
    world.end().await;
}

#[tokio::test]
async fn nobody_makes_or_edits_or_gives_a_role_beyond_their_own_nor_edits_their_own() {
    let world = World::new().await;
    let own = world.role("Foreman", Scope::All, &FOREMAN).await;
    let small = world.role("Small", Scope::All, &[Permission::CustomerRead]).await;
    let large =
        world.role("Large", Scope::All, &[Permission::CustomerRead, Permission::CustomerDelete]).await;
    let foreman = world.staff_user("fred", &own).await;
    let person = world.staff_user("rita", &small).await;
    let branch = world.role("Branch", Scope::Assigned, &FOREMAN).await;
    let in_branch = world.staff_user("bea", &branch).await;
    let denied = |refused: Status| {
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::PermissionDenied, "PERMISSION_MISSING"),
            "{refused:?}"
        );
    };

    let beyond = role("Beyond", Scope::All, &[Permission::CustomerRead, Permission::CustomerDelete]);
    denied(create(&world, &foreman, beyond.clone()).await.unwrap_err());
    let name = |id: &str| format!("roles/{id}");
    let grown = Role { name: name(&small), ..beyond.clone() };
    denied(update(&world, &foreman, grown, &["permissions"]).await.unwrap_err());
    let less = Role { name: name(&large), ..role("", Scope::All, &[Permission::CustomerRead]) };
    denied(update(&world, &foreman, less, &["permissions"]).await.unwrap_err());
    denied(delete(&world, &foreman, &name(&large)).await.unwrap_err());
    denied(give(&world, &foreman, &person, &name(&large)).await.unwrap_err());
    // The same permissions, but for all customers and not for one's own alone.
    denied(
        create(&world, &in_branch, role("Wide", Scope::All, &[Permission::CustomerRead])).await.unwrap_err(),
    );

    let renamed = Role { name: name(&own), display_name: "Chief".to_owned(), ..Default::default() };
    let refused = update(&world, &foreman, renamed, &["display_name"]).await.unwrap_err();
    assert_eq!((refused.code(), rule(&refused).as_str()), (Code::FailedPrecondition, "OWN_ROLE"));

    let allowed = role("Within", Scope::All, &[Permission::CustomerRead, Permission::AddressRead]);
    let within = create(&world, &foreman, allowed).await.unwrap();
    give(&world, &foreman, &person, &within.name).await.unwrap();
    assert_eq!(permissions_of(&world, &person).await, [Permission::CustomerRead, Permission::AddressRead]);
    world.end().await;
}

#[tokio::test]
async fn roles_are_made_by_who_signed_in_lately_and_may_manage_them() {
    let world = World::new().await;
    let manager = world.staff_user("maria", "manager").await;
    let wanted = || role("Reader", Scope::All, &[Permission::CustomerRead]);
    let refused = create(&world, &manager, wanted()).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "PERMISSION_MISSING"));
    let administrator = world.administrator().await;
    world.clock().advance(Duration::from_mins(16));
    let request = RefreshSessionRequest { secret: administrator.session.secret.clone() };
    let session = world.sessions().refresh_session(request).await.unwrap().into_inner();
    let later = SignedIn { name: administrator.name, session };
    let refused = create(&world, &later, wanted()).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "STEP_UP_REQUIRED"));
    create(&world, &world.administrator().await, wanted()).await.unwrap();
    world.end().await;
}
