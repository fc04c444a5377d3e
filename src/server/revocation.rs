//! What ends when somebody may not come in any more: what is written for them, and the streams that they read. A request is
//! held to what holds at that moment ([`super::accounts::access`]); a stream goes on for long after it.

use std::{collections::HashSet, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::time::sleep;
use tracing::error;

use super::{
    Server,
    accounts::{IDLE, LONGEST, caller::By},
    clock::milliseconds,
    store::StoreFault,
};

/// How often it is looked: this process is not told of what is done by `brooklet user`, nor of the end of a key.
const EVERY: Duration = Duration::from_secs(5);

/// How long it rests in between: whoever changes much has it look no more often for that.
const REST: Duration = Duration::from_millis(200);

/// Looks whenever something has changed about accounts, and now and then, for as long as the process lives.
pub async fn watch(server: &Server) {
    let mut fails = false;
    loop {
        tokio::select! {
            () = server.accounts.changed() => {}
            () = sleep(EVERY) => {}
        }
        // A fault in it must not be the end of it.
        let looked = AssertUnwindSafe(look(server)).catch_unwind().await;
        let why = match looked {
            Ok(Ok(())) => None,
            Ok(Err(fault)) => Some(fault.to_string()),
            Err(_) => Some("a fault of Brooklet's own".to_owned()),
        };
        if let Some(why) = &why
            && !fails
        {
            error!(
                "whether those who read streams still may could not be found out; it is tried again: {why}"
            );
        }
        fails = why.is_some();
        sleep(REST).await;
    }
}

async fn look(server: &Server) -> Result<(), StoreFault> {
    let owners = server.generations().owners();
    if owners.is_empty() && server.streams.is_empty() {
        return Ok(());
    }
    let accounts = &server.accounts;
    let users = accounts.users.users().await?;
    let users = users.iter().filter(|user| !user.disabled);
    let users: HashSet<_> = users.map(|user| &*user.id).collect();
    let may = |id: &str| users.contains(id);
    for owner in owners.iter().filter(|owner| !may(owner)) {
        // Their streams end with it, and say so.
        server.generations().stop_all_of(owner);
    }
    let now = accounts.clock.now();
    let before = |time| now.saturating_sub(milliseconds(time));
    let good = accounts
        .credentials
        .good(before(IDLE), before(LONGEST), now);
    let good = good.await?;
    server.streams.cut_unless(|user, by| {
        if !may(user) {
            // What they read is ending, and they have its last frames.
            return owners.contains(user);
        }
        match by {
            By::Session(session) => good.contains(&session.id),
            By::Key(key) => good.contains(&key.id),
            By::Default | By::Proxy => true,
        }
    });
    Ok(())
}
