"""`stream_alchemy_openai_completions`: any endpoint for agents that have no configuration.

The connections belong to the binding, and so to the process: nothing is to be closed.
"""

from functools import lru_cache

from jackfield.contracts import Context, StreamOptions
from jackfield.models import Model
from jackfield.stream import AnswerStream
from jackfield_alchemy.answers import RustAnswers
from jackfield_alchemy.model import OpenAICompatModel
from jackfield_alchemy.provider import open_alchemy
from jackfield_alchemy.settings import COMPLETIONS, AlchemySettings
from jackfield_httpx.transport import HttpxTransport

_MOST_ENDPOINTS = 64

AlchemyStreamResponse = AnswerStream
"""What `stream_alchemy_openai_completions` returns."""


async def stream_alchemy_openai_completions(
    model: Model, context: Context, options: StreamOptions | None = None
) -> AlchemyStreamResponse:
    """Begin an answer; the request is sent with the first read.

    For `AgentOptions(stream_fn=stream_alchemy_openai_completions)`, and for calls without an
    agent. The key is `options.api_key`, else that of the environment for the endpoint's host;
    other hosts get none. Source: spec/alchemy.md, 9.

    Args:
        model: An `OpenAICompatModel`, or any model with `id` and `base_url`.
        context: What the model is given.
        options: How it is to be called.

    Raises:
        ValueError: The model has no `base_url`, or one that is no URL.
        BindingMissingError: The Rust binding is not installed; a `RuntimeError` too.
    """
    url = str(getattr(model, "base_url", None) or "").strip()
    if not url:
        raise ValueError("The model has no `base_url`: use OpenAICompatModel and say where it is.")
    if url == OpenAICompatModel.base_url and model.api != COMPLETIONS:
        url = ""
    provider = _provider(model.provider or "alchemy", url, model.api or COMPLETIONS)
    return provider.stream(model, context, options or StreamOptions())


@lru_cache(maxsize=_MOST_ENDPOINTS)
def _provider(name: str, url: str, api: str) -> RustAnswers:
    told = {"api": api} | ({"base_url": url} if url else {})
    return open_alchemy(name, AlchemySettings.model_validate(told), HttpxTransport())
