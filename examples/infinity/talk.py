"""Talk to the assistant of Infinity, in one conversation; and let it remember something."""

import os
from contextlib import nullcontext

from jackfield_infinity import InfinityAssistantClient
from jackfield_infinity.testing import InfinityServer


def main() -> None:
    """Talk to Infinity; without a key, to a service in this process."""
    with (
        nullcontext() if os.environ.get("INFINITY_ASSISTANT_API_KEY") else InfinityServer() as here
    ):
        client = InfinityAssistantClient() if here is None else local(here)
        with client:
            talk(client)


def local(server: InfinityServer) -> InfinityAssistantClient:
    """Return a client of a service in this process."""
    return InfinityAssistantClient(api_key="ia_any", base_url=server.url)


def talk(client: InfinityAssistantClient) -> None:
    """Ask twice, then store a value and get it back."""
    conversation_id = None
    for question in ("Name a prime.", "And the next one?"):
        print(f"> {question}")
        for chunk in client.chat_stream(message=question, conversation_id=conversation_id):
            if chunk["type"] == "text":
                print(chunk["content"], end="", flush=True)
            elif chunk["type"] == "done":
                conversation_id = chunk.get("conversationId")
        print()
    client.store_memory("primes.seen", [2, 3])
    print("remembered:", client.retrieve_memory("primes.seen")["value"])


if __name__ == "__main__":
    main()
