//! Accounts: who comes in, as whom, and what they may do. Each file below is about one noun.

mod entry;
mod header;
pub(crate) mod keys;
mod limits;
mod noted;
mod oidc;
mod ownership;
mod passwords;
mod people;
mod quotas;
mod revocation;
mod routes;
mod second;
mod terminal;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use brooklet::server::{
    clock::Clock,
    store::{Sqlite, Users, sqlite},
    upstream,
};
use reqwest::{Client, Response, redirect::Policy};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Frames, House};

/// A password that nobody guesses.
pub(crate) const PASSWORD: &str = "seven brown trout";

/// A house in which people sign in, at a time that the test sets.
pub(crate) struct Locked {
    pub(crate) house: House,
    pub(crate) clock: Clock,
    /// Where it keeps what lasts.
    folder: PathBuf,
    /// That of a house from before, which this one goes on with.
    kept: Option<TempDir>,
}

/// Somebody's browser: it keeps cookies, and goes where it is led only when it is told to.
pub(crate) struct Browser {
    pub(crate) client: Client,
    pub(crate) url: String,
}

impl Locked {
    pub(crate) async fn open() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(arguments: &[&str]) -> Self {
        Self::by("password", arguments).await
    }

    /// One into which people come in this way.
    pub(crate) async fn by(mode: &str, arguments: &[&str]) -> Self {
        let clock = Clock::by_hand();
        let all = [&["--auth", mode], arguments].concat();
        let house = House::at(&all, clock.clone()).await;
        let named = arguments.iter().position(|it| *it == "--data-dir");
        let folder = named.map_or(house.data.path(), |at| Path::new(arguments[at + 1]));
        let folder = folder.to_owned();
        // The file is there once somebody is answered.
        let ready = house.client.get(format!("{}/healthz", house.url)).send();
        assert_eq!(ready.await.unwrap().status(), 200);
        Self {
            house,
            clock,
            folder,
            kept: None,
        }
    }

    /// A browser in which nobody has signed in.
    pub(crate) fn browser(&self) -> Browser {
        Browser::at(&self.house.url)
    }

    /// A browser of somebody, who has an account since now.
    pub(crate) async fn somebody(&self, name: &str) -> Browser {
        self.add(name).await;
        let browser = self.browser();
        let response = browser.sign_in(name, PASSWORD).await;
        assert_eq!(response.status(), 303, "{name}");
        browser
    }

    /// Adds an account, as `brooklet user add` does.
    pub(crate) async fn add(&self, name: &str) {
        let store = self.store().await;
        let account = brooklet::server::store::users::Account {
            user: brooklet::server::store::users::User {
                id: brooklet::server::accounts::entry::new_id(),
                name: name.to_owned(),
                made_at: self.clock.now(),
                ..Default::default()
            },
            password: Some(brooklet::server::accounts::password::hash(PASSWORD).unwrap()),
            ..Default::default()
        };
        store.database().add_user(account, None).await.unwrap();
    }

    /// The database, beside the server.
    pub(crate) async fn store(&self) -> Sqlite {
        let file = self.folder.join(sqlite::FILE);
        Sqlite::beside(&file).await.unwrap()
    }

    /// What has happened so far: the codes, oldest first.
    pub(crate) async fn events(&self) -> Vec<String> {
        use brooklet::server::store::Ledger;
        let store = self.store().await;
        let events = store.database().events(None, 1000).await.unwrap();
        events.into_iter().rev().map(|event| event.kind).collect()
    }

    /// Waits until it has been noted that the one session there is has been used now.
    pub(crate) async fn until_seen(&self) {
        use brooklet::server::store::Credentials;
        let store = self.store().await;
        let id = id_of(self, "anna").await;
        let waiting = async {
            loop {
                let sessions = store.database().sessions(&id).await.unwrap();
                if sessions.iter().any(|it| it.seen_at == self.clock.now()) {
                    break;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(crate::support::PATIENCE, waiting)
            .await
            .expect("it is noted");
    }

    /// The path of the link by which the first account is made, as a start prints it: here it is put in its place, since a log
    /// is the process's.
    pub(crate) async fn set_up_link(&self) -> String {
        use brooklet::server::{
            accounts::token,
            store::{
                Credentials,
                credentials::{Link, LinkKind},
            },
        };
        let (store, secret) = (self.store().await, token::new().unwrap());
        let link = Link {
            id: "setup".to_owned(),
            kind: LinkKind::Setup,
            expires_at: self.clock.now() + 1000,
            ..Link::default()
        };
        let database = store.database();
        database.add_link(token::hash(&secret), link).await.unwrap();
        format!("/join?link={secret}")
    }

    /// Goes on to a day after which the month has some more.
    pub(crate) fn to_the_middle_of_a_month(&self) {
        use brooklet::server::quota::first_of_month;
        let day = 24 * 60 * 60 * 1000;
        let next = (first_of_month(self.clock.now()) as u64 + 32) * day;
        let tenth = (first_of_month(next) as u64 + 9) * day;
        let noon = Duration::from_millis(tenth + day / 2 - self.clock.now());
        self.clock.advance(noon);
    }

    /// The same house, after a restart, and somebody's browser with its cookies.
    pub(crate) async fn again(self, browser: &Browser, arguments: &[&str]) -> (Self, Browser) {
        self.again_with(browser, &[&["--auth", "password"], arguments].concat())
            .await
    }

    /// The same, with people coming in otherwise.
    pub(crate) async fn again_with(self, browser: &Browser, arguments: &[&str]) -> (Self, Browser) {
        let data = self.house.close().await;
        let folder = self.folder.to_str().unwrap();
        let all = [&["--data-dir", folder], arguments].concat();
        let house = House::at(&all, self.clock.clone()).await;
        let again = Browser {
            client: browser.client.clone(),
            url: house.url.clone(),
        };
        let locked = Self {
            house,
            kept: self.kept.or(Some(data)),
            ..self
        };
        (locked, again)
    }

    pub(crate) fn later(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

impl Browser {
    /// One in which nobody has signed in.
    pub(crate) fn at(url: &str) -> Self {
        upstream::http::choose_cryptography();
        let client = Client::builder().no_proxy().cookie_store(true);
        let client = client.redirect(Policy::none()).build();
        Self {
            client: client.unwrap(),
            url: url.to_owned(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.url));
        request.header("accept", "text/html").send().await.unwrap()
    }

    /// What a script of the page asks for.
    pub(crate) async fn api(&self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.url));
        request.send().await.unwrap()
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        let request = self.client.post(format!("{}{path}", self.url));
        let request = request.header("accept", "text/html").form(form);
        request.send().await.unwrap()
    }

    /// Calls a server function, as the page does.
    pub(crate) async fn call(&self, path: &str, body: &Value) -> Response {
        let request = self.client.post(format!("{}{path}", self.url));
        request.json(body).send().await.unwrap()
    }

    pub(crate) async fn sign_in(&self, name: &str, password: &str) -> Response {
        let form = [("name", name), ("password", password)];
        self.post("/login", &form).await
    }

    pub(crate) async fn is_in(&self) -> bool {
        self.get("/account").await.status() == 200
    }

    /// Asks a model in a new chat; gives the last frame of its answer.
    pub(crate) async fn ask_model(&self, model: &str) -> Value {
        let asked = self
            .call("/api/ask", &json!({"text": "hi", "model": model}))
            .await;
        assert_eq!(asked.status(), 200);
        let asked: Value = asked.json().await.unwrap();
        let generation = asked["generation"].as_str().unwrap();
        let path = format!("/api/follow?generation={generation}");
        let frames = Frames::of(self.get(&path).await).all().await;
        frames.last().unwrap().json.clone()
    }

    /// Asks in a new chat, and waits for the answer.
    pub(crate) async fn ask(&self, text: &str) -> Value {
        let asking = json!({"text": text, "model": "sim:tokens=3"});
        let asked = self.call("/api/ask", &asking).await;
        assert_eq!(asked.status(), 200);
        let asked: Value = asked.json().await.unwrap();
        let generation = asked["generation"].as_str().unwrap();
        let path = format!("/api/follow?generation={generation}");
        self.get(&path).await.text().await.unwrap();
        asked
    }
}

/// What stands between two marks in a text.
pub(crate) fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before:?} in {text}"));
    rest.split_once(after).map_or(rest, |(it, _)| it)
}

/// The answer itself, wherever it leads.
pub(crate) async fn no_redirects(request: reqwest::RequestBuilder) -> Response {
    let request = request.build().unwrap();
    let client = Client::builder().no_proxy().redirect(Policy::none());
    client.build().unwrap().execute(request).await.unwrap()
}

/// The id of an account.
pub(crate) async fn id_of(locked: &Locked, name: &str) -> String {
    use brooklet::server::store::users::By;
    let store = locked.store().await;
    let account = store.database().user(By::Name(name)).await.unwrap();
    account.unwrap().user.id
}

/// Waits until it is so: the server hears of what another process has done within a second.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(crate::support::PATIENCE, waiting).await;
    waited.unwrap_or_else(|_| panic!("{what}"));
}
