//! What somebody has: an id of each kind, and all of it as its owner sees it.

use std::collections::BTreeMap;

use brooklet::server::{
    accounts::entry::new_id,
    store::{
        Credentials, Sqlite, Users,
        credentials::Key,
        users::{Account, By},
    },
};
use reqwest::Response;
use serde_json::{Value, json};

use super::{
    super::{Browser, Locked, PASSWORD, between, id_of, keys, second, until},
    answer::without_nonces,
};

/// A word in all that the owner has: nobody else is to read it. Beside it stands `zanzibar`, by which it is looked for.
pub(super) const MARK: &str = "confidential";

/// Ids by their names in the table of tries.
pub(super) type Ids = BTreeMap<&'static str, String>;

/// Somebody whose things others would like to have.
pub(super) struct Owner {
    pub(super) browser: Browser,
    store: Sqlite,
    /// Nobody's browser, and the path of an administrator's invitation.
    guest: (Browser, String),
    /// What there is once: a try that takes it is the only one that does.
    once: Ids,
    /// What there is of chats, which is made anew when something of it has become another.
    again: Ids,
    /// How often that was.
    made: usize,
}

/// All that somebody has.
pub(super) struct All {
    /// What they are shown, and what they may take along: each with where it is.
    shown: Vec<(String, String)>,
    account: Account,
    /// With their limits, which are not shown.
    keys: Vec<Key>,
    /// Whether the administrator's invitation still lets somebody in.
    invites: bool,
}

impl All {
    /// What is not as it was.
    pub(super) fn changed_since(&self, before: &Self) -> Vec<&str> {
        let pairs = self.shown.iter().zip(&before.shown);
        let changed = pairs.filter(|(now, before)| now != before);
        let mut changed: Vec<_> = changed.map(|((path, _), _)| &**path).collect();
        if self.account != before.account {
            changed.push("the account");
        }
        if self.keys != before.keys {
            changed.push("the keys");
        }
        if self.invites != before.invites {
            changed.push("the invitation");
        }
        changed
    }
}

async fn json_of(response: Response) -> Value {
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl Owner {
    /// Anna, whom `admin` looks after.
    pub(super) async fn new(locked: &Locked, admin: &Browser) -> Self {
        let browser = locked.somebody("anna").await;
        // Somewhere else, too.
        locked.browser().sign_in("anna", PASSWORD).await;
        let name = format!("zanzibar {MARK}");
        keys::make(&browser, &name, &["chat", "read"], "").await;
        let (_, codes) = second::turn_on(locked, &browser).await;
        let page = browser.text("/account").await;
        let invited = admin.post("/admin", &[("do", "invite")]).await;
        let invited = invited.text().await.unwrap();
        let id = |part: &str| between(part, "name=\"id\" value=\"", "\"").to_owned();
        let sessions = between(&page, "Where you are signed in", "Sign out everywhere");
        let once = Ids::from([
            ("session", id(sessions)),
            ("key", id(between(&page, &name, "</tr>"))),
            ("code", codes[0].clone()),
            ("user", id_of(locked, "anna").await),
            ("link", id(between(&invited, "Good until", "</table>"))),
        ]);
        let invitation = between(&invited, "<li><code>", "</code>");
        let invitation = invitation.strip_prefix(&browser.url).unwrap();
        let mut owner = Self {
            browser,
            store: locked.store().await,
            guest: (locked.browser(), invitation.to_owned()),
            once,
            again: Ids::new(),
            made: 0,
        };
        owner.refresh(locked).await;
        owner
    }

    /// All ids.
    pub(super) fn ids(&self) -> Ids {
        let once = self.once.clone().into_iter();
        once.chain(self.again.clone()).collect()
    }

    async fn call(&self, path: &str, body: Value) -> Response {
        let response = self.browser.call(path, &body).await;
        assert_eq!(response.status(), 200, "{path} {body}");
        response
    }

    async fn make(&self, path: &str, change: Value) -> String {
        text(&json_of(self.call(path, json!({"change": change})).await).await)
    }

    /// Asks in a new chat.
    async fn ask(&self, model: &str, request: &str) -> Value {
        let said = format!("zanzibar {MARK}");
        let asking = json!({"text": said, "model": model, "request_id": request});
        json_of(self.call("/api/ask", asking).await).await
    }

    /// The same, and waits for the answer.
    async fn answered(&self, request: &str) -> Value {
        let asked = self.ask("sim:tokens=3", request).await;
        let path = format!("/api/follow?generation={}", text(&asked["generation"]));
        self.browser.text(&path).await;
        asked
    }

    /// Asks by a form; gives the chat.
    async fn asked_by_form(&self, nonce: &str) -> String {
        let form = [
            ("nonce", nonce),
            ("text", "Which way?"),
            ("model", "sim:tokens=3"),
        ];
        let response = self.browser.post("/ask", &form).await;
        let location = response.headers()["location"].to_str().unwrap();
        let chat = location.strip_prefix("/c/").unwrap().to_owned();
        let path = format!("/api/thread?chat={chat}");
        until("the form's question is answered", async || {
            let thread = json_of(self.browser.api(&path).await).await;
            thread["messages"][1]["written"]["done"]["status"] == "complete"
        })
        .await;
        chat
    }

    /// Makes everything of chats anew.
    pub(super) async fn refresh(&mut self, locked: &Locked) {
        if let Some(running) = self.again.get("running") {
            self.call("/api/stop", json!({"generation": running})).await;
        }
        self.made += 1;
        let name = format!("zanzibar {MARK} {}", self.made);
        let (nonce, request) = (new_id(), new_id());
        let gone = text(&self.answered(&new_id()).await["chat"]);
        let deleting = json!({"chats": [gone], "touch": "delete"});
        self.call("/api/touch", deleting).await;
        // An older one, so that a list goes on after the chat.
        let by_nonce = self.asked_by_form(&nonce).await;
        let asked = self.answered(&request).await;
        let chat = text(&asked["chat"]);
        let running = self.ask("sim:tokens=3,delay=1000s", &new_id()).await;
        locked.house.until(|stats| stats.open == 1).await;

        let folder = self.make("/api/folder", json!({"make": name})).await;
        let preset = json!({"make": {"name": name, "settings": {"system": name}}});
        let preset = self.make("/api/preset", preset).await;
        let prompt = json!({"make": {"name": name, "text": name}});
        let prompt = self.make("/api/prompt", prompt).await;
        let moving = json!({"chats": [chat], "touch": {"move": folder}});
        self.call("/api/touch", moving).await;
        let archiving = json!({"chats": [by_nonce], "touch": {"archive": true}});
        self.call("/api/touch", archiving).await;
        for draft in [json!({"chat": chat, "text": name}), json!({"text": name})] {
            self.call("/api/draft", draft).await;
        }
        let found = self.browser.api("/api/search?words=zanzibar").await;
        let number = json_of(found).await["messages"][0]["number"].to_string();
        self.again = Ids::from([
            ("chat", chat),
            ("question", text(&asked["question"])),
            ("answer", text(&asked["answer"])),
            ("generation", text(&asked["generation"])),
            ("request", request),
            ("nonce", nonce),
            ("by_nonce", by_nonce),
            ("gone", gone),
            ("running_chat", text(&running["chat"])),
            ("running", text(&running["generation"])),
            ("folder", folder),
            ("preset", preset),
            ("prompt", prompt),
            ("number", number),
        ]);
    }

    /// Everything, as it is now.
    pub(super) async fn all(&self) -> All {
        let mut shown = Vec::new();
        for path in [
            "/api/export?form=json",
            "/api/presets",
            "/api/prompts",
            &format!("/api/path?chat={}", self.again["chat"]),
            "/api/path",
            // Keys, sessions, and whether there is a second factor.
            "/account",
        ] {
            // A chat that its owner has deleted is not there.
            let text = self.browser.get(path).await.text().await.unwrap();
            let text = match text.split_once("\"exported_at\":") {
                Some((_, rest)) => rest.split_once(',').unwrap().1,
                None => &text,
            };
            shown.push((path.to_owned(), without_nonces(text)));
        }
        let id = By::Id(&self.once["user"]);
        let account = self.store.database().user(id).await.unwrap().unwrap();
        let database = self.store.database();
        let keys = database.keys(&self.once["user"]).await.unwrap();
        let (guest, invitation) = &self.guest;
        let invites = guest.get(invitation).await.status() == 200;
        All {
            shown,
            account,
            keys,
            invites,
        }
    }
}

/// Ids of the same kinds that nobody has.
pub(super) fn nobodys(ids: &Ids) -> Ids {
    let other = |(name, id): (&&'static str, &String)| {
        let id = match *name {
            "number" => u32::MAX.to_string(),
            "code" => id.replace(|it: char| it != '-', "a"),
            _ => new_id(),
        };
        (*name, id)
    };
    ids.iter().map(other).collect()
}
