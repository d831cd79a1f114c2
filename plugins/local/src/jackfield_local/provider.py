"""The provider `local`: fetches, loads and asks models."""

import threading
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from jackfield.answer import Answer
from jackfield.contracts import Context, Host, StreamOptions
from jackfield.errors import ProtocolError, ProviderError, StateError
from jackfield.models import Model, ModelInfo
from jackfield.stream import AnswerStream
from jackfield_local.background import finished, in_thread, start_thread
from jackfield_local.catalogue import CATALOGUE, CatalogueModel, find_file, list_models
from jackfield_local.download import fetch
from jackfield_local.engine import Engine
from jackfield_local.request import Question, ask
from jackfield_local.settings import LocalSettings
from jackfield_local.shared import SharedTasks

API = "llama.cpp"


class LocalProvider:
    """Serves models inside the process. A model is loaded when it is first asked something.

    Args:
        name: What the configuration calls it.
        settings: How to load and ask.
        host: Where models are kept and who shows progress.
        catalogue: Models with a short name.
    """

    def __init__(
        self,
        name: str,
        settings: LocalSettings,
        host: Host,
        *,
        catalogue: Mapping[str, CatalogueModel] = CATALOGUE,
    ) -> None:
        self.name = name
        self._settings = settings
        self._host = host
        self._catalogue = dict(catalogue)
        self._log = host.logger("local")
        self._downloads: SharedTasks[Path] = SharedTasks()
        self._engines: dict[Path, Future[Engine]] = {}  # loaded, or being loaded
        self._lock = threading.Lock()  # a provider may serve several event loops
        self._is_closed = False

    def stream(self, model: Model, context: Context, options: StreamOptions) -> AnswerStream:
        """Begin an answer; the first read downloads and loads the model where it must."""
        named = Model(provider=model.provider or self.name, id=model.id, api=model.api or API)
        return AnswerStream(named, partial(self._answer, named, context, options))

    async def models(self) -> list[ModelInfo]:
        """Return the catalogue, and the other GGUF files in the cache folder."""
        return list_models(self._folder(), self._catalogue)

    async def aclose(self) -> None:
        """Stop all answers and unload all models; idempotent."""
        await self._downloads.aclose()
        with self._lock:
            self._is_closed = True
            engines = list(self._engines.values())
            self._engines.clear()
        if engines:
            await in_thread(lambda: _close_all(engines))

    async def _answer(
        self, model: Model, context: Context, options: StreamOptions, answer: Answer
    ) -> AsyncGenerator[None, None]:
        try:
            engine = await self._engine(model.id)
            question = ask(context, options, self._settings, engine.abilities)
            async for _ in self._read(question, engine, answer):
                yield
        except ProviderError as error:
            error.provider = error.provider or self.name
            raise

    async def _read(
        self, question: Question, engine: Engine, answer: Answer
    ) -> AsyncGenerator[None, None]:
        reader = question.reader(answer, answer.message.model)
        generation = engine.start(question.request)
        async for chunks in generation.batches():
            for chunk in chunks:
                reader.feed(chunk)
            yield
        if generation.was_stopped:
            raise StateError("The provider was closed while it answered.")
        reason = reader.finish()
        if question.must_call and reason == "stop":
            raise ProtocolError("The model answered without the tool call that was required.")
        answer.finish(reason)
        yield

    async def _engine(self, model_id: str) -> Engine:
        path = await self._path(model_id)
        loading = self._loading(path)
        if not loading.done():
            with self._host.progress(f"Loading {path.stem}"):
                await finished(loading)
        return loading.result()

    def _loading(self, path: Path) -> Future[Engine]:
        with self._lock:
            if self._is_closed:
                raise StateError("The provider is closed.")
            loading = self._engines.get(path)
            if loading is None or (loading.done() and loading.exception() is not None):
                load = partial(Engine.open, path, self._settings, self._log)
                loading = self._engines[path] = start_thread(load)
            return loading

    async def _path(self, model_id: str) -> Path:
        if model_id in self._catalogue:
            model = self._catalogue[model_id]
            folder = self._folder()
            if model.is_downloaded(folder):
                return folder / model.file_name
            return await self._downloads.run(model_id, lambda: fetch(model, folder, self._host))
        return find_file(model_id, self._folder())

    def _folder(self) -> Path:
        return self._host.cache_dir("local")


def _close_all(engines: list[Future[Engine]]) -> None:
    for loading in engines:
        if loading.exception() is None:  # waits for a load under way
            loading.result().close()
