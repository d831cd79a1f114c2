"""A real server that nobody of us wrote: llama.cpp's, with a small model."""

import pytest
from support.chat_real_server import RealServerTests

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


class TestLlamaServer(RealServerTests):
    """With this provider."""
