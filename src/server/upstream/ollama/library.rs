//! The models that an Ollama has, and what is done with them: listed, described, pulled, made, copied, deleted. Who may do so,
//! and with which names, is not looked at here.

use reqwest::Method;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

use super::{
    super::Fault,
    Ollama,
    status::{self, Status},
};

/// A model as Ollama lists it; what an old server does not say is `None`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Listed {
    /// By what it is asked: `llama3.2:latest`.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// What it takes of the disk, in bytes.
    #[serde(deserialize_with = "or_default")]
    pub size: u64,
    /// What kind of model it is.
    #[serde(deserialize_with = "or_default")]
    pub details: Details,
    /// What it can do: `completion`, `tools`, …
    #[serde(deserialize_with = "or_default")]
    pub capabilities: Vec<String>,
    /// Where it is, if another server has it.
    pub remote_host: Option<String>,
}

/// What kind of model it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Details {
    /// How many parameters: `3.2B`.
    pub parameter_size: Option<String>,
    /// How they are rounded: `Q4_K_M`.
    pub quantization_level: Option<String>,
    /// How many tokens it can have before its eyes.
    pub context_length: Option<u64>,
}

/// A model that is in memory.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Loaded {
    /// Which.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// What it takes, in bytes.
    #[serde(deserialize_with = "or_default")]
    pub size: u64,
    /// How much of that is the graphics card's.
    #[serde(deserialize_with = "or_default")]
    pub size_vram: u64,
    /// Until when, as RFC 3339 has it.
    pub expires_at: Option<String>,
}

/// What Ollama says of one model.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Described {
    /// What kind of model it is.
    #[serde(deserialize_with = "or_default")]
    pub details: Details,
    /// How a chat becomes a prompt.
    #[serde(deserialize_with = "or_default")]
    pub template: String,
    /// With what it is asked by itself: a line each.
    #[serde(deserialize_with = "or_default")]
    pub parameters: String,
    /// What it is told before everything else.
    #[serde(deserialize_with = "or_default")]
    pub system: String,
    /// What may be done with it.
    #[serde(deserialize_with = "or_default")]
    pub license: String,
}

/// A model that is made of another one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recipe {
    /// What it is to be called.
    pub model: String,
    /// The model that it is made of.
    pub from: String,
    /// What it is told before everything else.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// With what it is asked by itself.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub parameters: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct List<T> {
    models: Option<Vec<T>>,
}

impl Ollama {
    /// All models, in Ollama's order.
    ///
    /// # Errors
    /// [`Fault`] says why it did not tell; so with all of these.
    pub async fn listed(&self) -> Result<Vec<Listed>, Fault> {
        self.list("api/tags").await
    }

    /// Those that are in memory.
    ///
    /// # Errors
    /// As [`Self::listed`].
    pub async fn loaded(&self) -> Result<Vec<Loaded>, Fault> {
        self.list("api/ps").await
    }

    async fn list<T: DeserializeOwned>(&self, route: &str) -> Result<Vec<T>, Fault> {
        let list: List<T> = self.0.get(route).await?;
        Ok(list.models.unwrap_or_default())
    }

    /// What there is to be said of one.
    ///
    /// # Errors
    /// As [`Self::listed`].
    pub async fn described(&self, model: &str) -> Result<Described, Fault> {
        let body = json!({"model": model});
        let said = self.0.order(Method::POST, "api/show", &body).await?;
        serde_json::from_slice(&said).map_err(|_| self.0.foreign(super::excerpt(&said)))
    }

    /// Deletes one.
    ///
    /// # Errors
    /// As [`Self::listed`].
    pub async fn delete(&self, model: &str) -> Result<(), Fault> {
        let body = json!({"model": model});
        self.0.order(Method::DELETE, "api/delete", &body).await?;
        Ok(())
    }

    /// Gives one another name beside its own.
    ///
    /// # Errors
    /// As [`Self::listed`].
    pub async fn copy(&self, model: &str, to: &str) -> Result<(), Fault> {
        let body = json!({"source": model, "destination": to});
        self.0.order(Method::POST, "api/copy", &body).await?;
        Ok(())
    }

    /// Has Ollama download one, and tells how far it is; dropping the future stops the download, and what is there stays for
    /// the next one.
    ///
    /// # Errors
    /// As [`Self::listed`]; [`Fault::Model`] is what Ollama itself has said.
    pub async fn pull(&self, model: &str, each: impl FnMut(Status<'_>)) -> Result<(), Fault> {
        let body = self.0.post("api/pull", &json!({"model": model})).await?;
        status::follow(body, each).await
    }

    /// Has Ollama make one of another.
    ///
    /// # Errors
    /// As [`Self::pull`].
    pub async fn create(&self, recipe: &Recipe, each: impl FnMut(Status<'_>)) -> Result<(), Fault> {
        let body = self.0.post("api/create", recipe).await?;
        status::follow(body, each).await
    }
}

/// What may be null, or of another type, in some version.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    #[test]
    fn what_a_server_does_not_say_is_no_fault() {
        let text = r#"{"models": [{"name": "a", "size": 5, "details": null, "capabilities": null},
            {"name": "c", "size": null},
            {"name": "b", "details": {"parameter_size": "3B", "families": null}, "capabilities": ["tools"]}, {}]}"#;
        let list: List<Listed> = serde_json::from_str(text).unwrap();
        let models = list.models.unwrap();
        assert_eq!(models[0].size, 5);
        assert_eq!((&*models[1].name, models[1].size), ("c", 0));
        assert_eq!(models[2].details.parameter_size.as_deref(), Some("3B"));
        assert_eq!(models[2].capabilities, ["tools"]);
        assert_eq!(models[3].name, "");
        let said: Described =
            serde_json::from_str(r#"{"license": ["a", "b"], "system": null}"#).unwrap();
        assert_eq!((&*said.license, &*said.system), ("", ""));
    }
}
