//! What ends when somebody may not come in any more: what is written for them, and the streams that they read. A request is
//! held to what holds at that moment ([`super::accounts::access`]); a stream goes on for long after it.

use std::{collections::HashSet, time::Duration};

use tokio::time::sleep;
use tracing::error;

use super::{
    Server,
    accounts::caller::By,
    store::{StoreFault, users},
};

/// How often it is looked: this process is not told of what is done by `brooklet user`, nor of the end of a key.
const EVERY: Duration = Duration::from_secs(5);

/// Looks whenever something has changed about accounts, and now and then.
pub async fn watch(server: &Server) {
    let mut fails = false;
    loop {
        tokio::select! {
            () = server.accounts.changed() => {}
            () = sleep(EVERY) => {}
        }
        let looked = look(server).await;
        if let Err(fault) = &looked
            && !fails
        {
            error!(
                "whether those who read streams still may could not be found out; it is tried again: {fault}"
            );
        }
        fails = looked.is_err();
    }
}

async fn look(server: &Server) -> Result<(), StoreFault> {
    let accounts = &server.accounts;
    let mut users = server.streams.users();
    users.extend(server.generations().owners());
    for user in users {
        let account = accounts.users.user(users::By::Id(&user)).await?;
        if account.is_none_or(|account| account.user.disabled) {
            // Their streams end with it, and say so.
            server.generations().stop_all_of(&user);
            continue;
        }
        let (credentials, now) = (&accounts.credentials, accounts.clock.now());
        let sessions = credentials.sessions(&user).await?.into_iter();
        let keys = credentials.keys(&user).await?.into_iter();
        let keys = keys.filter(|key| key.expires_at.is_none_or(|end| end > now));
        let good: HashSet<String> = sessions
            .map(|it| it.id)
            .chain(keys.map(|it| it.id))
            .collect();
        server.streams.cut_unless(&user, |by| match by {
            By::Session(session) => good.contains(&session.id),
            By::Key(key) => good.contains(&key.id),
            By::Default | By::Proxy => true,
        });
    }
    Ok(())
}
