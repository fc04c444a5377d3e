"""llama.cpp's own server, four times, each with a tiny model of tiny.py: says where, and serves until stdin ends.

    python serve.py
    llama.cpp listens on text=http://127.0.0.1:34567/v1,think=…,tool=…,endless=…
"""

import sys
import tempfile
from pathlib import Path

import xllamacpp

import tiny

# Small enough for a test to ask for more than fits.
CONTEXT = 512


def serve(path):
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = CONTEXT
    params.port = 0
    # What it logs of each request is of no interest; that something is missing is.
    params.verbosity = -1
    return xllamacpp.Server(params)


def main():
    with tempfile.TemporaryDirectory() as folder:
        servers = {}
        for name in tiny.SCRIPTS:
            path = Path(folder) / f"{name}.gguf"
            tiny.make(name, path)
            servers[name] = serve(path)
        said = ",".join(f"{name}={server.listening_address}/v1" for name, server in servers.items())
        print(f"llama.cpp listens on {said}", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
