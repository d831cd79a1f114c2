"""What the provider makes of a server that fails."""

from support.chat_failures import ChatFailureTests


class TestFailures(ChatFailureTests):
    """With this provider."""
