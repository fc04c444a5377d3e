//! Which passwords are taken.

use super::{Locked, PASSWORD, between, id_of};

/// Words that do not go together, in so many bytes.
fn of_length(bytes: usize) -> String {
    let words = ["seven", "brown", "trout", "quietly", "above", "marble"];
    let mut password = String::new();
    for at in 0.. {
        password += &format!("{} {at} ", words[at % words.len()]);
        if password.len() > bytes {
            break;
        }
    }
    password.truncate(bytes);
    password
}

#[tokio::test]
async fn a_password_has_an_end_which_is_said() {
    let locked = Locked::open().await;
    let link = locked.set_up_link().await;
    let secret = between(&link, "link=", "&");
    let (longest, longer) = (of_length(1024), of_length(1025));
    let umlauts = "ü".repeat(513);
    let join = async |password: &str| {
        let form = [("link", secret), ("name", "anna"), ("password", password)];
        locked.browser().post("/join", &form).await
    };
    for password in [&longer, &umlauts, &of_length(1_000_000)] {
        let response = join(password).await;
        assert_eq!(response.status(), 400, "{}", password.len());
        let page = response.text().await.unwrap();
        assert!(page.contains("at most 1024 bytes"), "{page}");
        assert!(!page.contains(&**password));
    }
    assert_eq!(join(&longest).await.status(), 303);
    // What begins like it is not it.
    let anna = locked.browser();
    for (password, status) in [
        (&longer, 401),
        (&of_length(1_000_000), 401),
        (&longest, 303),
    ] {
        let response = anna.sign_in("anna", password).await;
        assert_eq!(response.status(), status, "{}", password.len());
    }
    // So where it is changed, and where a link is for a new one.
    let change = async |new: &str| {
        let form = [("do", "password"), ("password", &*longest), ("new", new)];
        anna.post("/account", &form).await.status().as_u16()
    };
    assert_eq!(change(&longer).await, 400);
    assert_eq!(change(PASSWORD).await, 200);
    let id = id_of(&locked, "anna").await;
    let page = anna.post("/admin", &[("do", "reset"), ("id", &id)]).await;
    let page = page.text().await.unwrap();
    let secret = between(&page, "link=", "<");
    for (password, status) in [(&longer, 400), (&longest, 303)] {
        let form = [("link", secret), ("password", password)];
        let response = locked.browser().post("/join", &form).await;
        assert_eq!(response.status(), status, "{}", password.len());
    }
}
