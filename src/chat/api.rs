//! The server functions: what the page calls, and what a program may call with `curl`.
//!
//! | file | noun |
//! |---|---|
//! | `generation` | one answer as it comes: [`send`], [`follow`], [`stop`], [`unload`]; the [`models`] |
//! | `list` | the list of chats: [`chats`], [`shelf`], [`search`], [`folders`], [`folder`] |
//! | `chat` | one chat: [`thread`], [`path`], [`ask`], [`go_on`], [`touch`]; [`finish`] |
//! | `desk` | beside them: [`begin`], [`configure`], [`fill`], [`panel`], [`presets`], [`preset`], [`prompts`], [`prompt`], [`draft`] |
//!
//! Each file says by which path a function is called, what it takes and what it gives. An error is a status with
//! `{"error":{"kind":…,"message":…}}`. No work is done here: the bodies only pass on to the server.

#![expect(
    missing_docs,
    reason = "the macro makes public fields of arguments, whose documentation is the function's"
)]

mod chat;
mod desk;
mod generation;
mod list;

pub use chat::*;
pub use desk::*;
pub use generation::*;
pub use list::*;
