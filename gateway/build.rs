//! Compiles the gateway anew when the console was built.

fn main() {
    // a folder that is not there counts as changed at every build; where it cannot be made, that is all that is lost
    let _ = std::fs::create_dir_all("console/dist");
    println!("cargo:rerun-if-changed=console/dist");
}
