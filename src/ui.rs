//! What a person sees.
//!
//! | file | noun |
//! |---|---|
//! | [`conversation`] | the state of the page: turns, what runs, and the verbs that change them |
//! | [`turn`] | one turn of it: a question, or an answer as it comes |
//! | [`page`] | the page as a whole |
//! | [`transcript`] | the turns, and the place one reads at |
//! | [`message`] | how a turn looks |
//! | [`growing`] | text that grows, drawn a block at a time |
//! | [`composer`] | where one writes |
//! | [`model_picker`] | whom one asks |
//! | [`notice`] | errors and other sentences |
//! | [`icons`] | drawings |
//!
//! Components read signals and call verbs; how events come from the server is `client`'s matter.

pub mod composer;
pub mod conversation;
pub mod growing;
pub mod icons;
pub mod message;
pub mod model_picker;
pub mod notice;
pub mod page;
pub mod transcript;
pub mod turn;
