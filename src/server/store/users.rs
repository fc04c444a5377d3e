//! Who there is: one trait, [`Users`].

use super::{StoreFault, credentials::Hash};
use crate::server::Boxed;

/// Where accounts are kept.
pub trait Users: std::fmt::Debug + Send + Sync + 'static {
    /// All of them, by their names.
    ///
    /// # Errors
    /// When they could not be read.
    fn users(&self) -> Boxed<'_, Result<Vec<User>, StoreFault>>;

    /// One of them; `None`: there is no such one.
    ///
    /// # Errors
    /// When it could not be read.
    fn user<'a>(&'a self, by: By<'a>) -> Boxed<'a, Result<Option<Account>, StoreFault>>;

    /// Adds one, by using up the link of this id if there is one. The first one is an administrator, and what was there before
    /// there were accounts is theirs from then on.
    ///
    /// # Errors
    /// When it could not be written.
    fn add_user(
        &self,
        account: Account,
        link: Option<String>,
    ) -> Boxed<'_, Result<Added, StoreFault>>;

    /// Changes one.
    ///
    /// # Errors
    /// When it could not be written.
    fn change_user<'a>(
        &'a self,
        id: &'a str,
        change: UserChange,
    ) -> Boxed<'a, Result<Changed, StoreFault>>;

    /// Has a step of the second factor count as used; false: it, or a later one, was used before.
    ///
    /// # Errors
    /// When it could not be written.
    fn use_step<'a>(&'a self, id: &'a str, step: i64) -> Boxed<'a, Result<bool, StoreFault>>;
}

/// What a user may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Whatever is theirs.
    #[default]
    User,
    /// Look after the accounts of others as well.
    Admin,
}

impl Role {
    /// As it is kept.
    pub const fn code(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }

    /// The one of this code; what is unknown may do nothing special.
    pub fn of(code: &str) -> Self {
        if code == "admin" {
            Self::Admin
        } else {
            Self::User
        }
    }
}

/// A user, as anybody may know them who has to do with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The owner of what is theirs; empty where there are no accounts.
    pub id: String,
    /// As it was written.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may not come in.
    pub disabled: bool,
    /// Whether a second factor is asked for.
    pub has_totp: bool,
    /// What of the server's limits is another for them: a JSON object.
    pub limits: String,
    /// Milliseconds since 1970.
    pub made_at: u64,
}

/// A user with what they sign in by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub user: User,
    /// The hash of the password, as a PHC string; `None`: there is none.
    pub password: Option<String>,
    /// Who it is for another server that says who signs in.
    pub subject: Option<String>,
    /// The secret of the second factor.
    pub totp: Option<Vec<u8>>,
}

/// By what a user is found.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// The id.
    Id(&'a str),
    /// The name, in whatever case.
    Name(&'a str),
    /// Who it is for another server.
    Subject(&'a str),
}

/// What has come of adding a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// They are there.
    Added,
    /// They are there, and the first.
    First,
    /// There is one of that name.
    Taken,
    /// The link is not there any more.
    LinkGone,
}

/// What is changed of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserChange {
    /// The password; what was signed in by the old one ends.
    Password(NewPassword),
    /// Who it is for another server that says who signs in; nobody else may be that.
    Subject(String),
    /// What they may do.
    Role(Role),
    /// Whether they may not come in.
    Disabled(bool),
    /// The second factor, or that there is none any more.
    Second(Option<Second>),
    /// There is no second factor any more, since it was lost; who was signed in by it is not.
    LostSecond,
    /// What of the server's limits is another for them: a JSON object.
    Limits(String),
    /// They are gone, and all that is theirs.
    Delete,
}

/// A new password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NewPassword {
    /// Its hash, as a PHC string.
    pub hash: String,
    /// The hash of the one that it takes the place of: where another one is there, nothing is changed. `None`: whichever.
    pub was: Option<String>,
    /// The session that stays; `None`: all end.
    pub session: Option<String>,
    /// Whether keys go too.
    pub drops_keys: bool,
    /// Whether the second factor does.
    pub drops_second: bool,
    /// The link that it is set by, which is used up: one that is not there any more changes nothing.
    pub link: Option<String>,
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPassword").finish_non_exhaustive()
    }
}

/// A second factor.
#[derive(Clone, PartialEq, Eq)]
pub struct Second {
    /// The hash of the password that its user has shown: where another one is there, nothing is changed.
    pub was: Option<String>,
    /// Its secret.
    pub secret: Vec<u8>,
    /// The step that has been used already.
    pub step: i64,
    /// The codes for when it is lost.
    pub codes: Vec<Hash>,
}

impl std::fmt::Debug for Second {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Second").finish_non_exhaustive()
    }
}

/// What has come of changing a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is so.
    Changed,
    /// There is no such user.
    Missing,
    /// It is as it was: there would be no administrator left who can come in.
    LastAdmin,
}

/// A name as names are compared.
pub fn folded(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    name.trim().nfkc().flat_map(char::to_lowercase).collect()
}
