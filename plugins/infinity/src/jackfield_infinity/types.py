"""The shapes of requests and replies, which are plain dictionaries.

They describe; nothing is checked against them, and replies may have more keys.
Source: spec/infinity.md, 2, 6.1, 7 and 8.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict


class ChatRequest(TypedDict, total=False):
    """What `chat` sends; names of fields may also be given in snake_case."""

    message: Required[str]
    conversationId: str
    userId: str
    userTier: str
    mode: Literal["search", "assist", "build"]
    userContext: str
    preferences: Mapping[str, Any]
    essence: Mapping[str, Any]
    sessionId: str
    drivingMode: bool | Mapping[str, Any]


class ChatResponse(TypedDict, total=False):
    """What `chat` returns, whichever of its forms the service answered in."""

    success: bool
    response: str
    conversationId: str
    messageId: str
    metadata: dict[str, Any]
    rateLimit: dict[str, Any]
    error: str


class ChatStreamChunk(TypedDict, total=False):
    """One piece of a streamed answer; `content` is there when `type` is `text`."""

    type: Required[Literal["text", "metadata", "error", "done"]]
    content: str
    metadata: dict[str, Any]
    error: str
    code: str
    conversationId: str


class KnowledgeSearchRequest(TypedDict, total=False):
    """What `search_knowledge` sends; filters are `type`, `domain` and `tags`."""

    query: Required[str]
    limit: int
    filters: Mapping[str, Any]


class KnowledgeSearchResponse(TypedDict, total=False):
    """What `search_knowledge` returns; `total` may be more than the results."""

    success: bool
    results: list[dict[str, Any]]
    total: int
    error: str


class MemoryStoreRequest(TypedDict, total=False):
    """What `store_memory` sends; `ttl` in seconds."""

    key: Required[str]
    value: Required[Any]
    ttl: int


class MemoryStoreResponse(TypedDict, total=False):
    """What `store_memory` returns."""

    success: bool
    stored: bool
    error: str


class MemoryRetrieveRequest(TypedDict, total=False):
    """What `retrieve_memory` asks for."""

    key: Required[str]


class MemoryRetrieveResponse(TypedDict, total=False):
    """What `retrieve_memory` returns; `found` tells a stored None from nothing."""

    success: bool
    value: Any
    found: bool
    error: str


class ResearchRequest(TypedDict, total=False):
    """What `research` sends."""

    query: Required[str]
    depth: str
    sources: int


class ResearchResponse(TypedDict, total=False):
    """What `research` returns; each result has `title`, `url`, `summary`, `relevance`."""

    success: bool
    results: list[dict[str, Any]]
    summary: str
    result: dict[str, Any]
    error: str


class ApiKey(TypedDict, total=False):
    """A key of the account; `key` itself is shown once, when it is made."""

    id: str
    name: str
    key: str
    prefix: str
    createdAt: str
    lastUsed: str | None
    isActive: bool


class Webhook(TypedDict, total=False):
    """A registered webhook; `secret` is shown once, when it is made."""

    id: str
    url: str
    events: Sequence[str]
    secret: str
    isActive: bool
    createdAt: str
    lastTriggered: str | None
    failureCount: int


class ListedApiKeys(TypedDict, total=False):
    """What `list_api_keys` returns."""

    success: bool
    apiKeys: list[ApiKey]


class CreatedApiKey(TypedDict, total=False):
    """What `create_api_key` returns."""

    success: bool
    apiKey: ApiKey
    message: str


class ListedWebhooks(TypedDict, total=False):
    """What `list_webhooks` returns."""

    success: bool
    webhooks: list[Webhook]


class CreatedWebhook(TypedDict, total=False):
    """What `create_webhook` returns."""

    success: bool
    webhook: Webhook
    message: str


class Deletion(TypedDict, total=False):
    """What `delete_api_key` and `delete_webhook` return."""

    success: bool
    message: str


class WebhookEvent(TypedDict, total=False):
    """What the service tells a webhook."""

    event: Required[str]
    timestamp: Required[str]
    data: Required[Any]
    signature: str
