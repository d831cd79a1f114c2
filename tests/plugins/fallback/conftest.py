"""A list of scripted models, and the provider over it."""

from collections.abc import Callable
from typing import Any

import pytest

from jackfield.contracts import StreamOptions
from jackfield.models import Model
from jackfield.testing import ScriptedProvider
from jackfield_fallback.provider import Candidate, FallbackProvider
from jackfield_fallback.settings import DEFAULT_KINDS

MODEL = Model(provider="fallback", id="default")


def _over(*providers: Any, on: Any = DEFAULT_KINDS) -> FallbackProvider:
    candidates = [
        Candidate(each, Model(provider=each.name, id=f"m{number}"))
        for number, each in enumerate(providers, 1)
    ]
    return FallbackProvider("fallback", candidates, on=on)


@pytest.fixture
def over() -> Callable[..., FallbackProvider]:
    """Give a function that makes a provider over others; their models are `m1`, `m2` ..."""
    return _over


@pytest.fixture
def scripts() -> Callable[..., list[ScriptedProvider]]:
    """Give a function that makes the scripted providers `a`, `b` ..., one script each."""

    def make(*given: Any, **settings: Any) -> list[ScriptedProvider]:
        return [
            ScriptedProvider(script, name=name, **settings)
            for name, script in zip("abcdef", given, strict=False)
        ]

    return make


@pytest.fixture
def ask() -> Callable[..., Any]:
    """Give a function that reads an answer; returns its events, message and notices."""

    async def read(provider: FallbackProvider, context: Any, **options: Any) -> Any:
        notices: list[Any] = []
        stream = provider.stream(MODEL, context, StreamOptions(notify=notices.append, **options))
        events = [event async for event in stream]
        message = await stream.result()
        await stream.aclose()
        return events, message, notices

    return read
