"""What the type checker must accept and refuse from a plugin author; mypy judges this file.

A line that must be refused carries the error's code: an unused one is an error itself.
"""

from collections.abc import AsyncGenerator, Sequence

from jackfield import (
    AgentEvent,
    AgentTool,
    AnswerStream,
    Auth,
    Context,
    EventSink,
    Model,
    ModelInfo,
    Provider,
    Request,
    StreamOptions,
    hookimpl,
    tool,
)
from jackfield.answer import Answer


class EchoProvider:
    name = "echo"

    def stream(self, model: Model, context: Context, options: StreamOptions) -> AnswerStream:
        async def source(answer: Answer) -> AsyncGenerator[None, None]:
            answer.text("echo")
            yield
            answer.finish("stop")

        return AnswerStream(model, source)

    async def models(self) -> list[ModelInfo]:
        return [ModelInfo(id="echo")]

    async def aclose(self) -> None: ...


class KeyAuth:
    async def apply(self, request: Request) -> Request:
        return request

    async def refused(self, request: Request, status: int) -> bool:
        return False


class NullSink:
    async def handle(self, events: Sequence[AgentEvent]) -> None: ...

    async def aclose(self) -> None: ...


class Half:
    name = "half"


provider: Provider = EchoProvider()
auth: Auth = KeyAuth()
sink: EventSink = NullSink()
half: Provider = Half()  # type: ignore[assignment]


@tool
def plain(number: int) -> str:
    """Plain."""
    return str(number)


@tool(timeout=2.0, name="other")
async def asynchronous(number: int) -> str:
    """Asynchronous."""
    return str(number)


@hookimpl
def open_tools() -> list[AgentTool]:
    return [plain, asynchronous]


Answer(Model()).finish("nonsense")  # type: ignore[arg-type]
