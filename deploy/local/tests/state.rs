//! The state folder: one mesh at a time, secrets for the owner alone.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::os::unix::fs::PermissionsExt;

use patron_local::secrets::Secrets;
use patron_local::state::State;
use tempfile::TempDir;

fn state() -> (TempDir, State) {
    let folder = TempDir::new().unwrap();
    let state = State::open(folder.path().join("state")).unwrap();
    (folder, state)
}

#[test]
fn a_second_start_says_where_the_first_runs() {
    let (_folder, state) = state();
    let mut lock = state.lock().unwrap();
    lock.announce(Some("http://127.0.0.1:8080")).unwrap();

    let refusal = state.lock().unwrap_err().to_string();
    assert!(refusal.contains("http://127.0.0.1:8080"), "{refusal}");
    assert!(refusal.contains(&std::process::id().to_string()), "{refusal}");
}

#[test]
fn what_a_killed_launcher_left_stops_nobody() {
    let (_folder, state) = state();
    drop(state.lock().unwrap());
    assert!(state.running().is_none());
    state.lock().unwrap();
}

#[test]
fn a_reset_leaves_nothing_but_the_lock() {
    let (folder, state) = state();
    let elsewhere = folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, state.postgres()).unwrap();
    std::fs::create_dir_all(state.tls()).unwrap();
    Secrets::open(&state.secrets()).unwrap().seal_key("profile").unwrap();

    state.reset(&state.lock().unwrap()).unwrap();
    let left: Vec<_> = state.root().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["lock"]);
    assert!(!elsewhere.exists(), "data behind a link goes too");
}

#[test]
fn secrets_are_made_once_and_only_the_owner_reads_them() {
    let (_folder, state) = state();
    let password = Secrets::open(&state.secrets()).unwrap().role_password("patron_profile").unwrap();
    let mut again = Secrets::open(&state.secrets()).unwrap();
    assert_eq!(again.role_password("patron_profile").unwrap(), password);
    assert_ne!(again.role_password("patron_group").unwrap(), password);
    assert_eq!(state.secrets().metadata().unwrap().permissions().mode() & 0o777, 0o600);
}
