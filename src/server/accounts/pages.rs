//! The pages about accounts: forms, made on the server alone, which need no script.
//!
//! | file | noun |
//! |---|---|
//! | [`entrance`] | `/login`, `/join` and `/logout` |
//! | [`account`] | `/account`: what is one's own |
//! | [`admin`] | `/admin`: the accounts of others |
//! | [`provider`] | `/oidc/begin` and `/oidc/end`: to the provider that signs people in, and back |
//! | [`usage`] | how many tokens somebody has had |
//! | [`frame`] | what stands around them, and what stands in them again and again |
//!
//! What is done is in [`super::entry`], [`super::own`], [`super::people`] and [`super::oidc`].

pub mod account;
pub mod admin;
pub mod entrance;
pub mod frame;
pub mod provider;
pub mod usage;
