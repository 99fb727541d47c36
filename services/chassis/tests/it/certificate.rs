//! Certificates that change while the process runs.

use std::{fs, time::Duration};

use patron_chassis::{config, peer::Peer, testing::TestMesh};

use crate::fixture::{Groups, read};

#[tokio::test]
async fn a_new_certificate_on_disk_is_shown_to_new_callers_and_old_ones_go_on() {
    let mesh = TestMesh::new();
    let mut settings = mesh.settings(Peer::GROUP);
    settings.tls.reload_s = config::Seconds::from(Duration::from_millis(20));
    let files = settings.tls.clone();
    let groups = mesh.serve(Peer::GROUP, settings, Groups::default().added()).await;
    let old = mesh.client(&groups);
    assert!(read(&mesh, old.clone()).await.is_ok());

    // Half a change is none: the key alone fits no certificate.
    let other = mesh.authority().issue(Peer::PROFILE.name()).unwrap();
    fs::copy(&other.key, &files.key).unwrap();
    assert!(read(&mesh, mesh.client(&groups)).await.is_ok());
    fs::copy(&other.certificate, &files.certificate).unwrap();
    while read(&mesh, mesh.client(&groups)).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(read(&mesh, old).await.is_ok());
}
