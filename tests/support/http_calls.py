"""A call through a transport that is to fail."""

import pytest

from jackfield.errors import ProviderError


async def failure(transport, request) -> ProviderError:
    """Return the error that a request ends in."""
    with pytest.raises(ProviderError) as caught:
        async with transport.stream(request) as response:
            await response.read()
    return caught.value
