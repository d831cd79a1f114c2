"""Keys, webhooks, and how the service is. Source: spec/infinity.md, 2.7 and 2.8."""

from collections.abc import Sequence
from typing import Any

from jackfield_httpx.service import Call, D, endpoint
from jackfield_infinity.endpoints.resource import InfinityResource, unchanged
from jackfield_infinity.types import (
    CreatedApiKey,
    CreatedWebhook,
    Deletion,
    ListedApiKeys,
    ListedWebhooks,
)


class Account(InfinityResource[D]):
    """What belongs to an account of the service."""

    @endpoint
    def list_api_keys(self) -> Call[ListedApiKeys]:
        """Return the keys, under `apiKeys`, the newest first; revoked ones are listed, too."""
        return self.call("GET", "/api-keys", read=unchanged)

    @endpoint
    def create_api_key(self, name: str) -> Call[CreatedApiKey]:
        """Make a key; it is shown this once, as `apiKey["key"]`.

        Args:
            name: What to call it.
        """
        return self.call("POST", "/api-keys", json={"name": name}, read=unchanged)

    @endpoint
    def delete_api_key(self, key_id: str) -> Call[Deletion]:
        """Revoke a key.

        Args:
            key_id: Its id, not the key itself.
        """
        return self.call("DELETE", "/api-keys", query={"id": key_id}, read=unchanged)

    @endpoint
    def list_webhooks(self) -> Call[ListedWebhooks]:
        """Return the webhooks, under `webhooks`."""
        return self.call("GET", "/webhooks", read=unchanged)

    @endpoint
    def create_webhook(self, url: str, events: Sequence[str]) -> Call[CreatedWebhook]:
        """Register a webhook; its secret is shown this once, as `webhook["secret"]`.

        Args:
            url: Where events are sent.
            events: Their names, for example `chat.response`.

        Raises:
            TypeError: `events` is a single text.
        """
        if isinstance(events, str):
            raise TypeError(f"events is a list of names, not the text {events!r}.")
        body = {"url": url, "events": list(events)}
        return self.call("POST", "/webhooks", json=body, read=unchanged)

    @endpoint
    def delete_webhook(self, webhook_id: str) -> Call[Deletion]:
        """Remove a webhook.

        Args:
            webhook_id: Its id.
        """
        return self.call("DELETE", "/webhooks", query={"id": webhook_id}, read=unchanged)

    @endpoint
    def health(self) -> Call[dict[str, Any]]:
        """Return how the service is: `status` is `healthy`, `degraded` or `critical`."""
        return self.call("GET", "/health", read=unchanged)
