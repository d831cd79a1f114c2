"""Opening a model in llama.cpp (`xllamacpp.Server`), which is imported here and only here.

The class also listens for HTTP, and cannot be told not to. So it listens on a Unix socket in
a private folder, asks for a random key, and the folder is deleted as soon as we have read
what the model can do: after that nobody can connect. Windows has a loopback port and the key.
"""

import os
import secrets
import socket
import tempfile
from pathlib import Path
from typing import Any

from jackfield.errors import OptionError, ProviderError
from jackfield_local.abilities import Abilities
from jackfield_local.cores import usable_cores
from jackfield_local.gguf import GgufError, read_header
from jackfield_local.settings import LocalSettings

MOST_CONTEXT_TOKENS = 16_384
"""Context window where the settings name none and the model has a larger one."""

_CACHE_MIB = 256  # state of other conversations that is kept besides the context itself
_LONGEST_SOCKET_PATH = 100


def open_server(path: Path, settings: LocalSettings) -> tuple[Any, Abilities]:
    """Load the model; takes seconds, with the interpreter lock released.

    Raises:
        ProviderError: The file is no model that llama.cpp can load; kind `unavailable`.
        OptionError: The chat template of the settings cannot be read.
    """
    try:
        trained_tokens = read_header(path).context_tokens
    except GgufError as error:
        raise ProviderError(f"Cannot load {path}: it {error}.", kind="unavailable") from error
    # Native code of 100 MB, and an HTTP client: for those who load a model.
    import xllamacpp  # noqa: PLC0415

    from jackfield_local.properties import ask_abilities  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="jackfield-", ignore_cleanup_errors=True) as folder:
        key = secrets.token_urlsafe(24)
        parameters = _parameters(xllamacpp.CommonParams(), path, settings, trained_tokens)
        parameters.hostnames = [_listen_at(folder)]
        parameters.api_keys = [key]
        try:
            server = xllamacpp.Server(parameters)
        except (RuntimeError, ValueError) as error:
            raise _load_error(path, settings, error) from error
        return server, ask_abilities(server.listening_address, key)


def _parameters(
    parameters: Any, path: Path, settings: LocalSettings, trained_tokens: int | None
) -> Any:
    tokens = settings.context_tokens or min(trained_tokens or 4096, MOST_CONTEXT_TOKENS)
    threads = settings.threads or usable_cores()
    parameters.model.path = str(path)
    parameters.n_ctx = tokens * settings.parallel_answers
    parameters.n_parallel = settings.parallel_answers
    parameters.n_batch = parameters.n_ubatch = settings.batch_tokens
    parameters.n_gpu_layers = settings.gpu_layers
    parameters.fit_params = False  # ours are given, nothing is to be fitted
    for cpu in (parameters.cpuparams, parameters.cpuparams_batch):
        cpu.n_threads = threads
        cpu.poll = 0  # waiting threads sleep: as fast alone, and faster on a busy machine
    parameters.cache_ram_mib = _CACHE_MIB
    parameters.verbosity = settings.log_level
    parameters.ui = parameters.endpoint_slots = False
    parameters.n_threads_http = 1  # its listener is asked once
    if settings.chat_template is not None:
        parameters.chat_template = _template(settings.chat_template)
    return parameters


def _template(path: Path) -> str:
    try:
        return path.expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError(f"Cannot read the chat template {path}: {error}.") from error


def _listen_at(folder: str) -> str:
    path = os.path.join(folder, "l.sock")  # noqa: PTH118 - llama.cpp wants a string
    if hasattr(socket, "AF_UNIX") and os.name == "posix" and len(path) <= _LONGEST_SOCKET_PATH:
        return path
    return "127.0.0.1"


def _load_error(path: Path, settings: LocalSettings, error: Exception) -> ProviderError:
    hint = "The file may be cut off, or of a kind that this version of xllamacpp does not know."
    if not settings.log_level:
        hint += " Set `log_level = 1` to have llama.cpp say why on stderr."
    return ProviderError(f"llama.cpp cannot load {path}: {error}", kind="unavailable", hint=hint)
