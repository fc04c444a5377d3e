//! What administrators do with the accounts of others. What others say to their models is none of it.

use super::{Accounts, Caller, Visitor};
use crate::{
    error::{Error, ErrorKind, Result},
    server::store::{
        credentials::{Key, LinkKind, Which},
        users::{By, Changed, Role, User, UserChange},
    },
    words::told,
};

impl Accounts {
    /// A link by which one more comes in, as this.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn invite(&self, caller: &Caller, role: Role, visitor: &Visitor) -> Result<String> {
        let link = self
            .make_link(
                LinkKind::Invitation,
                role,
                None,
                Some(caller.user.id.clone()),
            )
            .await?;
        self.note("invited", &caller.user, visitor, role.code())
            .await;
        Ok(link)
    }

    /// Takes an invitation back, or a link for a new password.
    ///
    /// # Errors
    /// When the store fails; one that is gone already is none.
    pub async fn take_back(&self, caller: &Caller, id: &str, visitor: &Visitor) -> Result<()> {
        if self.credentials.take_link(id).await? {
            self.note("link_dropped", &caller.user, visitor, "").await;
        }
        Ok(())
    }

    /// A link by which somebody has a new password.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is no such user.
    pub async fn reset(&self, caller: &Caller, id: &str, visitor: &Visitor) -> Result<String> {
        let user = self.somebody(id).await?;
        let whose = Some(user.id.clone());
        let link = self
            .make_link(
                LinkKind::Reset,
                user.role,
                whose,
                Some(caller.user.id.clone()),
            )
            .await?;
        self.note_by(
            "reset_offered",
            &user,
            &caller.user.name,
            visitor.address,
            "",
        )
        .await;
        Ok(link)
    }

    /// Changes somebody else.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is no such user; [`ErrorKind::BadRequest`] when there would be no administrator
    /// left.
    pub async fn change(
        &self,
        caller: &Caller,
        id: &str,
        to: UserChange,
        visitor: &Visitor,
    ) -> Result<()> {
        let user = self.somebody(id).await?;
        let (kind, detail) = match &to {
            UserChange::Role(role) => ("role_changed", role.code().to_owned()),
            UserChange::Disabled(true) => ("disabled", String::new()),
            UserChange::Disabled(false) => ("enabled", String::new()),
            UserChange::Limits(limits) => ("limits_changed", limits.clone()),
            UserChange::Second(_) | UserChange::LostSecond => ("second_dropped", String::new()),
            UserChange::Password(_) => ("password_changed", String::new()),
            UserChange::Subject(subject) => ("linked", subject.clone()),
            UserChange::Delete => ("deleted", String::new()),
        };
        match self.users.change_user(id, to).await? {
            Changed::Changed => {}
            Changed::Missing => return Err(no_such_user()),
            Changed::LastAdmin => {
                return Err(Error::told(ErrorKind::BadRequest, told::last_admin()));
            }
        }
        self.doubt();
        self.note_by(kind, &user, &caller.user.name, visitor.address, &detail)
            .await;
        Ok(())
    }

    /// Signs somebody out everywhere.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is no such user.
    pub async fn sign_out_of_all(
        &self,
        caller: &Caller,
        id: &str,
        visitor: &Visitor,
    ) -> Result<()> {
        let user = self.somebody(id).await?;
        let ended = self.credentials.end_sessions(id, Which::All).await?;
        self.doubt();
        let (actor, count) = (&caller.user.name, ended.to_string());
        self.note_by("sessions_ended", &user, actor, visitor.address, &count)
            .await;
        Ok(())
    }

    /// Says how much a key of somebody may have, beside what its user may.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is no such key.
    pub async fn limit_key(
        &self,
        caller: &Caller,
        id: &str,
        limits: &str,
        visitor: &Visitor,
    ) -> Result<()> {
        let (key, user) = self.key_of_somebody(id).await?;
        if !self.credentials.limit_key(id, limits).await? {
            return Err(no_such_key());
        }
        self.doubt();
        let (actor, detail) = (&caller.user.name, format!("{} {limits}", key.name));
        self.note_by("key_limited", &user, actor, visitor.address, &detail)
            .await;
        Ok(())
    }

    /// Takes a key of somebody back.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is no such key.
    pub async fn drop_key_of(&self, caller: &Caller, id: &str, visitor: &Visitor) -> Result<()> {
        let (key, user) = self.key_of_somebody(id).await?;
        if self.credentials.drop_key(&key.user, id).await?.is_none() {
            return Err(no_such_key());
        }
        self.doubt();
        let actor = &caller.user.name;
        self.note_by("key_dropped", &user, actor, visitor.address, &key.name)
            .await;
        Ok(())
    }

    async fn key_of_somebody(&self, id: &str) -> Result<(Key, User)> {
        let keys = self.credentials.all_keys().await?;
        let key = keys.into_iter().find(|key| key.id == id);
        let key = key.ok_or_else(no_such_key)?;
        let user = self.somebody(&key.user).await?;
        Ok((key, user))
    }

    async fn somebody(&self, id: &str) -> Result<User> {
        let account = self.users.user(By::Id(id)).await?;
        Ok(account.ok_or_else(no_such_user)?.user)
    }
}

fn no_such_key() -> Error {
    Error::told(ErrorKind::NotFound, told::key_gone())
}

fn no_such_user() -> Error {
    Error::told(ErrorKind::NotFound, told::user_gone())
}
