//! The pages about accounts: forms, made on the server alone, which need no script.
//!
//! | file | noun |
//! |---|---|
//! | [`entrance`] | `/login`, `/join` and `/logout` |
//! | [`account`] | `/account`: what is one's own |
//! | [`admin`] | `/admin`: the accounts of others |
//! | [`usage`] | how many tokens somebody has had |
//! | [`frame`] | what stands around them, and what stands in them again and again |
//!
//! What is done is in [`super::entry`], [`super::own`] and [`super::people`].

pub mod account;
pub mod admin;
pub mod entrance;
pub mod frame;
pub mod usage;
