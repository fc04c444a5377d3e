//! What is one's own is nobody else's: each id of one is tried with another's session and another's key, on every route.
//!
//! | file | noun |
//! |---|---|
//! | `table` | which ids each route takes; a route that is not in it fails the test |
//! | `answer` | what they are answered who try, and how two answers are compared |
//! | `belongings` | what somebody has that others would like to have |

mod answer;
mod belongings;
mod table;

use std::fmt::Debug;

use brooklet::server::{accounts::Access, router};
use reqwest::Response;
use serde_json::{Value, json};
use tokio::time::timeout;

use self::{
    answer::Answer,
    belongings::{Ids, MARK, Owner, nobodys},
    table::{How, TRIES, Try},
};
use super::{Browser, Locked, keys, second};
use crate::support::PATIENCE;

/// Somebody else, who may be a program.
struct Stranger {
    browser: Browser,
    key: Option<String>,
    /// A chat of theirs.
    mine: String,
    is_admin: bool,
}

impl Stranger {
    async fn new(browser: Browser, is_admin: bool) -> Self {
        let mine = browser.ask("Mine.").await["chat"]
            .as_str()
            .unwrap()
            .to_owned();
        Self {
            browser,
            key: None,
            mine,
            is_admin,
        }
    }

    /// A program of theirs, with a key that may do all that keys may.
    async fn program(&self) -> Self {
        let key = keys::make(&self.browser, "script", &["chat", "read"], "").await;
        Self {
            browser: Browser::at(&self.browser.url),
            key: Some(key),
            mine: self.mine.clone(),
            is_admin: self.is_admin,
        }
    }

    async fn send(&self, it: &Try, ids: &Ids) -> Response {
        let (path, body) = it.parts();
        let mine = Ids::from([("mine", self.mine.clone())]);
        let fill = |text: &str| filled(&filled(text, ids), &mine);
        let url = format!("{}{}", self.browser.url, fill(&path));
        let client = &self.browser.client;
        let request = match it.how {
            How::Get => client.get(url).header("accept", "text/html"),
            How::Json => client.post(url).header("content-type", "application/json"),
            How::Form => client
                .post(url)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("accept", "text/html"),
        };
        let request = match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        };
        request.body(fill(body)).send().await.unwrap()
    }
}

/// A text with ids in it.
fn filled(text: &str, ids: &Ids) -> String {
    let fill =
        |text: String, (name, id): (&&str, &String)| text.replace(&format!("{{{name}}}"), id);
    ids.iter().fold(text.to_owned(), fill)
}

/// Those of the ids that a try sends, and those that it does not.
fn parted(it: &Try, ids: &Ids) -> (Ids, Ids) {
    let (path, body) = it.parts();
    let sends = |name: &str| (path.clone() + body).contains(&format!("{{{name}}}"));
    ids.clone().into_iter().partition(|(name, _)| sends(name))
}

fn access(it: &Try) -> Access {
    router::access(it.route)
}

/// Tries it as a stranger: with the owner's ids it has to be as with nobody's.
async fn is_in_vain(it: &Try, stranger: &Stranger, ids: &Ids, none: &Ids) {
    let (path, body) = it.parts();
    let is_program = stranger.key.is_some();
    let what = format!(
        "{path} {body}, program: {is_program}, admin: {}",
        stranger.is_admin
    );
    let (sent, unsent) = parted(it, ids);
    // First, as what is tried may help by what it leaves behind.
    let of_nobody = if sent.is_empty() {
        None
    } else {
        Some(Answer::of(stranger.send(it, none).await).await)
    };
    let answer = Answer::of(stranger.send(it, ids).await);
    // What is being written now comes to no end, and nobody else hears of it.
    let answer = timeout(PATIENCE, answer).await;
    let answer = answer.unwrap_or_else(|_| panic!("{what}: it goes on and on"));
    assert!(!answer.mentions(MARK), "{what}: {answer:?}");
    for (name, id) in unsent.iter().filter(|(name, _)| **name != "number") {
        assert!(!answer.mentions(id), "{what}: the {name} in {answer:?}");
    }
    let is_refused = match access(it) {
        Access::Keeper | Access::Admin => true,
        Access::Person | Access::Account => is_program,
        _ => false,
    };
    // Who may not ask at all is told so; a program that may has to come as far as a person.
    if is_refused || is_program {
        assert_eq!(answer.status == 403, is_refused, "{what}: {answer:?}");
    }
    if let Some(of_nobody) = of_nobody {
        let (sent_of_nobody, _) = parted(it, none);
        let of_nobody = of_nobody.masked(&sent_of_nobody);
        assert_eq!(answer.masked(&sent), of_nobody, "{what}");
    }
}

/// Tries it as the owner, who has to get somewhere by it: otherwise it is wrong in itself, and nobody would. Whether something
/// has become another by it.
async fn is_of_use(it: &Try, owner: &Owner, stranger: &Stranger) -> bool {
    let ids = owner.ids();
    let none = nobodys(&ids);
    let browser = Browser {
        client: owner.browser.client.clone(),
        url: owner.browser.url.clone(),
    };
    let myself = Stranger {
        browser,
        key: None,
        mine: ids["chat"].clone(),
        is_admin: false,
    };
    let (sent, unsent) = parted(it, &ids);
    let other = if sent.is_empty() { stranger } else { &myself };
    let other = Answer::of(other.send(it, &none).await).await;
    let before = owner.all().await;
    let response = myself.send(it, &ids).await;
    let mut differs = response.status().as_u16() != other.status;
    // What has a good answer may go on for ever.
    if !differs {
        let answer = Answer::of(response).await;
        let (of_nobody, _) = parted(it, &none);
        differs = answer.masked(&sent) != other.masked(&of_nobody)
            || unsent.values().any(|id| answer.mentions(id));
    }
    let has_changed = it.how != How::Get && !owner.all().await.changed_since(&before).is_empty();
    let parts = it.parts();
    assert!(differs || has_changed, "{parts:?} is of no use to anybody");
    has_changed
}

#[tokio::test]
async fn nobody_has_anything_of_another() {
    table::check(&router::routes());
    let locked = Locked::with(&["--abandon-after", "never"]).await;
    // The first one is an administrator, who sees no more of what others say.
    let admin = Stranger::new(locked.somebody("admin").await, true).await;
    let eve = Stranger::new(locked.somebody("eve").await, false).await;
    let programs = [admin.program().await, eve.program().await];
    // Who has no second factor is asked for no code.
    second::turn_on(&locked, &eve.browser).await;
    let owner = Owner::new(&locked, &admin.browser).await;
    let (ids, before) = (owner.ids(), owner.all().await);
    let none = nobodys(&ids);
    let unchanged = async |what: &dyn Debug| {
        let now = owner.all().await;
        let changed = now.changed_since(&before);
        assert!(changed.is_empty(), "{what:?} has changed {changed:?}");
    };
    for stranger in [&admin, &eve].into_iter().chain(&programs) {
        for it in TRIES {
            let is_for_admins = matches!(access(it), Access::Keeper | Access::Admin);
            if is_for_admins && stranger.is_admin && stranger.key.is_none() {
                continue;
            }
            is_in_vain(it, stranger, &ids, &none).await;
            // What has only been read is looked at once, in the end.
            if it.how != How::Get {
                unchanged(&it.parts()).await;
            }
        }
        unchanged(&"reading").await;
        let all = |it: &&Try| it.parts().0 == "/api/export?form=json";
        let all = stranger.send(TRIES.iter().find(all).unwrap(), &ids).await;
        let all = Answer::of(all).await;
        assert!(all.status == 200 && !all.mentions(MARK), "{all:?}");
    }
}

#[tokio::test]
async fn each_try_is_of_use_to_whom_it_belongs() {
    let locked = Locked::with(&["--abandon-after", "never"]).await;
    let admin = Stranger::new(locked.somebody("admin").await, true).await;
    let mut owner = Owner::new(&locked, &admin.browser).await;
    for it in TRIES {
        // What is for administrators is shown by what they do (`people`).
        if it.is_own && access(it) != Access::Admin && is_of_use(it, &owner, &admin).await {
            owner.refresh(&locked).await;
        }
    }
}

#[tokio::test]
async fn a_request_of_one_is_not_that_of_another() {
    let locked = Locked::open().await;
    let (anna, berta) = (
        locked.somebody("anna").await,
        locked.somebody("berta").await,
    );
    let asking = json!({"text": "hi", "model": "sim:tokens=3", "request_id": "the-same"});
    let ask = async |browser: &Browser| -> Value {
        browser
            .call("/api/ask", &asking)
            .await
            .json()
            .await
            .unwrap()
    };
    let (one, other, again) = (ask(&anna).await, ask(&berta).await, ask(&anna).await);
    assert_ne!(one["generation"], other["generation"]);
    assert_eq!(one["generation"], again["generation"]);
}
