"""A loaded model and the threads that ask it.

Each thread computes one answer at a time; further answers wait in a queue. When the
interpreter exits, everything is stopped and joined while Python is still whole: a native
thread that comes back later would crash the process.
"""

import logging
import os
import queue
import threading
import weakref
from pathlib import Path
from time import perf_counter
from typing import Any

from jackfield.errors import StateError
from jackfield_local.abilities import Abilities
from jackfield_local.fork import survive_fork
from jackfield_local.generation import Generation
from jackfield_local.native import open_server
from jackfield_local.settings import LocalSettings


class Engine:
    """A loaded model. Use `open`; `close` when done.

    Attributes:
        abilities: What the model can do.
    """

    def __init__(self, server: Any, abilities: Abilities, threads: int) -> None:
        self.abilities = abilities
        self._core = _Core(server, threads)
        self._finalizer = weakref.finalize(self, self._core.close)

    @classmethod
    def open(cls, path: Path, settings: LocalSettings, log: logging.Logger) -> "Engine":
        """Load the model in the calling thread, which takes seconds.

        Raises:
            ProviderError: llama.cpp cannot load the file.
        """
        start = perf_counter()
        server, abilities = open_server(path, settings)
        log.debug("loaded %s in %.2f s: %s", path, perf_counter() - start, abilities)
        return cls(server, abilities, settings.parallel_answers)

    def start(self, request: bytes) -> Generation:
        """Begin an answer, or put it into the queue.

        Raises:
            StateError: The model was unloaded, or loaded by the parent of this process.
        """
        return self._core.start(request)

    def close(self) -> None:
        """Stop all answers, unload the model and end the threads; blocks until then."""
        self._finalizer()


class _Core:
    """What the finalizer needs; knows nothing of the `Engine`, or that could never die."""

    def __init__(self, server: Any, threads: int) -> None:
        self.server = server
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._is_closed = False
        self._queue: queue.SimpleQueue[Generation | None] = queue.SimpleQueue()
        self._running: set[Generation] = set()
        self._threads = [
            threading.Thread(target=self._work, name="jackfield-local", daemon=True)
            for _ in range(threads)
        ]
        for thread in self._threads:
            thread.start()
        survive_fork(self)

    def start(self, request: bytes) -> Generation:
        if os.getpid() != self._process:
            raise StateError(
                "The model was loaded by the process that this one was forked from, and its "
                "threads stayed there.",
                hint="Load it after the fork, or start processes with the method `spawn`.",
            )
        generation = Generation(request)
        with self._lock:
            if self._is_closed:
                raise StateError("The provider was closed, and its model unloaded.")
            self._running.add(generation)
            self._queue.put(generation)
        return generation

    def close(self) -> None:
        if os.getpid() != self._process:
            return  # and the lock may be held by a thread that does not exist here
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            for generation in self._running:
                generation.stop()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            if thread is not threading.current_thread():  # the collector may run on one of them
                thread.join()
        self.server = None  # the last reference: ends llama.cpp's own threads

    def _work(self) -> None:
        while (generation := self._queue.get()) is not None:
            try:
                generation.run(self.server)
            finally:
                with self._lock:
                    self._running.discard(generation)
