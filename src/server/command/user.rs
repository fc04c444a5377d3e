//! `brooklet user …`: accounts, from the terminal of the machine that Brooklet runs on, while it serves or not.
//!
//! Whoever can write to the data folder may do all of this; nobody signs in here.

use std::{
    io::{self, BufRead, Write},
    sync::Arc,
};

use clap::Subcommand;

use super::{
    super::{
        Config,
        accounts::{
            entry::{check_name, new_id},
            password, token,
        },
        store::{
            Ledger, Sqlite, StoreFault, Users,
            ledger::Event,
            sqlite::{self, Database},
            users::{Account, Added, By, Changed, NewPassword, Role, User, UserChange},
        },
    },
    say,
};

/// Who does it, in the list of what has happened.
const ACTOR: &str = "brooklet user";

/// What can be done with accounts.
#[derive(Clone, Debug, Subcommand)]
pub enum UserCommand {
    /// Makes an account, and says its password.
    ///
    /// The first one is an administrator, and has the chats that there are.
    Add {
        /// Its name.
        name: String,
        /// It is an administrator.
        #[arg(long)]
        admin: bool,
        /// Read the password from the first line of stdin instead of making one.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Lists the accounts.
    List,
    /// Gives an account a new password, says it, and signs it out everywhere.
    ///
    /// The second factor goes too: who can do this could do anything.
    ResetPassword {
        /// Its name.
        name: String,
        /// Read the password from the first line of stdin instead of making one.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Has who is this at a provider (`--auth oidc`) come in as an account that was there before.
    ///
    /// Nobody is taken for somebody else by a name or an address: without this, they have a new account.
    Link {
        /// Its name.
        name: String,
        /// The provider and who they are there, `https://id.example|…`: as it stands beside an account that was made for them
        /// in what has happened.
        subject: String,
    },
    /// Keeps an account out; nothing of it is lost.
    Disable {
        /// Its name.
        name: String,
    },
    /// Lets an account in again.
    Enable {
        /// Its name.
        name: String,
    },
    /// Deletes an account with all of its chats.
    Delete {
        /// Its name.
        name: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// Does it, and says what came of it.
///
/// # Errors
/// When it could not be done.
pub async fn run(command: &UserCommand, config: &Config) -> io::Result<()> {
    let file = config.data_dir()?.join(sqlite::FILE);
    let store = Sqlite::beside(&file).await.map_err(io::Error::other)?;
    let people = People(store.database());
    match command {
        UserCommand::Add {
            name,
            admin,
            password_stdin,
        } => people.add(name, *admin, *password_stdin, config).await,
        UserCommand::List => people.list().await,
        UserCommand::ResetPassword {
            name,
            password_stdin,
        } => people.reset(name, *password_stdin).await,
        UserCommand::Link { name, subject } => people.link(name, subject).await,
        UserCommand::Disable { name } => {
            people
                .change(name, UserChange::Disabled(true), "disabled")
                .await?;
            say(format!(
                "{name} cannot sign in any more, and is signed out."
            ))
        }
        UserCommand::Enable { name } => {
            people
                .change(name, UserChange::Disabled(false), "enabled")
                .await?;
            say(format!("{name} can sign in again."))
        }
        UserCommand::Delete { name, yes } => {
            if !yes {
                return Err(io::Error::other(format!(
                    "this deletes {name} with all chats, for good. Say --yes to do so; `brooklet user disable` keeps everything."
                )));
            }
            people.change(name, UserChange::Delete, "deleted").await?;
            say(format!("{name} is deleted."))
        }
    }
}

struct People(Arc<Database>);

impl People {
    async fn add(
        &self,
        name: &str,
        admin: bool,
        from_stdin: bool,
        config: &Config,
    ) -> io::Result<()> {
        check_name(name).map_err(io::Error::other)?;
        let password = password(from_stdin, name)?;
        let account = Account {
            user: User {
                id: new_id(),
                name: name.trim().to_owned(),
                role: if admin { Role::Admin } else { Role::User },
                made_at: config.clock.now(),
                ..User::default()
            },
            password: Some(password::hash(&password)?),
            ..Account::default()
        };
        let user = account.user.clone();
        let added = self.0.add_user(account, None).await.map_err(failed)?;
        let also = match added {
            Added::Taken | Added::LinkGone => {
                return Err(io::Error::other(format!(
                    "there is an account {name} already."
                )));
            }
            Added::First => ", and an administrator, as the first one",
            Added::Added => "",
        };
        self.note("joined", &user).await?;
        say(format!("{name} is there{also}."))?;
        tell(&password, from_stdin)
    }

    async fn list(&self) -> io::Result<()> {
        let users = self.0.users().await.map_err(failed)?;
        if users.is_empty() {
            say("There is no account yet.")?;
        }
        for user in users {
            let state = if user.disabled { ", disabled" } else { "" };
            let second = if user.has_totp { ", second factor" } else { "" };
            say(format!(
                "{} ({}{state}{second})",
                user.name,
                user.role.code()
            ))?;
        }
        Ok(())
    }

    async fn reset(&self, name: &str, from_stdin: bool) -> io::Result<()> {
        let password = password(from_stdin, name)?;
        let hash = password::hash(&password)?;
        let to = UserChange::Password(NewPassword {
            hash,
            drops_keys: true,
            drops_second: true,
            ..NewPassword::default()
        });
        self.change(name, to, "password_changed").await?;
        say(format!(
            "{name} has a new password, no second factor and no keys, and is signed out everywhere."
        ))?;
        tell(&password, from_stdin)
    }

    async fn link(&self, name: &str, subject: &str) -> io::Result<()> {
        let is_one = |(issuer, sub): (&str, &str)| issuer.contains("://") && !sub.is_empty();
        if !subject.split_once('|').is_some_and(is_one) {
            return Err(io::Error::other(format!(
                "`{subject}` names nobody at a provider; it looks like https://id.example|1234."
            )));
        }
        let other = self.0.user(By::Subject(subject)).await.map_err(failed)?;
        if let Some(Account { user, .. }) = other {
            return Err(io::Error::other(format!(
                "who is {subject} comes in as {} already. Delete that account first, which deletes its chats too.",
                user.name
            )));
        }
        let to = UserChange::Subject(subject.to_owned());
        self.change(name, to, "linked").await?;
        say(format!("Who is {subject} comes in as {name}."))
    }

    async fn change(&self, name: &str, to: UserChange, kind: &str) -> io::Result<User> {
        let account = self.0.user(By::Name(name)).await.map_err(failed)?;
        let missing = || {
            io::Error::other(format!(
                "there is no account {name}. `brooklet user list` lists them."
            ))
        };
        let user = account.ok_or_else(missing)?.user;
        match self.0.change_user(&user.id, to).await.map_err(failed)? {
            Changed::Changed => {}
            Changed::Missing => return Err(missing()),
            Changed::LastAdmin => {
                return Err(io::Error::other(
                    "there would be no administrator left. Make another one first.",
                ));
            }
        }
        self.note(kind, &user).await?;
        Ok(user)
    }

    async fn note(&self, kind: &str, user: &User) -> io::Result<()> {
        let event = Event {
            at: super::super::clock::Clock::default().now(),
            kind: kind.to_owned(),
            user: Some(user.id.clone()),
            name: user.name.clone(),
            actor: ACTOR.to_owned(),
            ..Event::default()
        };
        self.0.note(event).await.map_err(failed)
    }
}

fn failed(fault: StoreFault) -> io::Error {
    io::Error::other(fault)
}

/// The password from stdin, or one that is made.
fn password(from_stdin: bool, name: &str) -> io::Result<String> {
    if !from_stdin {
        // Twenty-eight letters of thirty-two: nobody guesses those.
        return token::code();
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    password::check_length(password).map_err(io::Error::other)?;
    if password::is_easy(password, name) {
        return Err(io::Error::other(
            "this password is too easily guessed. Take some words that do not go together.",
        ));
    }
    Ok(password.to_owned())
}

/// Says a password that was made.
fn tell(password: &str, from_stdin: bool) -> io::Result<()> {
    if from_stdin {
        return Ok(());
    }
    // Nobody else can say it: that it was not heard is a fault, which what is only told is not.
    writeln!(io::stdout(), "Its password is: {password}").map_err(|error| {
        let why = format!("the password that was made could not be told ({error}). Make another by `brooklet user reset-password`.");
        io::Error::new(error.kind(), why)
    })
}
