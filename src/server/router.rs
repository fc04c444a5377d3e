//! Every route, one readable table.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{
        Method, StatusCode,
        header::{ACCEPT, REFERER, RETRY_AFTER},
    },
    middleware,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use leptos::prelude::provide_context;

use super::{AppState, assets, diagram, export, guard, language, one_shot, openai, page, plain};
use crate::error::{ErrorKind, MAX_BODY};

/// The whole server as one service.
#[rustfmt::skip]
pub fn router(state: AppState) -> Router {
    // Where leptos runs what a page has to wait for; from the second router on, it knows already.
    let _ = any_spawner::Executor::init_tokio();
    Router::new()
        // path            method  handler              who asks
        .route("/",            get(page::new_chat))   // people
        .route("/c/{chat}",    get(page::chat))       // people
        .route("/ask",         post(plain::ask))      // the page where there is no script (yet)
        .route("/halt",        post(plain::halt))     // the same
        .route("/api/send",    post(server_function)) // the page, and curl: chat::api::send
        .route("/api/follow",  get(server_function))  // an EventSource, and curl: chat::api::follow
        .route("/api/stop",    post(server_function)) // the page, and curl: chat::api::stop
        .route("/api/unload",  post(server_function)) // the page, and curl: chat::api::unload
        .route("/api/models",  get(server_function))  // the page: chat::api::models
        .route("/api/shelf",   get(server_function))  // the page: chat::api::shelf
        .route("/api/chats",   get(server_function))  // programs: chat::api::chats
        .route("/api/thread",  get(server_function))  // programs: chat::api::thread
        .route("/api/path",    get(server_function))  // the page: chat::api::path
        .route("/api/ask",     post(server_function)) // the page: chat::api::ask
        .route("/api/go_on",   post(server_function)) // the page: chat::api::go_on
        .route("/api/touch",   post(server_function)) // the page: chat::api::touch
        .route("/api/begin",   post(server_function)) // programs: chat::api::begin
        .route("/api/configure", post(server_function)) // programs: chat::api::configure
        .route("/api/fill",    post(server_function)) // the page: chat::api::fill
        .route("/api/panel",   get(server_function))  // the page: chat::api::panel
        .route("/api/preset",  post(server_function)) // programs: chat::api::preset
        .route("/api/presets", get(server_function))  // programs: chat::api::presets
        .route("/api/prompt",  post(server_function)) // programs: chat::api::prompt
        .route("/api/prompts", get(server_function))  // programs: chat::api::prompts
        .route("/api/draft",   post(server_function)) // the page: chat::api::draft
        .route("/api/finish",  post(server_function)) // the page: chat::api::finish
        .route("/api/search",  get(server_function))  // programs: chat::api::search
        .route("/api/folder",  post(server_function)) // the page: chat::api::folder
        .route("/api/folders", get(server_function))  // programs: chat::api::folders
        .route("/api/export",  get(export::export))   // people, by links, and programs
        .route("/api/chat",    post(one_shot::chat))  // programs
        .route("/v1/chat/completions", post(openai::chat)) // programs that speak OpenAI's API
        .route("/v1/models",   get(openai::models))   // the same
        .route("/v1/models/{*model}", get(openai::model)) // the same
        .route("/v1/{*rest}",  any(openai::unknown))  // the same
        .route("/diagram",     get(diagram::frame))   // the page, in a frame
        .route("/offline",     get(page::offline))    // the service worker, which keeps it
        .route("/healthz",     get(healthz))          // whoever watches the process
        .fallback(assets::asset)                      // browsers
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(state.clone(), guard::guard))
        .with_state(state)
}

async fn server_function(State(state): State<AppState>, mut request: Request) -> Response {
    // Axum answers HEAD by GET; leptos looks for a function of that very method.
    if request.method() == Method::HEAD {
        *request.method_mut() = Method::GET;
    }
    // From these leptos would make a redirect for forms without a script, which are `plain`'s matter: the answer is
    // what the function says, whoever asks.
    request.headers_mut().remove(ACCEPT);
    request.headers_mut().remove(REFERER);
    let words = language::words(request.headers());
    let context = move || {
        provide_context(state.clone());
        provide_context(words);
    };
    let mut response = leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response();
    // Leptos carries an error's status and body, but no header.
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        let seconds = ErrorKind::Busy.retry_after().unwrap_or_default();
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// That the process serves; it says nothing of Ollama, which may come and go.
async fn healthz() -> &'static str {
    "ok\n"
}
