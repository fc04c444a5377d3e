//! What only a browser does: everything that touches the web's own interfaces.
//!
//! | file | noun |
//! |---|---|
//! | [`effect`] | what is done again when a signal has changed |
//! | [`follow`] | a generation's `EventSource`, kept alive, as a sequence of events |
//! | [`frames`] | work that is done at most once per animation frame |
//! | [`memory`] | what this tab keeps over a reload |
//! | [`preferences`] | how one likes the page |
//! | [`scroll`] | following the bottom, unless the reader has scrolled up |
//! | [`ids`] | request ids |
//! | [`visibility`] | whether the page is seen |
//! | [`worker`] | the service worker, for when there is no server |
//!
//! It is built for the server as well, where nothing calls it; nothing here draws.

pub mod effect;
pub mod follow;
pub mod frames;
pub mod ids;
pub mod memory;
pub mod preferences;
pub mod scroll;
pub mod visibility;
pub mod worker;
