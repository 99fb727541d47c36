//! Compiles the contract: generated types and stubs, the checks of the rules in the protos,
//! and one descriptor set with imports, comments and custom options.

#[path = "build/rules.rs"]
mod rules;

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

#[expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts through the environment")]
fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for input in ["patron", "third_party", "build"] {
        println!("cargo:rerun-if-changed={}", root.join(input).display());
    }

    let mut compiler = protox::Compiler::new([root.clone(), root.join("third_party")])?;
    compiler.include_imports(true).include_source_info(true);
    for file in proto_files(&root.join("patron"))? {
        compiler.open_file(file)?;
    }
    // No proto of ours imports it, but the details of every error are made of it.
    compiler.open_file("google/rpc/error_details.proto")?;
    compiler.open_file("google/rpc/status.proto")?;
    compiler.open_file("google/api/httpbody.proto")?;

    // The compiler's own encoding keeps custom options; the prost form would drop them.
    let descriptors = compiler.encode_file_descriptor_set();
    fs::write(out.join("descriptors.bin"), &descriptors)?;
    let pool = prost_reflect::DescriptorPool::decode(descriptors.as_slice())?;
    fs::write(out.join("rules.rs"), rules::generate(&pool))?;
    fs::write(out.join("requests.rs"), rules::requests(&pool))?;

    let mut config = tonic_prost_build::Config::new();
    // Field masks and page tokens look a message's descriptor up by its name.
    config.enable_type_names();
    // Many times the size of the error that may be there instead.
    config.boxed(".patron.profile.v1.CustomerCreation.result.customer");
    config.boxed(".patron.identity.v1.AccountDecision.result.account");
    tonic_prost_build::configure()
        .codec_path("crate::codec::Codec")
        .include_file("contract.rs")
        .bytes(".google.api.HttpBody.data")
        .compile_fds_with_config(compiler.file_descriptor_set(), config)?;
    Ok(())
}

/// Every `.proto` file below `folder`, in a stable order.
fn proto_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::path);
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            files.extend(proto_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(files)
}
