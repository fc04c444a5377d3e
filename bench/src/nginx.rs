//! nginx as a proxy in front of the simulator, as one who knows streams sets it up.
//!
//! Not here: running it ([`crate::process`]).

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use crate::Told;
use crate::folder::Folder;

/// nginx's configuration, gone when dropped.
#[derive(Debug)]
pub(crate) struct Configured {
    folder: Folder,
    /// Where nginx will listen.
    pub(crate) address: SocketAddr,
}

impl Configured {
    /// Writes the configuration of a proxy to `upstream`.
    pub(crate) fn write(upstream: SocketAddr) -> Told<Self> {
        let write = || -> io::Result<Self> {
            // nginx cannot be asked for any free port; this one is free now.
            let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
            let folder = Folder::make()?;
            let configuration = configuration(folder.path(), address, upstream);
            fs::write(folder.path().join("nginx.conf"), configuration)?;
            Ok(Self { folder, address })
        };
        write().map_err(|error| format!("nginx's configuration could not be written: {error}"))
    }

    /// What nginx is called with.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let file = |name: &str| self.folder.path().join(name).display().to_string();
        let prefix = self.folder.path().display().to_string();
        [
            "-p",
            &prefix,
            "-c",
            &file("nginx.conf"),
            "-e",
            &file("error.log"),
        ]
        .map(str::to_owned)
        .to_vec()
    }

    /// The folder that has to stay as long as nginx runs.
    pub(crate) fn into_folder(self) -> Folder {
        self.folder
    }
}

/// One process that does the work itself, so that killing it leaves none behind; one worker would do it no differently.
fn configuration(folder: &Path, listen: SocketAddr, upstream: SocketAddr) -> String {
    let folder = folder.display();
    format!(
        r#"daemon off;
master_process off;
worker_processes 1;
worker_rlimit_nofile 50000;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{
    worker_connections 20000;
}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen {listen} backlog=4096;
        location / {{
            proxy_pass http://{upstream};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            proxy_read_timeout 300s;
        }}
    }}
}}
"#
    )
}
