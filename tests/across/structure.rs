//! What keeps the services apart, and the whole readable.

use patron_local::service::SERVICES;
use patron_tests::World;
use regex::Regex;
use serde_json::Value;
use sqlx::{Connection as _, PgConnection};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What a service may depend on of Patron's.
const SHARED: [&str; 4] = ["patron-proto", "patron-values", "patron-chassis", "patron-ledger"];
/// Dependencies of which a second version would be silently another thing: messages, channels and spans would not meet.
const SINGLE: [&str; 3] = ["tonic", "prost", "opentelemetry"];
/// Longest source file, in lines: a longer one has a second idea in it.
const LONGEST: usize = 300;

#[test]
fn a_service_depends_on_the_contract_and_the_shared_crates_and_on_no_other_service() {
    let metadata = output(Command::new(env!("CARGO")).args(["metadata", "--no-deps", "--format-version=1"]));
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let (packages, mut checked) = (metadata["packages"].as_array().unwrap(), 0);
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let own = package["dependencies"].as_array().unwrap().iter().filter(|it| it["path"].is_string());
        let own: BTreeSet<&str> = own.map(|it| it["name"].as_str().unwrap()).collect();
        if SERVICES.iter().any(|service| name == format!("patron-{}", service.name)) {
            assert_eq!(own, BTreeSet::from(SHARED), "{name}");
            checked += 1;
        } else if let Some(below) = SHARED.iter().position(|shared| *shared == name) {
            // Each stands on those named before it, and may use itself in its tests.
            let allowed: BTreeSet<&str> = SHARED[..=below].iter().copied().collect();
            assert!(own.is_subset(&allowed), "{name} depends on {own:?}");
        }
    }
    assert_eq!(checked, SERVICES.len());
}

#[test]
fn the_sql_of_a_service_names_its_own_schema_alone() {
    let schemas = SERVICES.map(|service| service.schema.unwrap());
    let schema = Regex::new(&format!(r"\b({})\.[a-z]", schemas.join("|"))).unwrap();
    let text = Regex::new(r##"(?s)r#"(.*?)"#|"((?:[^"\\]|\\.)*)""##).unwrap();
    let silent = Regex::new(r"--.*|'[^']*'").unwrap();
    for service in SERVICES {
        let folder = root().join("services").join(service.name);
        let statements = files(&folder.join("src/store"), "rs").into_iter().flat_map(|file| {
            let source = read(&file);
            let texts: Vec<String> = text.find_iter(&source).map(|it| it.as_str().to_owned()).collect();
            texts.into_iter().map(move |text| (file.clone(), text))
        });
        let migrations = files(&folder.join("migrations"), "sql").into_iter();
        let all = statements.chain(migrations.map(|file| (file.clone(), read(&file))));
        let mut named: BTreeMap<String, PathBuf> = BTreeMap::new();
        for (file, sql) in all {
            // What stands in comments and values names nothing: permissions are called `activity.read`.
            let sql = silent.replace_all(&sql, "");
            named.extend(schema.captures_iter(&sql).map(|found| (found[1].to_owned(), file.clone())));
        }
        let own = service.schema.unwrap();
        assert!(named.remove(own).is_some(), "no statement of {} was looked at", service.name);
        assert!(named.is_empty(), "SQL of {} names {named:?}", service.name);
    }
}

#[tokio::test]
async fn no_foreign_key_leads_from_one_schema_to_another() {
    let world = World::shared().await;
    let mut connection = PgConnection::connect(world.mesh().database_url().as_str()).await.unwrap();
    let statement = "select conname::text, a.relnamespace = b.relnamespace from pg_constraint
        join pg_class a on a.oid = conrelid join pg_class b on b.oid = confrelid where contype = 'f'";
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let keys = sqlx::query_as::<_, (String, bool)>(statement).fetch_all(&mut connection).await.unwrap();
    assert!(!keys.is_empty());
    let crossing: Vec<_> = keys.iter().filter(|(_, within)| !within).collect();
    assert!(crossing.is_empty(), "{crossing:?}");
}

#[test]
fn there_is_one_version_of_what_all_must_share() {
    let lock = read(&root().join("Cargo.lock"));
    for name in SINGLE {
        let versions = lock.matches(&format!("\nname = \"{name}\"\n")).count();
        assert_eq!(versions, 1, "{name}");
    }
}

#[test]
fn no_source_file_is_too_long() {
    let list = ["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"];
    let sources = output(Command::new("git").args(list).current_dir(root()));
    let files = sources.lines().map(|file| root().join(file)).filter(|file| file.is_file());
    let lengths: Vec<(PathBuf, usize)> =
        files.map(|file| (file.clone(), read(&file).lines().count())).collect();
    assert!(!lengths.is_empty());
    let long: Vec<_> = lengths.iter().filter(|(_, lines)| *lines > LONGEST).collect();
    assert!(long.is_empty(), "{long:?}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Files with this extension in a folder and those in it.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found
}

fn output(program: &mut Command) -> String {
    let output = program.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
