//! Everybody who calls: people by their tokens, processes by their certificates.

use patron_chassis::{clock::Clock, permission::Permission, testing::TestTokens, value::id::StaffId};
use patron_local::{
    certificates::{Authority, Identity},
    mesh::own_address,
    service,
};
use patron_tests::{Caller, Person, Role, World};
use tempfile::TempDir;

/// Everybody, in the order of the table's columns.
pub(super) struct Callers<'w> {
    people: Vec<Caller<'w>>,
    certificates: Vec<Identity>,
    /// Where the forged certificate is.
    _folder: TempDir,
}

impl<'w> Callers<'w> {
    pub(super) async fn gather(world: &'w World) -> Self {
        let mut people = Vec::new();
        for role in Role::ALL {
            people.push(world.signed_in(role).await);
        }
        let customer = Person::customer(world).await;
        people.push(Caller::of(world, &customer).await);
        people.push(world.nobody());
        people.push(world.with_token(strangers_token()));
        people.push(world.with_token(World::expired_token().await));

        let of_mesh = service::all().map(|process| process.name).collect::<Vec<_>>();
        let names = ["gateway", "identity", "profile", "address", "group", "activity"];
        assert!(of_mesh.iter().all(|name| names.contains(name)), "a process has no column: {of_mesh:?}");
        let folder = TempDir::new().unwrap();
        let forged = Authority::open(folder.path(), own_address().unwrap(), Clock::System.now()).unwrap();
        let certificates = names.map(|name| world.mesh().authority().identity(name)).into_iter();
        let certificates = certificates.chain([forged.identity("profile")]).collect();
        Self { people, certificates, _folder: folder }
    }

    pub(super) fn people(&self) -> &[Caller<'w>] {
        &self.people
    }

    pub(super) fn certificates(&self) -> &[Identity] {
        &self.certificates
    }
}

/// A token that says all the right things and is signed with a key of one's own.
fn strangers_token() -> String {
    let tokens = TestTokens::new(Clock::System);
    let every = (1..).map_while(|number| Permission::try_from(number).ok()).collect::<Vec<_>>();
    tokens.sign(&tokens.staff(StaffId(uuid::Uuid::from_u128(1)), &every))
}
