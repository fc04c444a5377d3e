//! People whom another server names: their account is found, or made at first sight, and their role follows a group.
//!
//! Who is named by a subject is found by that alone, never by the name: anybody may call themselves like another. A proxy
//! names people by nothing else, so there the name is who one is.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::warn;

use super::{
    Accounts, Visitor,
    entry::{check_name, name_taken, new_id},
};
use crate::{
    error::{Error, ErrorKind, Result},
    server::store::users::{Account, Added, By, Changed, Role, User, UserChange, folded},
    words::told,
};

/// How often a free name is looked for: another one may take it in between.
const TRIES: usize = 5;

/// Somebody, as another server names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Who they are for that server, whatever they are called; `None`: it knows them by their name.
    pub subject: Option<String>,
    /// The groups that they are in.
    pub groups: Vec<String>,
}

impl Accounts {
    /// The account of somebody who is named. The role follows the group of administrators, if one is configured: but the last
    /// administrator who can come in stays one, or nobody could look after the others any more.
    ///
    /// # Errors
    /// [`ErrorKind::SignedOut`], with a sentence, when they may not come in; or when the store fails.
    pub(super) async fn account_of(&self, named: &Named, visitor: &Visitor) -> Result<User> {
        let user = match self.known_as(named).await? {
            Some(user) => user,
            None => self.make_account(named, visitor).await?,
        };
        if user.disabled {
            let sentence = told::account_disabled();
            return Err(Error::told(ErrorKind::SignedOut, sentence));
        }
        self.follow_group(user, named, visitor).await
    }

    async fn known_as(&self, named: &Named) -> Result<Option<User>> {
        let by = match &named.subject {
            Some(subject) => By::Subject(subject),
            None => By::Name(&named.name),
        };
        let account = self.users.user(by).await?;
        let user = account.map(|account| account.user);
        // Whoever names people by names may tell them apart by what is one here.
        let is_other = |user: &User| named.subject.is_none() && user.name != named.name;
        match user {
            Some(user) if is_other(&user) => Err(Error::told(
                ErrorKind::SignedOut,
                told::name_alike(&user.name),
            )),
            user => Ok(user),
        }
    }

    async fn make_account(&self, named: &Named, visitor: &Visitor) -> Result<User> {
        check_name(&named.name).map_err(|error| Error {
            kind: ErrorKind::SignedOut,
            ..error
        })?;
        let role = self.role_of(named).unwrap_or_default();
        for _ in 0..TRIES {
            let users = self.users.users().await?;
            if let (Some(group), Role::User, true) =
                (&self.elsewhere.admin_group, role, users.is_empty())
            {
                // The first is an administrator, and has all that was there: where it is said who is to be one, nobody
                // else becomes one by being early.
                let sentence = told::first_is_admin(group);
                return Err(Error::told(ErrorKind::SignedOut, sentence));
            }
            let name = match named.subject {
                Some(_) => free_name(&named.name, &users),
                None => named.name.clone(),
            };
            let mut user = User {
                id: new_id(),
                name,
                role,
                made_at: self.clock.now(),
                ..User::default()
            };
            let account = Account {
                user: user.clone(),
                subject: named.subject.clone(),
                ..Account::default()
            };
            let kind = match self.users.add_user(account, None).await? {
                Added::First => {
                    user.role = Role::Admin;
                    "set_up"
                }
                Added::Added => "joined",
                Added::Taken | Added::LinkGone => {
                    // A page asks for many things at once: another request of theirs was faster.
                    if let Some(user) = self.known_as(named).await? {
                        return Ok(user);
                    }
                    continue;
                }
            };
            let subject = named.subject.as_deref().unwrap_or_default();
            self.note(kind, &user, visitor, subject).await;
            return Ok(user);
        }
        Err(name_taken())
    }

    /// What somebody is to be; `None`: that is decided here, on the page of the administration.
    fn role_of(&self, named: &Named) -> Option<Role> {
        let group = self.elsewhere.admin_group.as_ref()?;
        Some(if named.groups.contains(group) {
            Role::Admin
        } else {
            Role::User
        })
    }

    async fn follow_group(&self, user: User, named: &Named, visitor: &Visitor) -> Result<User> {
        let role = self.role_of(named).unwrap_or(user.role);
        if role == user.role {
            return Ok(user);
        }
        match self
            .users
            .change_user(&user.id, UserChange::Role(role))
            .await?
        {
            Changed::Changed => {}
            Changed::Missing => {
                return Err(Error::told(ErrorKind::SignedOut, told::user_gone()));
            }
            Changed::LastAdmin => {
                static TOLD: AtomicBool = AtomicBool::new(false);
                if !TOLD.swap(true, Ordering::Relaxed) {
                    warn!(
                        user = %user.name,
                        "who is not in the group of administrators stays one, as there is no other. Have somebody of that \
                         group sign in. This is said once."
                    );
                }
                return Ok(user);
            }
        }
        self.doubt();
        let group = self.elsewhere.admin_group.as_deref().unwrap_or_default();
        let address = visitor.address;
        self.note_by("role_changed", &user, group, address, role.code())
            .await;
        Ok(User { role, ..user })
    }
}

/// A name that nobody has: this one, or with a number after it.
fn free_name(name: &str, users: &[User]) -> String {
    let is_taken = |name: &str| {
        let name = folded(name);
        users.iter().any(|user| folded(&user.name) == name)
    };
    if !is_taken(name) {
        return name.to_owned();
    }
    (2..)
        .map(|number: u64| {
            let end = format!(" {number}");
            // It stays within what names are.
            let kept = name.chars().take(super::entry::LONGEST_NAME - end.len());
            kept.collect::<String>().trim_end().to_owned() + &end
        })
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_has_a_number_after_it() {
        let long = "x".repeat(64);
        let users = ["Anna", "anna 2", &long].map(|name| User {
            name: name.to_owned(),
            ..User::default()
        });
        assert_eq!(free_name("berta", &users), "berta");
        assert_eq!(free_name("ANNA", &users), "ANNA 3");
        let other = free_name(&long, &users);
        assert!(other.ends_with("x 2") && other.len() == 64, "{other}");
    }
}
