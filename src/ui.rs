//! What a person sees.
//!
//! | file | noun |
//! |---|---|
//! | [`conversation`] | the state of the page: what is open, what runs, and the verbs that change them |
//! | [`opening`] | how it opens a chat |
//! | [`exchange`] | how it sends a question and follows the answer |
//! | [`shelf`] | the verbs of the list of chats |
//! | [`rows`] | that list in the document |
//! | [`navigation`] | which chat the address names |
//! | [`page`] | the page as a whole |
//! | `failure` | what is there when there is no page: the server's alone |
//! | `plain` | what of it works without a script: the server's alone |
//! | [`sidebar`] | the frame around the list of chats |
//! | [`drawer`] | where that comes over the chat: whose the focus is |
//! | `chat_list` `found_list` | how that looks, and what a search has found: the server's alone |
//! | [`panel`] | a dialog, and what is shown on demand: frames around the server's HTML |
//! | [`keys`] | commands, and the keys that ask for them |
//! | [`palette`] | where one finds commands, chats and models |
//! | [`listbox`] | what is found there, and in the composer: which of it is chosen |
//! | `palette_panel` `preferences` `prompts_panel` `settings_panel` `answer_panel` | how these look: the server's alone |
//! | [`transcript`] | the frame around the messages, and the place one reads at |
//! | [`message`] | how messages look |
//! | [`messages`] | those in the document |
//! | [`spoken`] | what a screen reader is told of them |
//! | [`reply`] | an answer that is asked for, and comes |
//! | [`live`] | how its element changes meanwhile |
//! | [`calls`] | the tools that a model has called |
//! | [`growing`] | an answer's text as it grows |
//! | [`painter`] | blocks of Markdown in the document, changed as little as can be |
//! | [`far`] | what of them is far from what is seen |
//! | [`finishing`] | what the server adds to them: colours and mathematics |
//! | [`pressed`] | what can be pressed in them |
//! | [`more`] | what else can be done with a message |
//! | [`clipboard`] | copying |
//! | [`diagram`] | diagrams, drawn in a frame of their own |
//! | [`composer`] | where one writes |
//! | [`recall`] | what was asked before, there again |
//! | [`blanks`] | saved prompts there: found by `/`, and what is to be filled in |
//! | [`files`] [`attached`] | text files that are quoted there: read; quoted and folded |
//! | [`drafts`] | what is being written, kept |
//! | [`model_picker`] | whom one asks |
//! | [`notice`] | errors and other sentences |
//! | [`icons`] | drawings |
//!
//! Components read signals and call verbs; how events come from the server is `client`'s matter.

/// A plain part of the page, as HTML: in the document already where there is a browser.
macro_rules! plainly {
    ($part:ident) => {{
        #[cfg(feature = "ssr")]
        let html = use_context::<crate::ui::plain::Plain>().map(|plain| plain.$part);
        #[cfg(not(feature = "ssr"))]
        let html = None::<String>;
        html.unwrap_or_default()
    }};
}

#[cfg(feature = "ssr")]
pub mod answer_panel;
pub mod attached;
pub mod blanks;
pub mod calls;
#[cfg(feature = "ssr")]
pub mod chat_list;
pub mod clipboard;
pub mod composer;
pub mod conversation;
pub mod diagram;
pub mod drafts;
pub mod drawer;
pub mod exchange;
#[cfg(feature = "ssr")]
pub mod failure;
pub mod far;
pub mod files;
pub mod finishing;
#[cfg(feature = "ssr")]
pub mod found_list;
pub mod growing;
pub mod icons;
pub mod keys;
pub mod listbox;
pub mod live;
pub mod message;
pub mod messages;
pub mod model_picker;
pub mod more;
pub mod navigation;
pub mod notice;
pub mod opening;
pub mod page;
pub mod painter;
pub mod palette;
#[cfg(feature = "ssr")]
pub mod palette_panel;
pub mod panel;
#[cfg(feature = "ssr")]
pub mod plain;
#[cfg(feature = "ssr")]
pub mod preferences;
pub mod pressed;
#[cfg(feature = "ssr")]
pub mod prompts_panel;
pub mod recall;
pub mod reply;
pub mod rows;
#[cfg(feature = "ssr")]
pub mod settings_panel;
pub mod shelf;
pub mod sidebar;
pub mod spoken;
pub mod transcript;
