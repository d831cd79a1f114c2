"""The shared streams, however the bytes are cut. Source: spec/openrouter.md, 18."""

from support.chat_streams import ChatStreamTests


class TestStreams(ChatStreamTests):
    """With the decoder of this provider."""
