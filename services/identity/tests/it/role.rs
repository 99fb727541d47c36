use crate::fixture::World;
use patron_chassis::permission;
use patron_proto::{
    access::v1::Permission,
    identity::v1::{GetRoleRequest, ListRolesRequest, Role, role::Scope},
};
use std::collections::BTreeMap;
use tonic::Code;

/// Who may do what: `.` nobody but administrators, otherwise the letters of manager, sales rep, support and viewer.
const TABLE: [(Permission, &str); 29] = [
    (Permission::CustomerRead, "msuv"),
    (Permission::AddressRead, "msuv"),
    (Permission::GroupRead, "msuv"),
    (Permission::ActivityRead, "msuv"),
    (Permission::CustomerCreate, "msu"),
    (Permission::CustomerUpdate, "msu"),
    (Permission::AddressWrite, "msu"),
    (Permission::CustomerApprove, "m"),
    (Permission::CustomerDisable, "m"),
    (Permission::CustomerAssignStaff, "m"),
    (Permission::CustomerUnlock, "msu"),
    (Permission::CustomerSendReset, "msu"),
    (Permission::CustomerDelete, "m"),
    (Permission::CustomerMerge, "m"),
    (Permission::CustomerImport, "m"),
    (Permission::CustomerExport, "m"),
    (Permission::CustomerErase, "."),
    (Permission::CustomerDeleteHistory, "."),
    (Permission::CustomerImpersonate, "ms"),
    (Permission::GroupManage, "m"),
    (Permission::GroupAssign, "ms"),
    (Permission::NoteWrite, "msu"),
    (Permission::RecordWrite, "msu"),
    (Permission::DocumentWrite, "msu"),
    (Permission::StaffManage, "."),
    (Permission::RoleManage, "."),
    (Permission::SettingsManage, "."),
    (Permission::ServiceAccountManage, "."),
    (Permission::AuditRead, "m"),
];

const LETTERS: [(&str, char); 4] =
    [("roles/manager", 'm'), ("roles/sales-rep", 's'), ("roles/support", 'u'), ("roles/viewer", 'v')];

#[tokio::test]
async fn roles_allow_what_the_table_says() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let listed =
        world.roles().list_roles(administrator.ask(ListRolesRequest::default())).await.unwrap().into_inner();
    let roles: BTreeMap<String, Role> =
        listed.roles.into_iter().map(|role| (role.name.clone(), role)).collect();
    assert_eq!(roles.len(), 5);
    for (permission, letters) in TABLE {
        let allowed = |role: &str| roles[role].permissions.contains(&i32::from(permission));
        assert!(allowed("roles/administrator"));
        for (role, letter) in LETTERS {
            assert_eq!(allowed(role), letters.contains(letter), "{role} {}", permission::name(permission));
        }
    }
    for (name, role) in &roles {
        let scope = if name == "roles/sales-rep" { Scope::Assigned } else { Scope::All };
        assert_eq!(role.scope(), scope, "{name}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_session_has_the_permissions_of_its_role() {
    let world = World::new().await;
    for (role, letter) in LETTERS {
        let role = role.trim_start_matches("roles/");
        let signed_in = world.staff_user(role, role).await;
        let expected = TABLE.iter().filter(|(_, letters)| letters.contains(letter)).count();
        assert_eq!(signed_in.session.permissions.len(), expected, "{role}");
    }
    let customer = world.signed_in_customer("luisg").await;
    let permissions: Vec<_> = customer.session.permissions().map(permission::name).collect();
    let expected =
        ["customer.read", "customer.update", "address.read", "address.write", "group.read", "activity.read"];
    assert_eq!(permissions, expected);
    world.end().await;
}

#[tokio::test]
async fn roles_are_read_one_by_one_and_page_by_page() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let (mut request, mut names) = (ListRolesRequest { page_size: 2, ..Default::default() }, Vec::new());
    loop {
        let page = world.roles().list_roles(administrator.ask(request.clone())).await.unwrap().into_inner();
        names.extend(page.roles.into_iter().map(|role| role.name));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names.len(), 5);
    for name in names {
        let role =
            world.roles().get_role(administrator.ask(GetRoleRequest { name: name.clone() })).await.unwrap();
        assert_eq!(role.into_inner().name, name);
    }
    let request = GetRoleRequest { name: "roles/king".to_owned() };
    let refused = world.roles().get_role(administrator.ask(request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    world.end().await;
}
