//! Black box: the server on a free port, `ollama-sim` behind it, HTTP between.
//!
//! | file | what it shows |
//! |---|---|
//! | `one_shot` | `POST /api/chat`: the tutorial's contract |
//! | `bad_input` | what bad input gets, on every verb |
//! | `chaos` | hundreds of readers that break off and come back, seeded |
//! | `faults` | every fault of an upstream, through `POST /api/chat` and through `follow` |
//! | `follow` | snapshot, resume at every entry, 204, many readers |
//! | `stop` | stop, and a client that leaves, free the upstream |
//! | `queue` | the queue, the phases, the limits |
//! | `shutdown` | SIGTERM with open streams |
//! | `site` | the page, assets, headers, who may ask |

#![cfg(feature = "ssr")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what failed by failing"
)]

mod bad_input;
mod chaos;
mod faults;
mod follow;
mod one_shot;
mod queue;
mod shutdown;
mod site;
mod stop;
mod support;
