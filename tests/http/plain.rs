//! The page without a script: forms, and answers that come as HTML.

use reqwest::{Client, Response, StatusCode, redirect::Policy};
use serde_json::{Value, json};

use crate::support::{House, PATIENCE};

/// What a browser without a script is to this server.
struct Browser<'a> {
    house: &'a House,
    client: Client,
}

impl<'a> Browser<'a> {
    fn new(house: &'a House) -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none());
        Self {
            house,
            client: client.build().unwrap(),
        }
    }

    async fn open(&self, path: &str) -> Response {
        let get = self.client.get(format!("{}{path}", self.house.url));
        get.send().await.unwrap()
    }

    async fn page(&self, path: &str) -> String {
        self.open(path).await.text().await.unwrap()
    }

    /// Posts a form.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let mut body = form_urlencoded::Serializer::new(String::new());
        let post = self.client.post(format!("{}{path}", self.house.url));
        post.header("content-type", "application/x-www-form-urlencoded")
            .header("origin", &self.house.url)
            .body(body.extend_pairs(fields).finish())
            .send()
            .await
            .unwrap()
    }

    /// Fills in the form of a page and sends it; gives where that leads.
    async fn ask(&self, page: &str, text: &str, model: &str) -> String {
        let field = |name| hidden(page, name);
        let (chat, parent, nonce) = (field("chat"), field("parent"), field("nonce"));
        let fields = [
            ("chat", &*chat),
            ("parent", &parent),
            ("nonce", &nonce),
            ("plain", "1"),
            ("text", text),
            ("model", model),
        ];
        let response = self.post("/ask", &fields).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        response.headers()["location"].to_str().unwrap().to_owned()
    }
}

/// What the form of a page says of itself.
fn hidden(page: &str, name: &str) -> String {
    let mark = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
    let (_, rest) = page
        .split_once(&mark)
        .unwrap_or_else(|| panic!("{name} in {page}"));
    rest.split_once('"').unwrap().0.to_owned()
}

/// Reads until there is `wanted`; gives all that came.
async fn read_until(response: &mut Response, wanted: &str) -> String {
    let mut read = String::new();
    while !read.contains(wanted) {
        let chunk = tokio::time::timeout(PATIENCE, response.chunk()).await;
        let chunk = chunk.expect("a page that goes on").unwrap();
        read.push_str(std::str::from_utf8(&chunk.expect("not the end")).unwrap());
    }
    read
}

async fn messages(house: &House, chat: &str) -> Vec<Value> {
    let url = format!("{}/api/thread?chat={chat}", house.url);
    let thread: Value = house
        .client
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    thread["messages"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_answer_streams_into_the_page_and_the_form_goes_on_from_it() {
    let house = House::open().await;
    let browser = Browser::new(&house);
    let page = browser.page("/").await;
    assert!(page.contains("action=\"/ask\""));
    let text = "# Brooks & rivers\n\nOne *paragraph*.\n\n- a\n- b\n- c\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n\
                ```rust\nfn main() {}\n```\n\nThe <end>.";
    let live = browser.ask(&page, text, "sim:text=echo,rate=20").await;
    assert!(live.ends_with("?live"), "{live}");
    let mut response = browser.open(&live).await;
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert!(!response.headers().contains_key("content-length"));
    // What is closed is there while the rest is still being written.
    let mut read = read_until(&mut response, "<em>paragraph</em>").await;
    assert_eq!(house.ollama.sim().stats().open, 1);
    assert!(read.contains("<button>Stop</button>"));
    assert!(!read.contains("id=\"question\""), "the composer comes last");
    read += &response.text().await.unwrap();
    assert!(read.contains("</html>"));
    let chat = live.trim_start_matches("/c/").trim_end_matches("?live");
    let kept = messages(&house, chat).await;
    assert_eq!(kept[1]["content"], text);
    // It is what a page has that is opened later, but for what a script would do with it.
    let later = browser.page(&format!("/c/{chat}")).await;
    let blocks = |page: &str| {
        let from = page.rfind("<div class=\"text\"><div class=\"blocks\"");
        let rest = &page[from.unwrap()..];
        rest[..rest.find("</div></div><div").unwrap()].to_owned()
    };
    assert_eq!(blocks(&read), blocks(&later));
    assert!(!later.contains("/halt"));
    // The page that came with the answer asks what follows it.
    let next = browser.ask(&read, "And?", "sim:tokens=3").await;
    assert_eq!(next, live);
    browser.page(&next).await;
    assert_eq!(messages(&house, chat).await.len(), 4);
    let asked = house.ollama.sim().requests();
    assert_eq!(
        asked.last().unwrap()["messages"].as_array().unwrap().len(),
        3
    );
}

#[tokio::test]
async fn thoughts_come_in_a_fold_of_their_own() {
    let house = House::open().await;
    let browser = Browser::new(&house);
    let model = "sim:tokens=30,thinking=30,again,rate=200";
    let live = browser.ask(&browser.page("/").await, "Why?", model).await;
    let page = browser.page(&live).await;
    let (thinking, text) = (
        page.find("<details class=\"thinking\" open>").unwrap(),
        page.find("<div class=\"text\">").unwrap(),
    );
    assert!(thinking < text);
    // It thinks again in the midst of its text.
    assert_eq!(page.matches("<details class=\"thinking\" open>").count(), 2);
    assert!(
        page.rfind("<details class=\"thinking\" open>").unwrap()
            < page.rfind("class=\"foot\"").unwrap()
    );
}

#[tokio::test]
async fn the_same_form_sent_twice_asks_once_and_another_text_again() {
    let house = House::open().await;
    let browser = Browser::new(&house);
    let page = browser.page("/").await;
    let first = browser.ask(&page, "One", "sim:tokens=3").await;
    assert_eq!(browser.ask(&page, "One", "sim:tokens=3").await, first);
    // One has gone back, and asks something else.
    assert_ne!(browser.ask(&page, "Two", "sim:tokens=3").await, first);
    house.until(|stats| stats.completed == 2).await;
    assert_eq!(house.ollama.sim().stats().started, 2);
}

#[tokio::test]
async fn an_answer_is_stopped_by_a_form() {
    let house = House::open().await;
    let browser = Browser::new(&house);
    let model = "sim:tokens=100000,rate=200";
    let live = browser.ask(&browser.page("/").await, "Go on", model).await;
    let chat = live.trim_end_matches("?live").to_owned();
    // A page that was opened without the answer leads to it, and stops it.
    let page = browser.page(&chat).await;
    assert!(page.contains("href=\"?live\""));
    let mut open = browser.open(&live).await;
    read_until(&mut open, "/halt").await;
    let fields = [
        ("generation", hidden(&page, "generation")),
        ("chat", hidden(&page, "chat")),
    ];
    let fields = fields.each_ref().map(|(name, value)| (*name, &**value));
    let stopped = browser.post("/halt", &fields).await;
    assert_eq!(stopped.status(), StatusCode::SEE_OTHER);
    assert_eq!(stopped.headers()["location"], chat);
    let rest = open.text().await.unwrap();
    assert!(rest.contains("Stopped") && rest.contains("</html>"));
    house.until(|stats| stats.open == 0).await;
    assert!(!browser.page(&chat).await.contains("/halt"));
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_lost() {
    let house = House::open().await;
    let browser = Browser::new(&house);
    let page = browser.page("/").await;
    let nonce = hidden(&page, "nonce");
    let ask = |text: &'static str, parent: &'static str| {
        let fields = [
            ("nonce", nonce.clone()),
            ("text", text.into()),
            ("parent", parent.into()),
            ("plain", "1".into()),
        ];
        let browser = &browser;
        async move {
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, value): &(&str, String)| (*name, &**value))
                .collect();
            browser.post("/ask", &fields).await
        }
    };
    // Nothing to ask is nothing to tell.
    let empty = ask(" \r\n", "").await;
    assert_eq!(
        (empty.status(), &empty.headers()["location"]),
        (StatusCode::SEE_OTHER, &"/".parse().unwrap())
    );
    let refused = ask("\r\nKeep <this>,\r\nall of it.", "nowhere").await;
    assert_eq!(refused.status(), 400);
    let html = refused.text().await.unwrap();
    assert!(
        html.contains(">\n\nKeep &lt;this&gt;,\nall of it.</textarea>"),
        "{html}"
    );
    assert_eq!(hidden(&html, "parent"), "nowhere");
    assert_eq!(house.ollama.sim().stats().started, 0);
}

#[tokio::test]
async fn another_sites_form_is_refused() {
    let house = House::open().await;
    let browser = Browser::new(&house);
    for path in ["/ask", "/halt"] {
        let post = browser.client.post(format!("{}{path}", house.url));
        let response = post
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "http://evil.example")
            .body("text=hi&chat=c&generation=g")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 403, "{path}");
    }
    // Our own form says where it comes from, also where a browser says nothing else.
    assert_eq!(
        browser.open("/").await.headers()["referrer-policy"],
        "same-origin"
    );
}

#[tokio::test]
async fn the_form_knows_the_models_the_draft_and_what_was_said_before() {
    let house = House::with(&["--model", "llama3.2:latest"]).await;
    let browser = Browser::new(&house);
    let asked = house
        .call("/api/ask", &json!({"text": "0", "model": "sim:tokens=1"}))
        .await;
    let chat = asked["chat"].as_str().unwrap().to_owned();
    let text = |asked: &Value, name: &str| asked[name].as_str().unwrap().to_owned();
    let (mut parent, mut generation) = (text(&asked, "answer"), text(&asked, "generation"));
    for number in 1..30 {
        house.follow(&generation, None).await.text().await.unwrap();
        let body = json!({"chat": chat, "parent": parent, "text": number.to_string(), "model": "sim:tokens=1"});
        let asked = house.call("/api/ask", &body).await;
        (parent, generation) = (text(&asked, "answer"), text(&asked, "generation"));
    }
    house
        .call(
            "/api/draft",
            &json!({"chat": chat, "text": "</textarea>Half"}),
        )
        .await;
    let page = browser.page(&format!("/c/{chat}")).await;
    assert!(page.contains(">\n&lt;/textarea&gt;Half</textarea>"));
    assert_eq!(hidden(&page, "parent"), parent);
    assert!(
        page.contains("<option value=\"sim:tokens=1\" selected>"),
        "the chat's own"
    );
    assert!(!page.contains("aria-label=\"You\"><div lang=\"\" dir=\"auto\">0<"));
    assert!(page.contains("href=\"?all\""));
    let all = browser.page(&format!("/c/{chat}?all")).await;
    assert!(all.contains("aria-label=\"You\"><div lang=\"\" dir=\"auto\">0<"));
    let new = browser.page("/").await;
    assert!(new.contains("<option value=\"llama3.2:latest\" selected>"));
}
