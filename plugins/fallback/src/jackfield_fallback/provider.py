"""The provider `fallback`: asks one model after another until one answers."""

import logging
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, NamedTuple

from jackfield.answer import Answer
from jackfield.contracts import Context, Provider, StreamOptions
from jackfield.errors import ProtocolError
from jackfield.events import NoticeEvent
from jackfield.history import normalise
from jackfield.messages import ErrorInfo
from jackfield.models import Model, ModelInfo, ThinkingLevel
from jackfield.stream import AnswerStream
from jackfield_fallback.relay import Relay
from jackfield_fallback.settings import EVERY_ERROR

_log = logging.getLogger(__name__)


class Candidate(NamedTuple):
    """A model that may be asked, and who serves it."""

    provider: Provider
    model: Model

    @property
    def name(self) -> str:
        """`"<provider>:<model id>"`."""
        return f"{self.model.provider}:{self.model.id}"


class FallbackProvider:
    """Serves one model: whichever of the candidates works.

    Args:
        name: What the configuration calls it.
        candidates: In the order in which they are asked; their providers are not closed here.
        on: Kinds of errors after which the next one is asked; `*` for every error.
    """

    api: ClassVar[str] = "fallback"

    def __init__(self, name: str, candidates: Sequence[Candidate], *, on: Collection[str]) -> None:
        self.name = name
        self._candidates = list(candidates)
        self._on = frozenset(on)

    def stream(self, model: Model, context: Context, options: StreamOptions) -> AnswerStream:
        """Begin an answer; the first request is sent with the first read."""
        named = replace(model, provider=model.provider or self.name, api=model.api or self.api)
        return AnswerStream(named, partial(self._answer, named, context, options))

    async def models(self) -> list[ModelInfo]:
        """Return the one model; its description names the candidates."""
        names = ", then ".join(candidate.name for candidate in self._candidates)
        return [ModelInfo(id="default", name="The first that works", description=names)]

    async def aclose(self) -> None:
        """Do nothing: the providers of the candidates belong to whoever opened them."""

    async def _answer(
        self, model: Model, context: Context, options: StreamOptions, answer: Answer
    ) -> AsyncGenerator[None, None]:
        # A key belongs to one provider: the others must not see it.
        options = replace(options, api_key=None)
        previous: list[dict[str, Any]] = []
        for at, candidate in enumerate(self._candidates, 1):
            relay = Relay(answer, previous, f"{model.provider}:{model.id}")
            try:
                stream = candidate.provider.stream(*_request(candidate, model, context), options)
                try:
                    async for batch in stream.batches():
                        if relay.take(batch):
                            yield
                finally:
                    await stream.aclose()
            except Exception as error:
                if relay.begun:
                    raise
                relay.fail(error)
            if relay.begun:
                return
            failure = relay.failure or _no_end()
            relay.failure = failure
            if at == len(self._candidates) or not self._moves_on(failure):
                relay.finish(_summary(previous, candidate, failure))
                break
            previous = [*previous, _told(candidate, failure)]
            _tell(options, candidate, self._candidates[at], failure)
        yield

    def _moves_on(self, failure: ErrorInfo) -> bool:
        return failure.kind in self._on or EVERY_ERROR in self._on


def _request(candidate: Candidate, model: Model, context: Context) -> tuple[Model, Context]:
    """Return model and context for one candidate.

    The history was made valid for the list as a whole: what a candidate thought itself has been
    kept, what others thought has to become text.
    """
    asked = candidate.model
    if model.thinking_level != ThinkingLevel.OFF:
        asked = replace(asked, thinking_level=model.thinking_level)
    return asked, replace(context, messages=list(normalise(context.messages, asked)))


def _tell(
    options: StreamOptions, candidate: Candidate, following: Candidate, failure: ErrorInfo
) -> None:
    text = f"{candidate.name} failed: {failure.message.rstrip('.')}. Asking {following.name}."
    _log.info("%s", text)
    if options.notify is not None:
        details = {
            "model": candidate.name,
            "next": following.name,
            "reason": failure.kind,
            "status": failure.status,
        }
        options.notify(NoticeEvent("fallback", text, details))


def _summary(previous: list[dict[str, Any]], last: Candidate, failure: ErrorInfo) -> str:
    """Return what failed, where more than one model did; else nothing."""
    if not previous:
        return ""
    told = [f"{each['provider']}:{each['model']}: {each['message']}" for each in previous]
    told.append(f"{last.name}: {failure.message}")
    return f"No model answered. {' '.join(text.rstrip('.') + '.' for text in told)}"


def _told(candidate: Candidate, failure: ErrorInfo) -> dict[str, Any]:
    names = {"provider": candidate.model.provider, "model": candidate.model.id}
    return {name: value for name, value in (names | failure.to_dict()).items() if value != []}


def _no_end() -> ErrorInfo:
    text = "Stream ended without a terminal event."
    return ErrorInfo(kind=ProtocolError.default_kind, message=text)
