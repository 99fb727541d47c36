//! The identity service: accounts of customers, members of staff and their roles, sessions, and the tokens that every
//! other service believes.
//!
//! It promises that a password is known to nobody but its user, that who is shut out is so everywhere within five seconds,
//! that a username never changes and is never given twice, that nobody grants more than they have, and that there always is an
//! administrator. It tells activity and profile of each change, and asks profile about customers it has not been told of.
//!
//! What each part does stands in its file; where keys turn, see [`key`], and how revocations reach services, [`revocation`].

pub mod account;
pub mod bootstrap;
pub mod config;
pub mod error;
pub mod key;
pub mod password;
pub mod revocation;
pub mod role;
pub mod service;
pub mod session;
pub mod staff;
pub mod store;
pub mod sweep;
pub mod throttle;
pub mod token;
pub mod tools;
pub mod user;

use crate::{
    account::{Accounts, ReferenceConsumer},
    config::Config,
    key::Keyring,
    password::{Hasher, Policy},
    revocation::Revoked,
    service::{AccountCreationRpcs, AccountRpcs, KeyRpcs, RevocationRpcs, RoleRpcs, SessionRpcs, StaffRpcs},
    session::Sessions,
    staff::StaffUsers,
    throttle::Throttle,
    token::Tokens,
    tools::Tools,
};
use patron_chassis::{
    peer::Peer,
    pg::Migrations,
    service::{Chassis, Service},
};
use patron_ledger::Ledger;
use patron_proto::{
    identity::{
        internal::v1::{
            account_creation_service_server::AccountCreationServiceServer,
            revocation_service_server::RevocationServiceServer,
        },
        v1::{
            account_service_server::AccountServiceServer, key_service_server::KeyServiceServer,
            role_service_server::RoleServiceServer, session_service_server::SessionServiceServer,
            staff_service_server::StaffServiceServer,
        },
    },
    profile::internal::v1::customer_reference_service_client::CustomerReferenceServiceClient,
};
use patron_values::seal::Seal;

/// The identity service.
#[derive(Debug)]
pub struct IdentityService;

impl Service for IdentityService {
    const PEER: Peer = Peer::IDENTITY;
    type Config = Config;

    fn migrations() -> Migrations {
        patron_ledger::migrations(sqlx::migrate!(), store::GRANTS, true)
    }

    async fn assemble(chassis: &mut Chassis, (bootstrap, passwords, settings): Config) -> anyhow::Result<()> {
        let ledger = Ledger::start(chassis);
        let tools = Tools {
            database: chassis.database(),
            outbox: ledger.outbox(),
            clock: chassis.clock(),
            ids: chassis.ids(),
            hasher: Hasher::new()?,
            policy: Policy::new(&passwords),
        };
        let seal = Seal::new(chassis.seal_key().expose());
        let keyring = Keyring::new(chassis.database(), seal.clone(), chassis.clock());
        let revoked = Revoked::new(chassis.database(), chassis.clock());
        let users = StaffUsers { tools: tools.clone() };

        chassis.prepare(|| keyring.turn()).await?;
        chassis.prepare(|| bootstrap::create_first_administrator(&users, &bootstrap)).await?;

        let accounts = Accounts {
            tools: tools.clone(),
            references: ledger.references(chassis),
            profile: CustomerReferenceServiceClient::new(chassis.channel(Peer::PROFILE).as_service()),
        };
        let sessions = Sessions {
            tokens: Tokens::new(keyring.clone(), chassis.issuer(), chassis.clock(), chassis.ids()),
            throttle: Throttle::new(chassis.database(), chassis.clock()),
            references: ledger.references(chassis),
            settings: settings.clone(),
            temporary_life: passwords.temporary_s.get(),
            tools,
        };
        chassis.decide_tokens_by(keyring.clone(), revoked.clone()).heard().await;
        chassis.add_service(AccountServiceServer::new(AccountRpcs {
            accounts: accounts.clone(),
            applied: ledger.applied(),
        }))?;
        chassis.add_service(AccountCreationServiceServer::new(AccountCreationRpcs { accounts }))?;
        chassis.add_service(StaffServiceServer::new(StaffRpcs { users, seal: seal.clone() }))?;
        chassis.add_service(RoleServiceServer::new(RoleRpcs {
            database: chassis.database(),
            seal: seal.clone(),
        }))?;
        chassis.add_service(SessionServiceServer::new(SessionRpcs { sessions, seal }))?;
        chassis.add_service(KeyServiceServer::new(KeyRpcs { keyring: keyring.clone() }))?;
        chassis.add_service(RevocationServiceServer::new(RevocationRpcs { revoked }))?;
        ledger.consume(chassis, ReferenceConsumer { clock: chassis.clock() })?;
        ledger.relay_to(chassis, &[Peer::ACTIVITY, Peer::PROFILE]);
        chassis.spawn("keys", |stop| keyring.run(stop));
        let (database, clock) = (chassis.database(), chassis.clock());
        chassis.spawn("sweep", |stop| sweep::run(database, clock, settings, stop));
        Ok(())
    }
}
