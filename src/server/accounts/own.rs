//! What people do with what is theirs: their password, their second factor, their sessions and their keys.

use std::time::Duration;

use super::{
    Accounts, Caller, Visitor,
    entry::{is_unseen, new_id, no_randomness},
    token, totp,
};
use crate::{
    error::{Error, ErrorKind, Result},
    server::{
        clock::milliseconds,
        quota::Allowance,
        store::{
            credentials::{Key, Which},
            users::{Account, By, Changed, NewPassword, Second, User, UserChange},
        },
    },
    words::told,
};

/// How many codes there are for when the second factor is lost.
const CODES: usize = 10;

/// How many keys somebody may have.
const MOST_KEYS: usize = 100;

/// The longest name of a key, in characters.
const LONGEST_KEY_NAME: usize = 64;

/// How much of a key is shown afterwards, in letters.
const SHOWN: usize = token::KEY.len() + 5;

/// What a key is to be.
#[derive(Clone, Default)]
pub struct NewKey {
    /// What its user calls it.
    pub name: String,
    /// Whether it may ask models.
    pub chat: bool,
    /// Whether it may read chats.
    pub read: bool,
    /// For how many days it is good; `None`: for ever.
    pub days: Option<u32>,
    /// How much it may have, beside what its user may.
    pub allowance: Allowance,
    /// By what its user shows who they are, if they have a password.
    pub proof: Proof,
}

/// By what somebody who has signed in shows once more who they are.
#[derive(Clone, Default)]
pub struct Proof {
    /// The password.
    pub password: String,
    /// A code of the second factor, if there is one.
    pub code: String,
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proof").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKey").finish_non_exhaustive()
    }
}

impl Accounts {
    /// Changes somebody's password; their other sessions end.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] when the old one is wrong, [`ErrorKind::Limited`] when too many were;
    /// [`ErrorKind::BadRequest`] when the new one will not do.
    pub async fn change_password(
        &self,
        caller: &Caller,
        old: Proof,
        new: String,
        visitor: &Visitor,
    ) -> Result<()> {
        let user = &caller.user;
        // A code is good once: it is not used up for a password that will not do.
        self.passwords.check(&new, &user.name).await?;
        let was = self.confirm(caller, old, visitor).await?;
        let hash = self.passwords.hash(new).await?;
        let to = UserChange::Password(NewPassword {
            hash,
            was,
            session: caller.session().map(str::to_owned),
            ..NewPassword::default()
        });
        self.change_own(user, to).await?;
        self.note("password_changed", user, visitor, "").await;
        Ok(())
    }

    /// Changes what somebody comes in by, unless somebody else has given them another password meanwhile.
    async fn change_own(&self, user: &User, to: UserChange) -> Result<()> {
        let changed = self.users.change_user(&user.id, to).await?;
        self.doubt();
        if changed == Changed::Missing {
            return Err(Error::told(ErrorKind::Forbidden, told::password_wrong()));
        }
        Ok(())
    }

    /// Has somebody who has signed in show once more who they are, by all that they sign in by; gives the hash of the
    /// password, which is to be theirs still when something comes of it.
    async fn confirm(
        &self,
        caller: &Caller,
        proof: Proof,
        visitor: &Visitor,
    ) -> Result<Option<String>> {
        let (user, now) = (&caller.user, self.clock.now());
        if let Some(wait) = self.slowing.wait(&user.name, visitor.address, now) {
            return Err(self.slowed(&user.name, visitor, wait).await);
        }
        self.slowing.wrong(&user.name, visitor.address, now);
        let account = self.account_of_caller(caller).await?;
        let verified = self
            .passwords
            .verify(proof.password, account.password.clone());
        let verified = verified.await;
        if !verified.inspect_err(|_| self.slowing.forget(&user.name, visitor.address))? {
            self.note("refused", user, visitor, "").await;
            return Err(Error::told(ErrorKind::Forbidden, told::password_wrong()));
        }
        let tried_for = caller.session().unwrap_or(&user.id);
        let shown = self.has_second(&account, &proof.code, tried_for, visitor);
        let shown = shown.await;
        if !shown.inspect_err(|_| self.slowing.forget(&user.name, visitor.address))? {
            return Err(Error::told(ErrorKind::Forbidden, told::code_wrong()));
        }
        self.slowing.right(&user.name, visitor.address, now);
        Ok(account.password)
    }

    /// What there is now of somebody who has signed in.
    ///
    /// # Errors
    /// [`ErrorKind::SignedOut`] when that is nothing any more; or when the store fails.
    pub async fn account_of_caller(&self, caller: &Caller) -> Result<Account> {
        let account = self.users.user(By::Id(&caller.user.id)).await?;
        account.ok_or_else(|| Error::told(ErrorKind::SignedOut, told::signed_out()))
    }

    /// Ends one of somebody's sessions, or all but the one that asks.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_session(
        &self,
        caller: &Caller,
        id: Option<&str>,
        visitor: &Visitor,
    ) -> Result<()> {
        let which = match id {
            Some(id) => Which::One(id),
            None => Which::AllBut(caller.session().unwrap_or_default()),
        };
        let user = &caller.user;
        let ended = self.credentials.end_sessions(&user.id, which).await?;
        if ended > 0 {
            self.doubt();
            let count = ended.to_string();
            self.note("sessions_ended", user, visitor, &count).await;
        }
        Ok(())
    }

    /// Whether there is a password by which somebody can show who they are: where others say who signs in, nobody has one.
    pub const fn has_password(&self, account: &Account) -> bool {
        !self.mode.is_elsewhere() && account.password.is_some()
    }

    /// Has somebody have a second factor; gives the codes for when it is lost. The code that is shown is the first that their
    /// telephone has made of the secret.
    ///
    /// # Errors
    /// As [`Accounts::change_password`]; [`ErrorKind::Forbidden`] when the code is wrong.
    pub async fn set_second(
        &self,
        caller: &Caller,
        secret: &[u8],
        proof: Proof,
        visitor: &Visitor,
    ) -> Result<Vec<String>> {
        let user = &caller.user;
        if self.account_of_caller(caller).await?.totp.is_some() {
            // The one that there is goes by itself first.
            return Err(Error::told(ErrorKind::Forbidden, told::code_wrong()));
        }
        let code = proof.code.clone();
        let was = self.confirm(caller, proof, visitor).await?;
        let step = totp::step(secret, &code, self.clock.now());
        let wrong = || Error::told(ErrorKind::Forbidden, told::code_wrong());
        let step = step.ok_or_else(wrong)?;
        let codes: Result<Vec<_>, _> = (0..CODES).map(|_| token::code()).collect();
        let codes = codes.map_err(no_randomness)?;
        let second = Second {
            was,
            secret: secret.to_vec(),
            step,
            codes: codes.iter().map(|code| token::hash_of_code(code)).collect(),
        };
        let to = UserChange::Second(Some(second));
        self.change_own(user, to).await?;
        self.note("second_set", user, visitor, "").await;
        Ok(codes)
    }

    /// Has somebody have no second factor any more.
    ///
    /// # Errors
    /// As [`Accounts::change_password`]; [`ErrorKind::Forbidden`] when the code is wrong.
    pub async fn drop_second(
        &self,
        caller: &Caller,
        proof: Proof,
        visitor: &Visitor,
    ) -> Result<()> {
        self.confirm(caller, proof, visitor).await?;
        let user = &caller.user;
        let to = UserChange::Second(None);
        self.change_own(user, to).await?;
        self.note("second_dropped", user, visitor, "").await;
        Ok(())
    }

    /// Makes a key; gives its secret, which is shown this once.
    ///
    /// # Errors
    /// [`ErrorKind::BadRequest`] that says what is wrong.
    pub async fn make_key(
        &self,
        caller: &Caller,
        key: NewKey,
        visitor: &Visitor,
    ) -> Result<String> {
        let name = key.name.trim();
        let bad = |sentence| Err(Error::told(ErrorKind::BadRequest, sentence));
        let length = name.chars().count();
        if length == 0 || length > LONGEST_KEY_NAME || name.contains(is_unseen) {
            return bad(told::key_name(&LONGEST_KEY_NAME.to_string()));
        }
        let scopes = [("chat", key.chat), ("read", key.read)];
        let scopes = scopes.iter().filter(|(_, may)| *may).map(|(name, _)| *name);
        let scopes: Vec<_> = scopes.collect();
        if scopes.is_empty() {
            return bad(told::key_for_nothing());
        }
        let user = &caller.user;
        if self.credentials.keys(&user.id).await?.len() >= MOST_KEYS {
            return bad(told::keys_many(&MOST_KEYS.to_string()));
        }
        // Whoever finds a browser open does not take a key along.
        let was = if self.has_password(&self.account_of_caller(caller).await?) {
            self.confirm(caller, key.proof, visitor).await?
        } else {
            None
        };
        let secret = token::KEY.to_owned() + &token::new().map_err(no_randomness)?;
        let now = self.clock.now();
        let days =
            |days: u32| now + milliseconds(Duration::from_secs(24 * 60 * 60)) * u64::from(days);
        let made = Key {
            id: new_id(),
            user: user.id.clone(),
            name: name.to_owned(),
            begins: secret[..SHOWN].to_owned(),
            scopes: scopes.join(" "),
            limits: key.allowance.json(),
            made_at: now,
            expires_at: key.days.map(days),
            ..Key::default()
        };
        let hash = token::hash(&secret);
        let added = self.credentials.add_key(hash, made, was.as_deref());
        if !added.await? {
            return Err(Error::told(ErrorKind::Forbidden, told::password_wrong()));
        }
        self.note("key_made", user, visitor, name).await;
        Ok(secret)
    }

    /// Takes a key back.
    ///
    /// # Errors
    /// When the store fails; one that is gone already is none.
    pub async fn drop_key(&self, caller: &Caller, id: &str, visitor: &Visitor) -> Result<()> {
        let user = &caller.user;
        if let Some(name) = self.credentials.drop_key(&user.id, id).await? {
            self.doubt();
            self.note("key_dropped", user, visitor, &name).await;
        }
        Ok(())
    }
}
