//! The program: arguments → configuration → `server::run(listener, shutdown)`.

use std::{io, process::ExitCode};

use brooklet::server::{self, Config, logging, shutdown};
use clap::Parser;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    let config = Config::parse();
    match serve(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("brooklet: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(config: Config) -> io::Result<()> {
    logging::start(&config).map_err(io::Error::other)?;
    config.make_data_dir()?;
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        io::Error::new(
            error.kind(),
            format!(
                "cannot listen on {}: {error}. Choose another address with --listen.",
                config.listen
            ),
        )
    })?;
    println!("Brooklet listens on http://{}", listener.local_addr()?);
    server::run(listener, config, shutdown::signal()).await
}
