"""llama.cpp's HTTP server as a process of its own: a server that nobody of us wrote.

Run with the path of a model; writes its address, and ends when its input does.
"""

import sys
from pathlib import Path

import xllamacpp

KEY = "the-key-of-the-test"
MODEL = "smollm2"
# The model's own knows no tools.
TEMPLATE = Path(__file__).parents[1] / "fixtures/chat_with_tools.jinja"


def main(path: str) -> None:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [KEY]
    parameters.model_alias = {MODEL}
    parameters.chat_template = TEMPLATE.read_text(encoding="utf-8")
    parameters.n_parallel = 4
    parameters.n_ctx = 4 * 2048
    parameters.n_batch = parameters.n_ubatch = 128
    parameters.fit_params = False
    parameters.verbosity = 0
    for cpu in (parameters.cpuparams, parameters.cpuparams_batch):
        cpu.n_threads, cpu.poll = 2, 0
    server = xllamacpp.Server(parameters)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    del server


if __name__ == "__main__":
    main(sys.argv[1])
