//! How people come in, and go: by a name and a password, by a link that somebody has given them.

use std::io;

use tracing::error;
use uuid::Uuid;

use super::{Accounts, Visitor, password, token, totp};
use crate::{
    error::{Error, ErrorKind, Result},
    server::store::{
        credentials::{Link, LinkKind, Session, Which},
        users::{Account, Added, By, Changed, NewPassword, User, UserChange, folded},
    },
    words::told,
};

/// The longest name, in characters.
pub(super) const LONGEST_NAME: usize = 64;

/// What somebody signs in by.
#[derive(Clone, Default)]
pub struct Attempt {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// A code of the second factor, or one of those for when it is lost; empty: none was typed.
    pub code: String,
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}

impl Accounts {
    /// Signs somebody in; gives the secret of their session, which is a new one each time.
    ///
    /// # Errors
    /// [`ErrorKind::SignedOut`] when name, password or code are wrong, whichever it is; [`ErrorKind::Limited`] when too many
    /// were.
    pub async fn sign_in(&self, attempt: Attempt, visitor: &Visitor) -> Result<String> {
        let Attempt {
            name,
            password,
            code,
        } = attempt;
        let now = self.clock.now();
        // Nobody is called more than that, and to compare what is very long takes long.
        let name: String = name.chars().take(LONGEST_NAME + 1).collect();
        if let Some(wait) = self.slowing.wait(&name, visitor.address, now) {
            return Err(self.slowed(&name, visitor, wait).await);
        }
        // It counts before it is looked at: who tries many at once is not let off.
        self.slowing.wrong(&name, visitor.address, now);
        // Nobody has a password of more than that.
        let is_long = password.len() > password::LONGEST;
        let password: String = password.chars().take(password::LONGEST).collect();
        let account = self.users.user(By::Name(&name)).await?;
        let hash = account.as_ref().and_then(|it| it.password.clone());
        let verified = self.passwords.verify(password, hash.clone()).await;
        let is_right =
            verified.inspect_err(|_| self.slowing.forget(&name, visitor.address))? && !is_long;
        let found = account.filter(|account| is_right && !account.user.disabled);
        let user = match found {
            Some(account) => {
                let tried_for = account.user.id.clone();
                let shown = self.has_second(&account, &code, &tried_for, visitor);
                // The password was right: that the code has to wait is not held against it.
                let shown = shown.await;
                let shown = shown.inspect_err(|_| self.slowing.forget(&name, visitor.address))?;
                if !shown {
                    return Err(wrong());
                }
                account.user
            }
            None => {
                // The name that was tried may be a password by mistake: of one that there is not, nothing is kept.
                let known = self.users.user(By::Name(&name)).await?;
                let about = known.map_or_else(User::default, |known| known.user);
                self.note("refused", &about, visitor, "").await;
                return Err(wrong());
            }
        };
        self.slowing.right(&name, visitor.address, now);
        self.begin_session(&user, hash.as_deref(), visitor).await
    }

    /// Whether what was typed beside the password is enough. Who comes so far knows the password: wrong ones make the next wait
    /// long, wherever they come from. They are counted by `tried_for`: the account, or the session of who is in already, whom
    /// others who know the password cannot keep waiting.
    ///
    /// # Errors
    /// [`ErrorKind::Limited`] when too many were wrong.
    pub(super) async fn has_second(
        &self,
        account: &Account,
        code: &str,
        tried_for: &str,
        visitor: &Visitor,
    ) -> Result<bool> {
        let Some(secret) = &account.totp else {
            return Ok(true);
        };
        let (id, now) = (&account.user.id, self.clock.now());
        if code.trim().is_empty() {
            // That somebody knows the password is worth knowing, too.
            self.note("code_refused", &account.user, visitor, "").await;
            return Ok(false);
        }
        if let Some(wait) = self.slowing.code_wait(tried_for, now) {
            return Err(self.slowed(&account.user.name, visitor, wait).await);
        }
        self.slowing.code_wrong(tried_for, now);
        let is_right = match totp::step(secret, code, now) {
            Some(step) => self.users.use_step(id, step).await?,
            None => {
                let code = token::hash_of_code(code);
                self.credentials.take_code(id, code).await?
            }
        };
        if is_right {
            self.slowing.code_right(tried_for);
        } else {
            self.note("code_refused", &account.user, visitor, "").await;
        }
        Ok(is_right)
    }

    /// That somebody has to wait for so many seconds, which is noted now and then.
    pub(super) async fn slowed(&self, name: &str, visitor: &Visitor, wait: u32) -> Error {
        let (kind, now) = ("slowed", self.clock.now());
        if self
            .seldom
            .is_time(kind, &folded(name), visitor.address, now)
        {
            // Of a name that there is not nothing is kept.
            let known = self.users.user(By::Name(name)).await.ok().flatten();
            let about = known.map_or_else(User::default, |known| known.user);
            self.note(kind, &about, visitor, "").await;
        }
        let sentence = told::sign_in_later(&wait.to_string());
        Error::told(ErrorKind::Limited, sentence).after(wait)
    }

    /// Begins a session of somebody who has shown who they are; gives its secret.
    /// `password`: the hash of what they have shown, which is to be theirs still.
    pub(super) async fn begin_session(
        &self,
        user: &User,
        password: Option<&str>,
        visitor: &Visitor,
    ) -> Result<String> {
        let secret = token::new().map_err(no_randomness)?;
        let now = self.clock.now();
        let session = Session {
            id: new_id(),
            user: user.id.clone(),
            made_at: now,
            seen_at: now,
            agent: visitor.agent.clone(),
            address: visitor.address.to_string(),
        };
        let hash = token::hash(&secret);
        let added = self.credentials.add_session(hash, session, password);
        if !added.await? {
            return Err(wrong());
        }
        // The one that the browser had before is nobody's any more, whoever has put it there.
        self.end_former(visitor).await?;
        self.note("signed_in", user, visitor, "").await;
        Ok(secret)
    }

    /// Signs a browser out.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sign_out(&self, visitor: &Visitor) -> Result<()> {
        if let Some(user) = self.end_former(visitor).await? {
            self.note("signed_out", &user, visitor, "").await;
        }
        Ok(())
    }

    /// Ends the session that a browser comes with; gives whose it was.
    async fn end_former(&self, visitor: &Visitor) -> Result<Option<User>> {
        let Some(secret) = &visitor.session else {
            return Ok(None);
        };
        let found = self.credentials.session(token::hash(secret)).await?;
        let Some((session, user)) = found else {
            return Ok(None);
        };
        let which = Which::One(&session.id);
        self.credentials.end_sessions(&user.id, which).await?;
        self.doubt();
        Ok(Some(user))
    }

    /// What a link is good for, and for whom, if it is for somebody who is there already.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is good for nothing (any more).
    pub async fn link(&self, secret: &str) -> Result<(Link, Option<User>)> {
        let gone = || Error::told(ErrorKind::NotFound, told::link_gone());
        if self.mode.is_elsewhere() {
            // One from before would lead past who signs people in.
            return Err(gone());
        }
        let link = self.credentials.link(token::hash(secret)).await?;
        let now = self.clock.now();
        let link = link.filter(|link| link.expires_at > now).ok_or_else(gone)?;
        let user = match &link.user {
            Some(id) => {
                let account = self.users.user(By::Id(id)).await?;
                let account = account.filter(|account| !account.user.disabled);
                Some(account.ok_or_else(gone)?.user)
            }
            None => None,
        };
        Ok((link, user))
    }

    /// Uses a link: somebody new comes in by it, or has a new password; gives the secret of their session, or nothing where a
    /// second factor is still to be asked for.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is good for nothing (any more); [`ErrorKind::BadRequest`] when name or password will
    /// not do.
    pub async fn join(
        &self,
        secret: &str,
        name: &str,
        password: String,
        visitor: &Visitor,
    ) -> Result<Option<String>> {
        let (link, user) = self.link(secret).await?;
        let name = user.as_ref().map_or(name, |user| &user.name);
        check_name(name)?;
        self.passwords.check(&password, name).await?;
        let hash = self.passwords.hash(password).await?;
        if let Some(user) = user {
            let to = UserChange::Password(NewPassword {
                hash: hash.clone(),
                // Whoever had the old one may have made keys by it.
                drops_keys: true,
                link: Some(link.id),
                ..NewPassword::default()
            });
            // Who uses it twice at once is one.
            if self.users.change_user(&user.id, to).await? == Changed::Missing {
                return Err(Error::told(ErrorKind::NotFound, told::link_gone()));
            }
            self.doubt();
            self.note("password_changed", &user, visitor, "by a link")
                .await;
            if user.has_totp {
                return Ok(None);
            }
            let begun = self.begin_session(&user, Some(&hash), visitor);
            return begun.await.map(Some);
        }
        let account = Account {
            user: User {
                id: new_id(),
                name: name.trim().to_owned(),
                role: link.role,
                made_at: self.clock.now(),
                ..User::default()
            },
            password: Some(hash.clone()),
            ..Account::default()
        };
        let user = account.user.clone();
        match self.users.add_user(account, Some(link.id)).await? {
            Added::Added | Added::First => {}
            Added::Taken => return Err(name_taken()),
            Added::LinkGone => return Err(Error::told(ErrorKind::NotFound, told::link_gone())),
        }
        let kind = match link.kind {
            LinkKind::Setup => "set_up",
            LinkKind::Invitation | LinkKind::Reset => "joined",
        };
        self.note(kind, &user, visitor, "").await;
        let begun = self.begin_session(&user, Some(&hash), visitor);
        begun.await.map(Some)
    }
}

/// Holds a name to what names are.
///
/// # Errors
/// [`ErrorKind::BadRequest`].
pub fn check_name(name: &str) -> Result<()> {
    let name = name.trim();
    let count = name.chars().count();
    if count == 0 || count > LONGEST_NAME || name.contains(is_unseen) {
        let sentence = told::name_length(&LONGEST_NAME.to_string());
        return Err(Error::told(ErrorKind::BadRequest, sentence));
    }
    Ok(())
}

/// Whether a character is not seen, or turns what is around it: names that differ by it look the same.
pub fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e01ef}')
}

/// A name by which one can speak of something.
pub fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// That the system has no randomness, without which nothing is safe.
pub(super) fn no_randomness(cause: io::Error) -> Error {
    error!("the system has no randomness: {cause}");
    Error::default()
}

fn wrong() -> Error {
    Error::told(ErrorKind::SignedOut, told::sign_in_wrong())
}

pub(super) fn name_taken() -> Error {
    Error::told(ErrorKind::BadRequest, told::name_taken())
}
