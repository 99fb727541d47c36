//! The identity service: accounts of customers, members of staff and their roles, sessions, and the tokens that every
//! other service believes.
//!
//! It promises that a password is known to nobody but its user, that who is shut out is so everywhere within five seconds,
//! that who must be approved signs in neither before it nor after it was taken away, that a username never changes and is never given
//! twice, that nobody grants more than they have, and that there always is an administrator. It publishes each change to activity and
//! profile, asks profile about customers of whom it has no event yet, and group whether a customer must be approved.
//!
//! What each part does stands in its file; where keys rotate, see [`key`], and how revocations reach services, [`revocation`].

pub mod account;
pub mod bootstrap;
pub mod config;
pub mod error;
pub mod key;
pub mod operations;
pub mod password;
pub mod revocation;
pub mod role;
pub mod security_question;
pub mod service;
pub mod session;
pub mod staff;
pub mod store;
pub mod sweep;
pub mod throttle;
pub mod token;
pub mod tools;
pub mod user;
pub mod username;

use crate::{
    account::CustomerEvents,
    config::Config,
    key::Keyring,
    operations::{Accounts, Roles, SecurityQuestions, Sessions, StaffUsers},
    password::{Hasher, Policy},
    revocation::Revoked,
    service::{
        AccountCreationRpc, AccountRpc, AccountSnapshots, BulkAccountRpc, KeyRpc, RevocationRpc, RoleRpc,
        SecurityQuestionRpc, SessionRpc, StaffReferenceRpc, StaffRpc,
    },
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
    group::internal::v1::approval_service_client::ApprovalServiceClient,
    identity::{
        internal::v1::{
            account_creation_service_server::AccountCreationServiceServer,
            bulk_account_service_server::BulkAccountServiceServer,
            revocation_service_server::RevocationServiceServer,
            staff_reference_service_server::StaffReferenceServiceServer,
        },
        v1::{
            account_service_server::AccountServiceServer, key_service_server::KeyServiceServer,
            role_service_server::RoleServiceServer,
            security_question_service_server::SecurityQuestionServiceServer,
            session_service_server::SessionServiceServer, staff_service_server::StaffServiceServer,
        },
    },
    profile::internal::v1::customer_reference_service_client::CustomerReferenceServiceClient,
};

/// Accounts that are held back at once. Each takes a connection.
const HELD_BACK_AT_ONCE: usize = 2;

/// The identity service.
#[derive(Debug)]
pub struct IdentityService;

impl Service for IdentityService {
    const PEER: Peer = Peer::IDENTITY;
    type Config = Config;

    fn migrations() -> Migrations {
        patron_ledger::migrations(sqlx::migrate!(), store::GRANTS, true)
    }

    async fn assemble(
        chassis: &mut Chassis,
        (bootstrap, passwords, settings, usernames): Config,
    ) -> anyhow::Result<()> {
        let ledger = Ledger::start(chassis)?;
        let tools = Tools {
            ledger: ledger.clone(),
            database: chassis.database(),
            outbox: ledger.outbox(),
            clock: chassis.clock(),
            ids: chassis.ids(),
            hasher: Hasher::new(&passwords)?,
            policy: Policy::new(&passwords),
            usernames: usernames.keys.clone(),
        };
        let seal = chassis.seal();
        let keyring = Keyring::new(chassis.database(), seal.clone(), chassis.clock());
        let revoked = Revoked::new(chassis.database(), chassis.clock());
        let throttle = Throttle::new(chassis.database(), chassis.clock());
        let users = StaffUsers { tools: tools.clone(), throttle: throttle.clone() };

        chassis.prepare(|| keyring.rotate()).await?;
        let database = chassis.database();
        chassis
            .prepare(|| async { Ok(username::retire_leftovers(&database, &usernames.keys).await?) })
            .await?;
        chassis.prepare(|| bootstrap::create_first_administrator(&users, &bootstrap)).await?;

        let accounts = Accounts {
            tools: tools.clone(),
            throttle: throttle.clone(),
            profile: CustomerReferenceServiceClient::new(chassis.channel(Peer::PROFILE).as_service()),
            group: ApprovalServiceClient::new(chassis.channel(Peer::GROUP).as_service()),
            temporary_life: passwords.temporary_s.get(),
        };
        let sessions = Sessions {
            tokens: Tokens::new(keyring.clone(), chassis.issuer(), chassis.clock(), chassis.ids()),
            throttle,
            references: ledger.references(),
            settings: settings.clone(),
            temporary_life: passwords.temporary_s.get(),
            tools,
        };
        chassis.decide_tokens_by(keyring.clone(), revoked.clone()).fetched().await;
        chassis.add_service(AccountServiceServer::new(AccountRpc {
            accounts: accounts.clone(),
            inbox: ledger.inbox::<CustomerEvents>(),
            seal: seal.clone(),
        }))?;
        let (held, queue) = (accounts.clone(), ledger.queue());
        chassis.spawn("approval", |stop| async move {
            let hold_back = move |job| {
                let accounts = held.clone();
                async move { accounts.hold_back(job).await }
            };
            queue.work(account::HOLD_BACK, HELD_BACK_AT_ONCE, stop, hold_back).await;
            Ok(())
        });
        let bulk = BulkAccountRpc { accounts: accounts.in_background() };
        chassis.add_service(BulkAccountServiceServer::new(bulk))?;
        chassis.add_service(AccountCreationServiceServer::new(AccountCreationRpc { accounts }))?;
        chassis.add_service(StaffServiceServer::new(StaffRpc { users, seal: seal.clone() }))?;
        chassis.add_service(StaffReferenceServiceServer::new(StaffReferenceRpc {
            database: chassis.database(),
        }))?;
        let roles = Roles { ledger: ledger.clone() };
        chassis.add_service(RoleServiceServer::new(RoleRpc { roles, seal: seal.clone() }))?;
        let questions = SecurityQuestions { ledger: ledger.clone() };
        chassis.add_service(SecurityQuestionServiceServer::new(SecurityQuestionRpc {
            questions,
            seal: seal.clone(),
        }))?;
        chassis.add_service(SessionServiceServer::new(SessionRpc { sessions, seal }))?;
        chassis.add_service(KeyServiceServer::new(KeyRpc { keyring: keyring.clone() }))?;
        chassis.add_service(RevocationServiceServer::new(RevocationRpc { revoked }))?;
        ledger.list_snapshots(chassis, AccountSnapshots)?;
        ledger.consume(chassis, CustomerEvents { clock: chassis.clock(), usernames: usernames.keys })?;
        ledger.relay_to(chassis, &[Peer::ACTIVITY, Peer::PROFILE]);
        chassis.spawn("keys", |stop| keyring.run(stop));
        let database = chassis.background();
        chassis.spawn("usernames", |stop| username::run(database, stop));
        let (database, clock) = (chassis.background(), chassis.clock());
        chassis.spawn("sweep", |stop| sweep::run(database, clock, settings, stop));
        Ok(())
    }
}
