//! `/models`: what is done with the models of Ollama, as a browser without a script does it.
//!
//! | file | noun |
//! |---|---|
//! | `pulls` | models that are downloaded |
//! | `keeping` | models that are there: looked at, copied, made, deleted, unloaded |
//! | `access` | who may, and which names are sent at all |

mod access;
mod keeping;
mod pulls;

use std::time::Duration;

use ollama_sim::Stats;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    accounts::Browser,
    support::{House, PATIENCE},
};

/// A browser that goes to the page of a house where nobody signs in.
fn tab(house: &House) -> Browser {
    Browser::at(&house.url)
}

impl Browser {
    /// Fills in a form of the page, of which this is `do`; gives the status.
    async fn does(&self, what: &str, fields: &[(&str, &str)]) -> u16 {
        let form = [&[("do", what)], fields].concat();
        self.post("/models", &form).await.status().as_u16()
    }

    /// What the page tells when a form is refused.
    async fn is_told(&self, what: &str, fields: &[(&str, &str)]) -> String {
        let form = [&[("do", what)], fields].concat();
        self.post("/models", &form).await.text().await.unwrap()
    }

    /// Loads the page until it shows this.
    async fn until_shown(&self, wanted: &str) -> String {
        let mut page = String::new();
        let waiting = async {
            loop {
                page = self.get("/models").await.text().await.unwrap();
                if page.contains(wanted) {
                    return;
                }
                // Each look is work for both servers: what is waited for needs its turn, too.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "no {wanted:?} in {page}");
        page
    }
}

impl House {
    /// Waits until the simulator has seen that of pulls.
    async fn until_pulls(&self, wanted: impl Fn(&Stats) -> bool) -> Stats {
        let waiting = self.ollama.sim().until_pulls(wanted);
        timeout(PATIENCE, waiting).await.expect("it is seen")
    }

    /// What Ollama was told to do with models, such as `pull a`.
    fn orders(&self) -> Vec<String> {
        let orders = self.ollama.sim().orders().into_iter();
        let model = |body: &Value| {
            let model = body.get("model").or_else(|| body.get("source"));
            model.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        orders
            .map(|order| format!("{} {}", order.what, model(&order.body)))
            .collect()
    }

    /// The names of the models that Ollama has.
    async fn names(&self) -> Vec<String> {
        let tags = self.client.get(format!("{}/api/tags", self.ollama.url()));
        let tags: Value = tags.send().await.unwrap().json().await.unwrap();
        let models = tags["models"].as_array().unwrap().iter();
        models
            .map(|model| model["name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Has Ollama load a model.
    async fn load(&self, model: &str, keep_alive: Value) {
        let url = format!("{}/api/chat", self.ollama.url());
        let body = json!({"model": model, "messages": [], "keep_alive": keep_alive});
        let loaded = self.client.post(url).json(&body).send().await;
        assert_eq!(loaded.unwrap().status(), 200);
    }
}
