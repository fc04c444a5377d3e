//! Who may ask for what: each route's [`Access`] stands in the router's table, and one check holds every request to it,
//! before anything is read of its body.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, header::AUTHORIZATION},
};

use super::{
    Accounts, BELIEVED, Caller, IDLE, LONGEST, Mode, Shown, Visitor, caller::By, named::Named,
    token,
};
use crate::{
    error::{Error, ErrorKind, Result},
    server::{
        client::{Client, Secure},
        clock::milliseconds,
        connection::Peer,
        router,
        store::{credentials::Hash, users::User},
    },
    words::told,
};

/// How often it is noted that a session is used, in milliseconds.
const NOTED_EVERY: u64 = 5 * 60 * 1000;

/// The same for a key.
const KEY_NOTED_EVERY: u64 = 60 * 1000;

/// Who may ask for a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Open,
    /// Whoever is known: a person, or a program with any key.
    Known,
    /// A person, or a program whose key may read.
    Read,
    /// A person, or a program whose key may chat.
    Chat,
    /// A person, or whoever asks where nobody signs in.
    Person,
    /// A person who has signed in.
    Account,
    /// A person who looks after the accounts of others, or whoever asks where nobody signs in.
    Keeper,
    /// A person who looks after the accounts of others.
    Admin,
}

impl Accounts {
    /// Lets a request pass that may, and has it know who asks (a [`Caller`] among its extensions).
    ///
    /// # Errors
    /// [`ErrorKind::SignedOut`] when nobody who may has asked, [`ErrorKind::Forbidden`] when somebody has who may not,
    /// [`ErrorKind::Limited`] when they ask too often.
    pub async fn admit(self: &Arc<Self>, request: &mut Request) -> Result<()> {
        // What no route is for is a file of the site, or nothing.
        let path = request.extensions().get::<MatchedPath>();
        let access = path.map_or(Access::Open, |path| router::access(path.as_str()));
        let client = request.extensions().get().copied();
        let Client(address) = client.ok_or_else(Error::default)?;
        self.quotas.request_from(address)?;
        if access == Access::Open {
            return Ok(());
        }
        let secure = request.extensions().get().copied();
        let Secure(secure) = secure.ok_or_else(Error::default)?;
        let visitor = Visitor::new(address, secure, request.headers());
        let peer = request.extensions().get().copied();
        let caller = self.caller(peer, request.headers(), &visitor).await?;
        let caller = caller.ok_or_else(|| Error::told(ErrorKind::SignedOut, told::signed_out()))?;
        permit(&caller, access)?;
        caller.metered(&self.quotas, None).request()?;
        request.extensions_mut().insert(caller);
        Ok(())
    }

    /// Who sends these headers by a connection from `peer`; `None`: nobody who is known.
    ///
    /// # Errors
    /// [`ErrorKind::SignedOut`] when there is a key that is good for nothing, or somebody is named who may not come in; or
    /// when the store fails.
    pub async fn caller(
        self: &Arc<Self>,
        peer: Option<Peer>,
        headers: &HeaderMap,
        visitor: &Visitor,
    ) -> Result<Option<Caller>> {
        if self.mode == Mode::None {
            return self.everybody().await.map(Some);
        }
        let header = self.elsewhere.header.as_ref();
        // A proxy may pass on what it knows people by itself.
        let is_ours =
            |key: &&str| key.starts_with(token::KEY) || !header.is_some_and(|it| it.believes(peer));
        if let Some(key) = bearer(headers).filter(is_ours) {
            let caller = self.by_key(token::hash(key), visitor).await?;
            return match caller {
                Some(caller) => Ok(Some(caller)),
                None => Err(Error::told(ErrorKind::SignedOut, told::key_unknown())),
            };
        }
        if let Some(header) = header {
            return match header.named(peer, headers)? {
                Some(named) => self.by_name(&named, visitor).await.map(Some),
                None => Ok(None),
            };
        }
        match &visitor.session {
            Some(secret) => self.by_session(token::hash(secret)).await,
            None => Ok(None),
        }
    }

    /// Who a proxy has named.
    async fn by_name(&self, named: &Named, visitor: &Visitor) -> Result<Caller> {
        // No value of a header has a line break in it.
        let all = [&*named.name, &named.groups.join(",")].join("\n");
        let shown = Shown::Named(token::hash(&all));
        if let Some(caller) = self.believed(&shown) {
            return Ok(caller);
        }
        let user = self.account_of(named, visitor).await?;
        Ok(self.known_by(shown, user, By::Proxy))
    }

    async fn by_session(self: &Arc<Self>, hash: Hash) -> Result<Option<Caller>> {
        if let Some(caller) = self.believed(&Shown::Secret(hash)) {
            return Ok(Some(caller));
        }
        let now = self.clock.now();
        let Some((session, user)) = self.credentials.session(hash).await? else {
            return Ok(None);
        };
        let over = session.seen_at + milliseconds(IDLE) <= now
            || session.made_at + milliseconds(LONGEST) <= now;
        if over || user.disabled {
            return Ok(None);
        }
        if session.seen_at + NOTED_EVERY <= now {
            let credentials = Arc::clone(&self.credentials);
            // Nobody waits for it, and a disk that is full keeps nobody out.
            tokio::spawn(async move { credentials.touch_session(hash, now).await });
        }
        Ok(Some(self.known_by(
            Shown::Secret(hash),
            user,
            By::Session(Arc::new(session)),
        )))
    }

    async fn by_key(self: &Arc<Self>, hash: Hash, visitor: &Visitor) -> Result<Option<Caller>> {
        if let Some(caller) = self.believed(&Shown::Secret(hash)) {
            return Ok(Some(caller));
        }
        let now = self.clock.now();
        let Some((key, user)) = self.credentials.key(hash).await? else {
            let nobody = User::default();
            self.note_seldom("key_refused", &nobody, visitor, "").await;
            return Ok(None);
        };
        if user.disabled || key.expires_at.is_some_and(|end| end <= now) {
            self.note_seldom("key_refused", &user, visitor, &key.name)
                .await;
            return Ok(None);
        }
        if key.used_at.is_none_or(|at| at + KEY_NOTED_EVERY <= now) {
            let address = visitor.address.to_string();
            let accounts = Arc::clone(self);
            let (user, name, from) = (user.clone(), key.name.clone(), visitor.clone());
            let is_new = key.used_at.is_none() || key.address != address;
            tokio::spawn(async move {
                let touched = accounts.credentials.touch_key(hash, now, &address);
                if touched.await.is_ok() && is_new {
                    accounts.note("key_used", &user, &from, &name).await;
                }
            });
        }
        Ok(Some(self.known_by(
            Shown::Secret(hash),
            user,
            By::Key(Arc::new(key)),
        )))
    }

    fn known_by(&self, shown: Shown, user: User, by: By) -> Caller {
        let caller = Caller::new(user, by);
        // What expires while it is believed does so a moment late.
        const { assert!(BELIEVED.as_secs() <= 1) };
        self.believe(shown, caller.clone());
        caller
    }
}

/// Holds somebody who is known to what they may do.
fn permit(caller: &Caller, access: Access) -> Result<()> {
    if matches!(caller.by, By::Default) {
        // There may be accounts from before, which are not for whoever comes by.
        return match access {
            Access::Account | Access::Admin => {
                Err(Error::told(ErrorKind::Forbidden, told::no_accounts()))
            }
            _ => Ok(()),
        };
    }
    let scope = |wanted: &str| match &caller.by {
        By::Key(key) => key.scopes.split(' ').any(|scope| scope == wanted),
        By::Default | By::Session(_) | By::Proxy => true,
    };
    let is_person = !matches!(caller.by, By::Key(_));
    let refused = match access {
        Access::Open | Access::Known => return Ok(()),
        Access::Read if scope("read") => return Ok(()),
        Access::Chat if scope("chat") => return Ok(()),
        Access::Person | Access::Account if is_person => return Ok(()),
        Access::Keeper | Access::Admin if is_person && caller.is_admin() => return Ok(()),
        Access::Read => told::key_may_not("read"),
        Access::Chat => told::key_may_not("chat"),
        Access::Person | Access::Account => told::for_people(),
        Access::Keeper | Access::Admin => told::for_admins(),
    };
    Err(Error::told(ErrorKind::Forbidden, refused))
}

/// The key that a program shows.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}
