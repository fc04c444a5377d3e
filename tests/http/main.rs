//! Black box: the server on a free port, `ollama-sim` behind it, HTTP between.
//!
//! | file | what it shows |
//! |---|---|
//! | `accounts` | who comes in, as whom, and what they may do |
//! | `one_shot` | `POST /api/chat`: the tutorial's contract |
//! | `bad_input` | what bad input gets, on every verb |
//! | `chaos` | hundreds of readers that break off and come back, seeded |
//! | `chats` | trees of messages, their list, and what is done with them |
//! | `continuing` | an answer that goes on |
//! | `contract` | what every server of models has to do |
//! | `desk` | presets, saved prompts, drafts |
//! | `disk_full` | a disk that takes nothing |
//! | `export` | chats as files |
//! | `faults` | every fault of an upstream, through `POST /api/chat` and through `follow` |
//! | `hostile` | clients that mean harm, or are broken |
//! | `keeping` | backup, restore, check: what people do with what is kept |
//! | `models_page` | `/models`: what is done with the models of Ollama |
//! | `openai` | `/v1`: OpenAI's API |
//! | `openai_faults` | the same, where something is wrong |
//! | `other_servers` | servers that speak OpenAI's API, beside Ollama |
//! | `plain` | the page without a script |
//! | `pool` | several Ollamas that share what is asked |
//! | `power` | the process is killed, or the power is cut, while chats are written |
//! | `logs` | a log that nobody reads |
//! | `lasting` | what outlives the process, or its memory |
//! | `finish` | colours of code and formulas |
//! | `follow` | snapshot, resume at every entry, 204, many readers |
//! | `hanging` | a model that hangs, and is unloaded |
//! | `stop` | stop, and a client that leaves, free the upstream |
//! | `readers` | readers that are slow, or never read |
//! | `queue` | the queue, the phases, the limits |
//! | `settings` | what is set in a chat |
//! | `shelf` | the list of chats as the page shows it |
//! | `shutdown` | SIGTERM with open streams |
//! | `starting` | what stands in the way of a start |
//! | `site` | the page, assets, headers, who may ask |
//! | `titles` | titles that models make, while nobody else asks |
//! | `words` | in which language somebody is answered |

#![cfg(feature = "ssr")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what failed by failing"
)]

mod accounts;
mod bad_input;
mod chance;
mod chaos;
mod chats;
mod continuing;
mod contract;
mod desk;
mod disk;
#[cfg(target_os = "linux")]
mod disk_full;
mod export;
mod faults;
mod finish;
mod follow;
mod hanging;
mod hostile;
mod keeping;
mod lasting;
#[cfg(target_os = "linux")]
mod logs;
mod models_page;
mod one_shot;
mod openai;
mod openai_faults;
mod other_servers;
mod plain;
mod pool;
mod power;
mod program;
mod queue;
mod readers;
mod settings;
mod shelf;
mod shutdown;
mod site;
mod starting;
mod stop;
mod support;
mod titles;
mod words;
