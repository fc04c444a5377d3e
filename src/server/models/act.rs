//! What the forms of `/models` hold, and what is done then. What is shown is the matter of [`super`].

use serde::Deserialize;

use super::{Models, job::Task, name::ModelName, trouble};
use crate::{
    chat::Settings,
    error::{Error, ErrorKind, Result},
    server::{
        AppState,
        accounts::{Mode, Visitor},
        settings,
        upstream::{Upstream, ollama::library::Recipe},
    },
    words::{Words, told},
};

/// What the forms hold; `do` says which one it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Act {
    /// What is to be done.
    #[serde(rename = "do")]
    pub what: String,
    /// A model that there is.
    pub model: String,
    /// What is typed: one that is to come, or to go.
    pub name: String,
    /// What a model that is made is told before everything else.
    pub system: String,
    /// How varied it is, as it was typed.
    pub temperature: String,
}

/// Does what a form says.
///
/// # Errors
/// When it is not done: why, and what to do.
pub async fn apply(state: &AppState, act: &Act, words: Words, visitor: &Visitor) -> Result<()> {
    let Models { ollama, jobs } = &state.models;
    let model = || ModelName::read(&act.model);
    let name = || ModelName::read(&act.name);
    let (kind, about) = match &*act.what {
        "pull" => {
            let name = name()?;
            if !jobs.begin(name.clone(), Task::Pull).await? {
                return Ok(());
            }
            ("model_pulled", name)
        }
        "cancel" => {
            jobs.cancel(&model()?).await;
            return Ok(());
        }
        "unload" => {
            let model = model()?;
            let unloaded = ollama.unload(model.as_str()).await;
            return unloaded.map_err(|fault| trouble::of_model(model.as_str(), fault));
        }
        "delete" => {
            let model = model()?;
            if !model.means(act.name.trim()) {
                let sentence = told::model_name_differs();
                return Err(Error::told(ErrorKind::BadRequest, sentence));
            }
            let deleted = ollama.delete(model.as_str()).await;
            deleted.map_err(|fault| trouble::of_model(model.as_str(), fault))?;
            ("model_deleted", model)
        }
        "copy" => {
            let (model, name) = (model()?, name()?);
            is_free(&state.models, &name).await?;
            let copied = ollama.copy(model.as_str(), name.as_str()).await;
            copied.map_err(|fault| trouble::of_model(model.as_str(), fault))?;
            ("model_made", name)
        }
        "create" => {
            let (model, name) = (model()?, name()?);
            let recipe = recipe(words, act, &model, &name)?;
            is_free(&state.models, &name).await?;
            jobs.begin(name.clone(), Task::Create(recipe)).await?;
            ("model_made", name)
        }
        _ => return Err(Error::bad_request("The form's `do` is none that there is.")),
    };
    state.catalogue.forget();
    if state.accounts.mode != Mode::None {
        let user = &state.caller.user;
        state
            .accounts
            .note(kind, user, visitor, about.as_str())
            .await;
    }
    Ok(())
}

/// Holds a name to be nobody's: Ollama would put the new model in the place of the other.
async fn is_free(models: &Models, name: &ModelName) -> Result<()> {
    if models.jobs.is_on(name) {
        let sentence = told::model_under_way(name.as_str());
        return Err(Error::told(ErrorKind::BadRequest, sentence));
    }
    let listed = models.ollama.listed().await?;
    if listed.iter().any(|it| name.means(&it.name)) {
        let sentence = told::model_name_taken(name.as_str());
        return Err(Error::told(ErrorKind::BadRequest, sentence));
    }
    Ok(())
}

/// What the form for a model that is made of another one says, held to the bounds of settings.
fn recipe(words: Words, act: &Act, from: &ModelName, name: &ModelName) -> Result<Recipe> {
    let fields = [("system", &act.system), ("temperature", &act.temperature)];
    let mut form = form_urlencoded::Serializer::new(String::new());
    let form = form.extend_pairs(fields).finish();
    let (settings, _) = settings::read(words, &form, &Settings::default())?;
    Ok(Recipe {
        model: name.to_string(),
        from: from.to_string(),
        system: settings.system,
        parameters: settings.options,
    })
}
