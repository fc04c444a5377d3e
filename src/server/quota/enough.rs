//! That somebody has had enough: whose it was, of what, and how that is told.

use std::{net::IpAddr, sync::Arc};

use crate::{
    error::{Error, ErrorKind},
    server::store::ledger::OF_ADDRESS,
    words::told,
};

/// Whose a meter is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Whose {
    /// A user's, by the id.
    User(Arc<str>),
    /// A key's, by the id.
    Key(Arc<str>),
    /// An address's, or a household's.
    Address(IpAddr),
}

/// What somebody has had enough of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// In a minute.
    Requests,
    AtOnce,
    TokensOfDay,
    TokensOfMonth,
}

/// That there was enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Enough {
    pub(super) what: What,
    pub(super) used: u64,
    pub(super) most: u64,
    /// After how many seconds there is more.
    pub(super) wait: u32,
}

impl Whose {
    /// What it is called in the ledger.
    pub(super) fn name(&self) -> Arc<str> {
        match self {
            Self::User(id) | Self::Key(id) => Arc::clone(id),
            Self::Address(address) => format!("{OF_ADDRESS}{address}").into(),
        }
    }

    /// As the one is told who asks for more.
    pub(super) fn told(&self, enough: Enough) -> Error {
        let (used, most) = (&*enough.used.to_string(), &*enough.most.to_string());
        let wait = &*enough.wait.to_string();
        let sentence = match (self, enough.what) {
            (Self::User(_), What::Requests) => told::too_many_requests(most, wait),
            (Self::Key(_), What::Requests) => told::key_too_many_requests(most, wait),
            (Self::Address(_), What::Requests) => told::address_too_many_requests(most, wait),
            (Self::User(_), What::AtOnce) => told::too_many_at_once(used),
            (Self::Key(_), What::AtOnce) => told::key_too_many_at_once(used),
            (Self::Address(_), What::AtOnce) => told::address_too_many_at_once(used),
            (Self::User(_), What::TokensOfDay) => told::enough_today(used, most),
            (Self::Key(_), What::TokensOfDay) => told::key_enough_today(used, most),
            (Self::Address(_), What::TokensOfDay) => told::address_enough_today(used, most),
            (Self::User(_), What::TokensOfMonth) => told::enough_this_month(used, most),
            (Self::Key(_), What::TokensOfMonth) => told::key_enough_this_month(used, most),
            (Self::Address(_), What::TokensOfMonth) => told::address_enough_this_month(used, most),
        };
        Error::told(ErrorKind::Limited, sentence).after(enough.wait)
    }
}
