//! Every route is behind the check, and those that are not are these.

use axum::http::Method;
use brooklet::server::{accounts::Access, router};

use super::Locked;

/// What anybody may ask for. A route that is to be here has to be written down here too.
const OPEN: [&str; 8] = [
    "/login",
    "/join",
    "/logout",
    "/oidc/begin",
    "/oidc/end",
    "/diagram",
    "/offline",
    "/healthz",
];

/// What is for administrators, and whether it is for whoever asks where nobody signs in. The same holds for these.
const ADMINS: [(&str, Access); 2] = [("/admin", Access::Admin), ("/models", Access::Keeper)];

#[tokio::test]
async fn who_is_not_known_has_nothing_of_any_route() {
    let locked = Locked::open().await;
    locked.add("anna").await;
    let routes = router::routes();
    let open = routes.iter().filter(|it| it.access == Access::Open);
    let open: Vec<_> = open.map(|it| it.path).collect();
    assert_eq!(open, OPEN);
    let admins = routes.iter().map(|it| (it.path, it.access));
    let admins = admins.filter(|(_, access)| matches!(access, Access::Admin | Access::Keeper));
    assert_eq!(admins.collect::<Vec<_>>(), ADMINS);
    for route in &routes {
        let path = route.path.replace("{chat}", "x").replace("{*model}", "x");
        for method in [
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ] {
            let url = format!("{}{path}", locked.house.url);
            let request = locked.house.client.request(method.clone(), url);
            // What is sent must not be read: it is no JSON.
            let response = request.body("{").send().await.unwrap();
            let status = response.status().as_u16();
            if route.access == Access::Open {
                assert_ne!(status, 401, "{method} {path}");
                continue;
            }
            assert_eq!(status, 401, "{method} {path}");
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
        }
    }
    let stats = locked.house.ollama.sim().stats();
    assert_eq!(stats.started, 0);
}

#[tokio::test]
async fn the_check_comes_before_the_body() {
    let locked = Locked::open().await;
    let large = vec![b' '; 20_000_000];
    let mut answered = 0;
    for path in ["/api/ask", "/api/chat", "/ask", "/account"] {
        let url = format!("{}{path}", locked.house.url);
        let response = locked.house.client.post(url).body(large.clone()).send();
        // It is not too large, as nobody looks at it; who sends all of it may find the connection shut.
        if let Ok(response) = response.await {
            assert_eq!(response.status(), 401, "{path}");
            answered += 1;
        }
    }
    // One that waits to be told sends nothing, and is told.
    let response = locked
        .house
        .client
        .post(format!("{}/api/ask", locked.house.url));
    let response = response.header("expect", "100-continue").body("{").send();
    assert_eq!(response.await.unwrap().status(), 401);
    assert!(answered > 0);
}

#[tokio::test]
async fn people_are_led_to_where_they_sign_in_and_back() {
    let locked = Locked::open().await;
    locked.add("anna").await;
    let browser = locked.browser();
    let response = browser.get("/c/abc?all").await;
    assert_eq!(response.status(), 303);
    let to = response.headers()["location"].to_str().unwrap();
    assert_eq!(to, "/login?to=%2Fc%2Fabc%3Fall");
    let page = browser.text(to).await;
    assert!(page.contains(r#"name="to" value="/c/abc?all""#), "{page}");
    let form = [
        ("name", "anna"),
        ("password", super::PASSWORD),
        ("to", "/c/abc?all"),
    ];
    let response = browser.post("/login", &form).await;
    assert_eq!(response.headers()["location"], "/c/abc?all");
    // Who is in goes on.
    let response = browser.get("/login?to=//evil.example").await;
    assert_eq!(response.headers()["location"], "/");
    // A form that comes too late is told so, and not led away from what it holds.
    let late = locked.browser().post("/ask", &[("text", "hi")]).await;
    assert_eq!(late.status(), 401);
    assert!(late.text().await.unwrap().contains("Sign in"));
}

#[tokio::test]
async fn where_nobody_signs_in_all_is_as_it_was() {
    let house = crate::support::House::open().await;
    for path in ["/", "/api/models", "/api/chats", "/models"] {
        let response = house.client.get(format!("{}{path}", house.url)).send();
        assert_eq!(response.await.unwrap().status(), 200, "{path}");
    }
    let response = house.client.get(format!("{}/login", house.url)).send();
    assert_eq!(response.await.unwrap().url().path(), "/");
}

#[tokio::test]
async fn without_signing_in_nobody_makes_a_way_in_for_later() {
    // There are accounts, from before.
    let locked = Locked::open().await;
    let admin = locked.somebody("admin").await;
    let id = super::id_of(&locked, "admin").await;
    let (again, _) = locked.again_with(&admin, &["--auth", "none"]).await;
    let anybody = again.browser();
    assert_eq!(anybody.get("/api/chats").await.status(), 200);
    for (path, form) in [
        (
            "/account",
            vec![("do", "make_key"), ("name", "x"), ("chat", "yes")],
        ),
        ("/account", vec![("do", "end_others")]),
        ("/admin", vec![("do", "invite"), ("role", "admin")]),
        ("/admin", vec![("do", "reset"), ("id", &*id)]),
        (
            "/admin",
            vec![("do", "delete"), ("id", &*id), ("name", "admin")],
        ),
    ] {
        assert_eq!(anybody.get(path).await.status(), 403, "{path}");
        assert_eq!(anybody.post(path, &form).await.status(), 403, "{form:?}");
    }
    let form = [("link", "x"), ("name", "x"), ("password", super::PASSWORD)];
    assert_eq!(
        anybody.post("/join", &form).await.headers()["location"],
        "/"
    );
}

#[tokio::test]
async fn the_public_address_is_a_name_of_this_server() {
    let locked = Locked::with(&["--public-url", "https://chat.example"]).await;
    for (host, status) in [("chat.example", 401), ("evil.example", 403)] {
        let request = locked
            .house
            .client
            .get(format!("{}/api/chats", locked.house.url));
        let response = request.header("host", host).send().await.unwrap();
        assert_eq!(response.status(), status, "{host}");
    }
}
