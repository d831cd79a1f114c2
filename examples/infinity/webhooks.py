"""Receive what Infinity tells webhooks: `uvicorn webhooks:app`, or any other ASGI server."""

import os

from jackfield_infinity import WebhookReceiver
from jackfield_infinity.types import WebhookEvent


async def handle(event: WebhookEvent) -> None:
    """Take an event whose signature was right, once."""
    print(event["timestamp"], event["event"], event["data"])


# The secret is shown once, when the webhook is made: client.create_webhook(url, ["chat.response"]).
app = WebhookReceiver(os.environ.get("INFINITY_WEBHOOK_SECRET") or "only-for-a-try", handle)
