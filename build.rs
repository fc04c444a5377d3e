//! Has the server built again when the site that it embeds has changed: rust-embed sees changed files, not new ones.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A debug build reads the site from its folder, and the WASM must not be built again for what it itself became.
    let embeds = std::env::var_os("CARGO_FEATURE_SSR").is_some();
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if embeds && release {
        println!("cargo::rerun-if-changed=target/site");
    }
}
