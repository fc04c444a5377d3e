//! What lies on a person's desk: presets, saved prompts, and questions that are being written.

use super::StoreFault;
use crate::{
    chat::{Preset, PresetChange, Prompt, PromptChange},
    server::Boxed,
};

/// Where presets and drafts are kept.
pub trait Desk: std::fmt::Debug + Send + Sync + 'static {
    /// All presets, by their names.
    ///
    /// # Errors
    /// When they could not be read.
    fn presets(&self) -> Boxed<'_, Result<Vec<Preset>, StoreFault>>;

    /// The ids and names of all presets, by their names.
    ///
    /// # Errors
    /// When they could not be read.
    fn preset_names(&self) -> Boxed<'_, Result<Vec<(String, String)>, StoreFault>>;

    /// Makes, changes or deletes a preset; `None`: there is no such one.
    ///
    /// # Errors
    /// When it could not be written.
    fn change_preset(&self, change: PresetChange) -> Boxed<'_, Result<Option<Preset>, StoreFault>>;

    /// All saved prompts, by their names.
    ///
    /// # Errors
    /// When they could not be read.
    fn prompts(&self) -> Boxed<'_, Result<Vec<Prompt>, StoreFault>>;

    /// Saves, changes or deletes a prompt, and gives its id; `None`: there is no such one.
    ///
    /// # Errors
    /// When it could not be written.
    fn change_prompt(&self, change: PromptChange) -> Boxed<'_, Result<Option<String>, StoreFault>>;

    /// What is being written in a chat; in a new one, without an id.
    ///
    /// # Errors
    /// When it could not be read.
    fn draft<'a>(&'a self, chat: Option<&'a str>) -> Boxed<'a, Result<String, StoreFault>>;

    /// Keeps what is being written; nothing is not kept.
    ///
    /// # Errors
    /// When it could not be written.
    fn keep_draft<'a>(
        &'a self,
        chat: Option<&'a str>,
        text: &'a str,
    ) -> Boxed<'a, Result<(), StoreFault>>;
}
