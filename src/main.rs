//! The program: arguments → configuration → `server::run(listener, shutdown)`, or the command that is named.

use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use allocator::MiMalloc;
use brooklet::server::{self, Config, command, descriptors, logging, shutdown};
use clap::Parser;
use tokio::{net::TcpListener, runtime::Builder};

/// Gives back what a crowd has used once it has gone; see ARCHITECTURE.md.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How long work that cannot be cancelled, such as looking up a name, may hold the end up.
const LEFTOVERS: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    allocator::give_back_at_once();
    let config = Config::parse();
    // This thread serves too; the others are the crew's (`server::crew`).
    let runtime = Builder::new_current_thread().enable_all().build();
    let done = runtime.and_then(|runtime| {
        let done = runtime.block_on(async {
            match &config.command {
                Some(command) => command::run(command, &config).await,
                None => serve(config).await,
            }
        });
        runtime.shutdown_timeout(LEFTOVERS);
        done
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("brooklet: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(config: Config) -> io::Result<()> {
    let limits = &config.limits;
    descriptors::make_room(limits.max_connections.saturating_add(limits.max_parallel));
    let _log = logging::start(&config).map_err(io::Error::other)?;
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        io::Error::new(
            error.kind(),
            format!(
                "cannot listen on {}: {error}. Choose another address with --listen.",
                config.listen
            ),
        )
    })?;
    server::run(listener, config, shutdown::signal(), |address| {
        // Nobody has to read it.
        let _ = writeln!(io::stdout(), "Brooklet listens on http://{address}");
    })
    .await
}
