"""Infinity Assistant: two clients of its API, and its sockets for Jackfield.

Public names only: each is imported when it is used. Source: spec/infinity.md, 5 and 7.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jackfield_infinity import exceptions as exceptions
    from jackfield_infinity import types as types
    from jackfield_infinity.client import (
        AsyncInfinityAssistantClient as AsyncInfinityAssistantClient,
    )
    from jackfield_infinity.client import InfinityAssistantClient as InfinityAssistantClient
    from jackfield_infinity.exceptions import (
        InfinityAssistantAuthenticationError as InfinityAssistantAuthenticationError,
    )
    from jackfield_infinity.exceptions import InfinityAssistantError as InfinityAssistantError
    from jackfield_infinity.exceptions import (
        InfinityAssistantNetworkError as InfinityAssistantNetworkError,
    )
    from jackfield_infinity.exceptions import (
        InfinityAssistantRateLimitError as InfinityAssistantRateLimitError,
    )
    from jackfield_infinity.exceptions import (
        InfinityAssistantTimeoutError as InfinityAssistantTimeoutError,
    )
    from jackfield_infinity.receiver import WebhookReceiver as WebhookReceiver
    from jackfield_infinity.types import ApiKey as ApiKey
    from jackfield_infinity.types import ChatRequest as ChatRequest
    from jackfield_infinity.types import ChatResponse as ChatResponse
    from jackfield_infinity.types import ChatStreamChunk as ChatStreamChunk
    from jackfield_infinity.types import KnowledgeSearchRequest as KnowledgeSearchRequest
    from jackfield_infinity.types import KnowledgeSearchResponse as KnowledgeSearchResponse
    from jackfield_infinity.types import MemoryRetrieveRequest as MemoryRetrieveRequest
    from jackfield_infinity.types import MemoryRetrieveResponse as MemoryRetrieveResponse
    from jackfield_infinity.types import MemoryStoreRequest as MemoryStoreRequest
    from jackfield_infinity.types import MemoryStoreResponse as MemoryStoreResponse
    from jackfield_infinity.types import ResearchRequest as ResearchRequest
    from jackfield_infinity.types import ResearchResponse as ResearchResponse
    from jackfield_infinity.types import Webhook as Webhook
    from jackfield_infinity.types import WebhookEvent as WebhookEvent
    from jackfield_infinity.version import __version__ as __version__
    from jackfield_infinity.webhooks import parse_webhook as parse_webhook
    from jackfield_infinity.webhooks import verify_webhook as verify_webhook

_ROOMS = {
    "jackfield_infinity.client": (
        "AsyncInfinityAssistantClient",
        "InfinityAssistantClient",
    ),
    "jackfield_infinity.exceptions": (
        "InfinityAssistantAuthenticationError",
        "InfinityAssistantError",
        "InfinityAssistantNetworkError",
        "InfinityAssistantRateLimitError",
        "InfinityAssistantTimeoutError",
    ),
    "jackfield_infinity.receiver": ("WebhookReceiver",),
    "jackfield_infinity.types": (
        "ApiKey",
        "ChatRequest",
        "ChatResponse",
        "ChatStreamChunk",
        "KnowledgeSearchRequest",
        "KnowledgeSearchResponse",
        "MemoryRetrieveRequest",
        "MemoryRetrieveResponse",
        "MemoryStoreRequest",
        "MemoryStoreResponse",
        "ResearchRequest",
        "ResearchResponse",
        "Webhook",
        "WebhookEvent",
    ),
    "jackfield_infinity.version": ("__version__",),
    "jackfield_infinity.webhooks": (
        "parse_webhook",
        "verify_webhook",
    ),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}
_SUBMODULES = ("exceptions", "types")

__all__ = sorted([*_ROOM_OF, *_SUBMODULES])


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return import_module(f"jackfield_infinity.{name}")
    if name not in _ROOM_OF:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message, name=name)
    value = getattr(import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
