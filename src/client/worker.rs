//! The service worker, which shows an honest page where the server cannot be reached.

use leptos::{prelude::window, task::spawn_local};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ServiceWorkerContainer, js_sys::Reflect};

/// Has the browser take it on. There is none for a page that came neither over TLS nor from this machine.
pub fn register() {
    let workers = Reflect::get(&window().navigator(), &"serviceWorker".into());
    let Some(workers) = workers.ok().filter(|it| it.is_object()) else {
        return;
    };
    let workers: ServiceWorkerContainer = workers.unchecked_into();
    // Without it the browser's own page says so.
    spawn_local(async move { drop(JsFuture::from(workers.register("/sw.js")).await) });
}
