//! The first administrator, without whom nobody could create anybody.

use crate::{
    config::Bootstrap,
    operations::StaffUsers,
    password::Password,
    role::RoleId,
    staff::{Details, Staff},
    store,
    user::UserKind,
};
use anyhow::{Context as _, bail};
use patron_chassis::peer::Peer;
use patron_proto::event::v1::ChangeContext;
use patron_values::text::Name;
use std::path::Path;

/// What the first administrator is called until changed.
const DISPLAY_NAME: &str = "Administrator";

/// Creates the administrator that the settings name, where there is no member of staff.
///
/// The password is not temporary: `patron-local sign-in` and scripts must be able to work with it at once.
pub async fn create_first_administrator(users: &StaffUsers, settings: &Bootstrap) -> anyhow::Result<()> {
    let tools = &users.tools;
    if !store::staff::list(&tools.database, None, 1).await?.is_empty() {
        return Ok(());
    }
    let (username, email, file) = match settings {
        Bootstrap {
            bootstrap_username: Some(username),
            bootstrap_email: Some(email),
            bootstrap_password_file: Some(file),
        } => (username.0.clone(), email.0.clone(), file),
        Bootstrap { bootstrap_username: None, bootstrap_email: None, bootstrap_password_file: None } => {
            tracing::warn!(
                "there is no member of staff, and PATRON_IDENTITY_BOOTSTRAP_USERNAME names none: nobody can sign in"
            );
            return Ok(());
        }
        _ => bail!("of PATRON_IDENTITY_BOOTSTRAP_USERNAME, _EMAIL and _PASSWORD_FILE some are missing"),
    };
    let display_name = Name::parse(DISPLAY_NAME)?;
    let role = RoleId::administrator();
    let now = tools.clock.now();
    let staff = Staff {
        id: tools.ids.next(),
        username,
        details: Details { display_name, email, role, disabled: false, signature: None },
        version: 1,
        last_sign_in_at: None,
        created_at: now,
        updated_at: now,
    };
    let password = read_password(file)?;
    let checked = tools.policy.check(UserKind::Staff, &password, &staff.names());
    checked.with_context(|| format!("the password in {}", file.display()))?;
    let hash = tools.hasher.hash(&password).await?;
    let context = ChangeContext {
        actor: format!("services/{}", Peer::IDENTITY),
        origin: Peer::IDENTITY.name().to_owned(),
        ..Default::default()
    };
    let mut transaction = tools.database.begin().await?;
    // Another replica may have been faster.
    if store::staff::lock_empty(&mut transaction).await? {
        tracing::info!(staff = %staff.id, "creating the first administrator");
        users.insert_first(&mut transaction, &staff, (&hash, false), &context).await?;
        transaction.commit().await?;
    }
    Ok(())
}

fn read_password(file: &Path) -> anyhow::Result<Password> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(Password::new(text.trim_end_matches(['\r', '\n'])))
}
