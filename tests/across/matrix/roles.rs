//! What each role allows, as identity says.

use super::table;
use patron_chassis::permission::{self, Permission};
use patron_proto::identity::v1::{
    GetSessionRequest, ListRolesRequest, Role, role::Scope, role_service_client::RoleServiceClient,
    session_service_client::SessionServiceClient,
};
use patron_tests::{Caller, Person, World};
use std::fmt::Write as _;

const HEAD: &str = "\
# What each role allows. a: for all customers, s: for those assigned to the member of staff, o: for one's own record.
# Written by the tests: PATRON_TEST_WRITE=1 tests/run mesh

";

#[tokio::test]
async fn roles_allow_what_the_table_says() {
    let world = World::shared().await;
    let administrator = world.signed_in(patron_tests::Role::Administrator).await;
    let mut client = RoleServiceClient::new(administrator.grpc("identity").await);
    let mut roles = client.list_roles(ListRolesRequest::default()).await.unwrap().into_inner().roles;
    roles.retain(|role| role.built_in);
    let mut columns: Vec<(String, char, Vec<Permission>)> = Vec::new();
    for id in patron_tests::Role::ALL.map(patron_tests::Role::id) {
        let role = roles.iter().find(|role| role.name == format!("roles/{id}")).unwrap();
        columns.push((id.to_owned(), scope(role), role.permissions().collect()));
    }
    assert_eq!(columns.len(), roles.len(), "a role has no column: {roles:?}");

    let customer = Caller::of(world, &Person::customer(world).await).await;
    let mut client = SessionServiceClient::new(customer.grpc("identity").await);
    let request = GetSessionRequest { name: "sessions/current".to_owned() };
    let session = client.get_session(request).await.unwrap().into_inner();
    columns.push(("customer".to_owned(), 'o', session.permissions().collect()));
    table::compare("roles.txt", &text(&columns));
}

fn scope(role: &Role) -> char {
    match role.scope() {
        Scope::All => 'a',
        Scope::Assigned => 's',
        Scope::Unspecified => panic!("{} has no scope", role.name),
    }
}

fn text(columns: &[(String, char, Vec<Permission>)]) -> String {
    let mut text = format!("{HEAD}{:24}", "");
    for (name, ..) in columns {
        write!(text, " {name}").unwrap();
    }
    for permission in (1..).map_while(|number| Permission::try_from(number).ok()) {
        write!(text, "\n{:24}", permission::name(permission)).unwrap();
        for (name, scope, permissions) in columns {
            let mark = if permissions.contains(&permission) { *scope } else { '-' };
            write!(text, " {mark:^0$}", name.len()).unwrap();
        }
    }
    text.lines().map(str::trim_end).flat_map(|line| [line, "\n"]).collect()
}
