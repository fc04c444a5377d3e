//! The vocabulary that the server and the page share.
//!
//! | file | noun |
//! |---|---|
//! | [`message`] | who says what: [`Role`], [`Message`] |
//! | [`event`] | the frames of a stream: [`GenerationEvent`], [`Snapshot`], [`Done`] |
//! | [`finish`] | what a page has the server finish: [`Piece`] |
//! | [`answer`] | the reducer: events in, the text so far out |
//! | [`list`] | the list of chats: [`ChatEntry`], [`View`], [`Folder`] |
//! | [`found`] | what a search has found |
//! | [`model`] | what the model picker shows |
//! | [`tool_call`] | what a model has called: [`ToolCall`] |
//! | [`thread`] | a chat as it is kept: [`Chat`], a tree of messages |
//! | [`path`] | the path through it that is shown: [`Path`] |
//! | [`transcript`] | what a page has of that: [`Transcript`] |
//! | [`account`] | how an answer came about |
//! | [`settings`] | how a model is asked: [`Settings`], [`Preset`] |
//! | [`prompt`] | questions that are asked again: [`Prompt`] |
//! | [`api`] | the server functions |
//!
//! Nothing here draws anything, and nothing here knows how a generation runs.

pub mod account;
pub mod answer;
pub mod api;
pub mod event;
pub mod finish;
pub mod found;
pub mod list;
pub mod message;
pub mod model;
pub mod path;
pub mod prompt;
pub mod settings;
pub mod thread;
pub mod tool_call;
pub mod transcript;

pub use account::Account;
pub use answer::{Answer, Kept};
pub use event::{Done, GenerationEvent, Phase, Snapshot, Stats, Status};
pub use finish::{Piece, PieceKind};
pub use found::{Excerpt, Found, Hit};
pub use list::{ChatEntry, ChatList, Folder, FolderChange, View};
pub use message::{Message, Role};
pub use model::{Model, Models};
pub use path::{Path, Step};
pub use prompt::{Prompt, PromptChange};
pub use settings::{Preset, PresetChange, Settings};
pub use thread::{Chat, ChatMessage, Touch, Written};
pub use tool_call::ToolCall;
pub use transcript::{Opening, Shown, Transcript};
