//! What has a page come alive in the browser: the one script that runs by its nonce, and links by which what it loads comes
//! early. Leptos's own component gives its links no nonce, and without one a page's policy has them fetch nothing.

use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};

/// Loads the WASM and has it take over the page.
pub(super) fn scripts(options: LeptosOptions) -> impl IntoView {
    let nonce = use_nonce().map(|nonce| nonce.to_string());
    let (folder, name) = (options.site_pkg_dir, options.output_name);
    // wasm-bindgen has a name of its own for it, cargo-leptos another.
    let suffix = option_env!("LEPTOS_OUTPUT_NAME").map_or("_bg", |_| "");
    let script = format!("/{folder}/{name}.js");
    let wasm = format!("/{folder}/{name}{suffix}.wasm");
    let start = format!(
        "import('{script}').then(it => it.default({{module_or_path: '{wasm}'}}).then(() => it.hydrate()))"
    );
    // Nothing of it is for who lets no script run.
    let media = "(scripting: enabled)";
    view! {
        <link rel="modulepreload" href=script nonce=nonce.clone() media=media/>
        <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" media=media/>
        <script type="module" nonce=nonce>{start}</script>
    }
}
