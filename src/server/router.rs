//! Every route, one readable table.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{
        Method,
        header::{ACCEPT, REFERER, RETRY_AFTER},
    },
    middleware,
    response::{IntoResponse, Response},
    routing::{MethodRouter, any, get, post},
};
use leptos::prelude::provide_context;

use super::{
    AppState, Server,
    accounts::{
        Access::{self, Account, Admin, Chat, Keeper, Known, Open, Person, Read},
        pages::{account, admin, entrance, provider},
    },
    assets, diagram, export, guard, language, models, one_shot, openai, page, plain,
};
use crate::error::{MAX_BODY, Wait};

/// A route: its path, who may ask for it, and what answers.
#[derive(Debug)]
pub struct Route {
    /// As axum writes it.
    pub path: &'static str,
    /// Who may ask.
    pub access: Access,
    handler: MethodRouter<Arc<Server>>,
}

/// Every route. What is not here is a file of the site (`assets`), which anybody may have, or nothing.
#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    let route = |path, access, handler| Route { path, access, handler };
    let other = |handler: MethodRouter<Arc<Server>>| handler.fallback(openai::wrong_method);
    vec![
        //    path             who may  method  handler             who asks
        route("/",               Person, get(page::new_chat)),   // people
        route("/c/{chat}",       Person, get(page::chat)),       // people
        route("/ask",            Person, post(plain::ask)),      // the page where there is no script (yet)
        route("/halt",           Person, post(plain::halt)),     // the same
        route("/api/send",       Chat,  post(server_function)),  // programs: chat::api::send
        route("/api/follow",     Known, get(server_function)),   // an EventSource, and curl: chat::api::follow
        route("/api/stop",       Chat,  post(server_function)),  // the page, and curl: chat::api::stop
        route("/api/unload",     Chat,  post(server_function)),  // the page, and curl: chat::api::unload
        route("/api/models",     Known, get(server_function)),   // the page: chat::api::models
        route("/api/shelf",      Read,  get(server_function)),   // the page: chat::api::shelf
        route("/api/chats",      Read,  get(server_function)),   // programs: chat::api::chats
        route("/api/thread",     Read,  get(server_function)),   // programs: chat::api::thread
        route("/api/path",       Read,  get(server_function)),   // the page: chat::api::path
        route("/api/ask",        Chat,  post(server_function)),  // the page: chat::api::ask
        route("/api/go_on",      Chat,  post(server_function)),  // the page: chat::api::go_on
        route("/api/touch",      Chat,  post(server_function)),  // the page: chat::api::touch
        route("/api/begin",      Chat,  post(server_function)),  // programs: chat::api::begin
        route("/api/configure",  Chat,  post(server_function)),  // programs: chat::api::configure
        route("/api/fill",       Chat,  post(server_function)),  // the page: chat::api::fill
        route("/api/panel",      Read,  get(server_function)),   // the page: chat::api::panel
        route("/api/preset",     Chat,  post(server_function)),  // programs: chat::api::preset
        route("/api/presets",    Read,  get(server_function)),   // programs: chat::api::presets
        route("/api/prompt",     Chat,  post(server_function)),  // programs: chat::api::prompt
        route("/api/prompts",    Read,  get(server_function)),   // programs: chat::api::prompts
        route("/api/draft",      Chat,  post(server_function)),  // the page: chat::api::draft
        route("/api/finish",     Known, post(server_function)),  // the page: chat::api::finish
        route("/api/search",     Read,  get(server_function)),   // programs: chat::api::search
        route("/api/folder",     Chat,  post(server_function)),  // the page: chat::api::folder
        route("/api/folders",    Read,  get(server_function)),   // programs: chat::api::folders
        route("/api/export",     Read,  get(export::export)),    // people, by links, and programs
        route("/api/chat",       Chat,  post(one_shot::chat)),   // programs
        route("/v1/chat/completions", Chat, other(post(openai::chat))), // programs that speak OpenAI's API
        route("/v1/models",      Known, other(get(openai::models))), // the same
        route("/v1/models/{*model}", Known, other(get(openai::model))), // the same
        route("/v1/{*rest}",     Known, any(openai::unknown)),   // the same
        route("/login",          Open,  get(entrance::show).post(entrance::sign_in)), // people who are not known yet
        route("/join",           Open,  get(entrance::offer).post(entrance::join)),   // people with a link
        route("/logout",         Open,  post(entrance::sign_out)),                    // people
        route("/oidc/begin",     Open,  get(provider::begin)),   // people who go to a provider to sign in
        route("/oidc/end",       Open,  get(provider::end)),     // people who come back from there
        route("/account",        Account, get(account::show).post(account::change)),   // people
        route("/admin",          Admin, get(admin::show).post(admin::change)),        // people who look after others
        route("/models",         Keeper, get(models::show).post(models::change)),      // people who look after the models
        route("/diagram",        Open,  get(diagram::frame)),    // the page, in a frame
        route("/offline",        Open,  get(page::offline)),     // the service worker, which keeps it
        route("/healthz",        Open,  get(healthz)),           // whoever watches the process
    ]
}

/// Who may ask for a route, by its path; one that is not in the table is nobody's.
pub fn access(path: &str) -> Access {
    static TABLE: LazyLock<HashMap<&'static str, Access>> = LazyLock::new(|| {
        routes()
            .into_iter()
            .map(|it| (it.path, it.access))
            .collect()
    });
    TABLE.get(path).copied().unwrap_or(Admin)
}

/// The whole server as one service.
pub fn router(server: Arc<Server>) -> Router {
    // Where leptos runs what a page has to wait for; from the second router on, it knows already.
    let _ = any_spawner::Executor::init_tokio();
    let table = routes().into_iter();
    table
        .fold(Router::new(), |router, Route { path, handler, .. }| {
            router.route(path, handler)
        })
        .fallback(assets::asset)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&server),
            guard::guard,
        ))
        .with_state(server)
}

async fn server_function(state: AppState, mut request: Request) -> Response {
    // Axum answers HEAD by GET; leptos looks for a function of that very method.
    if request.method() == Method::HEAD {
        *request.method_mut() = Method::GET;
    }
    // From these leptos would make a redirect for forms without a script, which are `plain`'s matter: the answer is
    // what the function says, whoever asks.
    request.headers_mut().remove(ACCEPT);
    request.headers_mut().remove(REFERER);
    let words = language::words(request.headers());
    let wait = Wait::default();
    let told = wait.clone();
    let context = move || {
        provide_context(state.clone());
        provide_context(words);
        provide_context(told.clone());
    };
    let mut response = leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response();
    if wait.get() > 0 {
        response
            .headers_mut()
            .insert(RETRY_AFTER, wait.get().into());
    }
    response
}

/// That the process serves; it says nothing of Ollama, which may come and go.
async fn healthz() -> &'static str {
    "ok\n"
}
