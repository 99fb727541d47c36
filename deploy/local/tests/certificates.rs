//! Certificates of one machine: what they say, how long they are kept.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use patron_local::certificates::Authority;
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

const NOW: OffsetDateTime = time::macros::datetime!(2026-11-22 12:00 UTC);

fn open(folder: &TempDir, now: OffsetDateTime) -> Authority {
    Authority::open(folder.path(), Ipv4Addr::LOCALHOST, now).unwrap()
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

#[test]
fn a_certificate_names_the_process_and_this_machine() {
    let folder = TempDir::new().unwrap();
    let authority = open(&folder, NOW);
    let (_, pem) =
        x509_parser::pem::parse_x509_pem(&read(&authority.identity("profile").certificate)).unwrap();
    let (_, certificate) = X509Certificate::from_der(&pem.contents).unwrap();

    let common_names: Vec<_> =
        certificate.subject().iter_common_name().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(common_names, ["profile"]);
    let names = &certificate.subject_alternative_name().unwrap().unwrap().value.general_names;
    assert!(names.contains(&GeneralName::DNSName("profile")));
    assert!(names.contains(&GeneralName::DNSName("localhost")));
    assert!(names.contains(&GeneralName::IPAddress(&[127, 0, 0, 1])));
}

#[test]
fn certificates_are_kept_while_they_last() {
    let folder = TempDir::new().unwrap();
    let profile = open(&folder, NOW).identity("profile");
    let before = read(&profile.certificate);
    open(&folder, NOW + Duration::days(30));
    assert_eq!(read(&profile.certificate), before);
}

#[test]
fn a_certificate_that_ends_soon_is_made_anew_by_the_same_authority() {
    let folder = TempDir::new().unwrap();
    let authority = open(&folder, NOW);
    let (root, leaf) = (read(&authority.certificate()), read(&authority.identity("profile").certificate));
    open(&folder, NOW + Duration::days(350));
    assert_eq!(read(&authority.certificate()), root);
    assert_ne!(read(&authority.identity("profile").certificate), leaf);
}

#[test]
fn a_certificate_for_another_address_is_made_anew() {
    let folder = TempDir::new().unwrap();
    let before = read(&open(&folder, NOW).identity("profile").certificate);
    let authority = Authority::open(folder.path(), Ipv4Addr::new(127, 1, 2, 3), NOW).unwrap();
    assert_ne!(read(&authority.identity("profile").certificate), before);
}

#[test]
fn a_lost_authority_makes_every_certificate_anew() {
    let folder = TempDir::new().unwrap();
    let authority = open(&folder, NOW);
    let leaf = read(&authority.identity("group").certificate);
    fs::remove_file(authority.certificate()).unwrap();
    open(&folder, NOW);
    assert_ne!(read(&authority.identity("group").certificate), leaf);
}

#[test]
fn a_lost_key_makes_its_certificate_anew() {
    let folder = TempDir::new().unwrap();
    let group = open(&folder, NOW).identity("group");
    fs::remove_file(&group.key).unwrap();
    open(&folder, NOW);
    assert!(group.key.exists());
}
