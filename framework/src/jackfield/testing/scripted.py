"""A provider that answers from a list: the model of every test."""

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TypeAlias

from jackfield.answer import Answer
from jackfield.contracts import Context, StreamOptions
from jackfield.errors import StateError
from jackfield.messages import AgentMessage
from jackfield.models import Model, ModelInfo
from jackfield.stream import AnswerStream
from jackfield.testing.script import Call, Interleaved, Step, play
from jackfield.tools import AgentTool

Script: TypeAlias = Step | Sequence[Step] | Callable[[Context, StreamOptions], "Script"]


@dataclass(slots=True, kw_only=True)
class RecordedRequest:
    """What the provider was asked, as it was at that moment (later changes don't show)."""

    model: Model
    system_prompt: str
    messages: list[AgentMessage]
    tools: list[AgentTool]
    options: StreamOptions


class ScriptedProvider:
    """Answers the first request with the first script, the second with the second ...

    A script is a text, a step (`Text`, `Thinking`, `Call`, `Error`, `Wait` ...; a `Usage` sets
    the usage, an exception is raised), a list of steps, or `f(context, options)` that
    returns one of these.

        provider = ScriptedProvider([Call("clock")], "It is noon.")
        agent = Agent(AgentOptions(stream_fn=provider.stream))

    Args:
        scripts: One for each request.
        name: The provider's name.
        batch: Events per network read.
        default: Answers the requests after the last script; None makes these fail.
        models: What `models()` returns.

    Attributes:
        requests: What was asked so far.
        streams: The streams that were handed out so far.
        closed: Whether `aclose` was called.
    """

    def __init__(
        self,
        *scripts: Script,
        name: str = "scripted",
        batch: int = 1,
        default: Script | None = None,
        models: Iterable[ModelInfo] = (ModelInfo(id="test", name="Scripted model"),),
    ) -> None:
        self.name = name
        self.batch = batch
        self.default = default
        self.requests: list[RecordedRequest] = []
        self.streams: list[AnswerStream] = []
        self.closed = False
        self._scripts = list(scripts)
        self._models = list(models)
        self._calls = 0

    @property
    def model(self) -> Model:
        """A model of this provider, for `agent.set_model`."""
        return Model(provider=self.name, id="test", api="scripted")

    @property
    def remaining(self) -> int:
        """How many scripts are left."""
        return max(0, len(self._scripts) - len(self.requests))

    def add(self, *scripts: Script) -> None:
        """Append scripts for further requests."""
        self._scripts.extend(scripts)

    def stream(self, model: Model, context: Context, options: StreamOptions) -> AnswerStream:
        """Begin the next answer; fits `AgentOptions(stream_fn=...)` too."""
        number = len(self.requests)
        self.requests.append(_record(model, context, options))

        def source(answer: Answer) -> AsyncGenerator[None, None]:
            return self._play(number, answer, context, options)

        stream = AnswerStream(self._complete(model), source)
        self.streams.append(stream)
        return stream

    async def models(self) -> list[ModelInfo]:
        """Return the models that were given."""
        return list(self._models)

    async def aclose(self) -> None:
        """Note that the provider was closed."""
        self.closed = True

    def _complete(self, model: Model) -> Model:
        """A model that was named by its id alone says neither provider nor API."""
        return replace(model, provider=model.provider or self.name, api=model.api or "scripted")

    async def _play(
        self, number: int, answer: Answer, context: Context, options: StreamOptions
    ) -> AsyncGenerator[None, None]:
        script = self._script(number)
        while callable(script):
            script = script(context, options)
        steps = [script] if not isinstance(script, Sequence) or isinstance(script, str) else script
        async for _ in play([self._named(step) for step in steps], answer, batch=self.batch):
            yield

    def _script(self, number: int) -> Script:
        if number < len(self._scripts):
            return self._scripts[number]
        if self.default is not None:
            return self.default
        raise StateError(
            f"The scripted provider {self.name!r} ran out of scripts: "
            f"request {number + 1} came, {len(self._scripts)} scripts were given.",
            hint="Add a script for every model call, or set `default`.",
        )

    def _named(self, step: Step) -> Step:
        """Give tool calls without an id the next one of this provider."""
        if isinstance(step, Interleaved):
            return Interleaved(*[self._numbered(call) for call in step.calls])
        return self._numbered(step) if isinstance(step, Call) else step

    def _numbered(self, call: Call) -> Call:
        if call.id:
            return call
        self._calls += 1
        return replace(call, id=f"call_{self._calls}")


def _record(model: Model, context: Context, options: StreamOptions) -> RecordedRequest:
    return RecordedRequest(
        model=model,
        system_prompt=context.system_prompt,
        messages=deepcopy(context.messages),
        tools=list(context.tools or []),
        options=replace(options),
    )
