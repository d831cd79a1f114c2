"""Ask the agents of Lumnis twice, in one thread, and watch them work."""

import os
from contextlib import nullcontext

from jackfield_lumnis import Client
from jackfield_lumnis.testing import LumnisServer


def main() -> None:
    """Talk to Lumnis; without a key, to a service in this process."""
    has_key = bool(os.environ.get("LUMNISAI_API_KEY"))
    with nullcontext() if has_key else LumnisServer() as server:
        url = None if server is None else server.url
        with Client(api_key=None if has_key else "any", base_url=url) as client:
            talk(client)


def talk(client: Client) -> None:
    """Ask for user-7, then go on in the same thread."""
    mine = client.for_user("user-7")
    thread = mine.create_thread(title="Primes")
    for question in ("Name a prime.", "And the next one?"):
        print(f"> {question}")
        updates = mine.invoke(question, thread_id=thread.thread_id, stream=True, poll_interval=0.2)
        for update in updates:
            if update.status == "succeeded":
                print(update.output_text)
            else:
                print(f"  {update.state}: {update.message}")


if __name__ == "__main__":
    main()
