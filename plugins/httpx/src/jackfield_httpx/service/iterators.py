"""What endpoints of items return: iterators that close the connection when they are left."""

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")


class SyncItems(Iterator[T], Generic[T]):
    """The values of an endpoint, one after the other; for one thread at a time.

    Reading to the end, `close`, leaving the `with` block and giving the iterator up all close
    the connection.

    Args:
        generator: Makes the values.
    """

    def __init__(self, generator: Generator[T, None, None]) -> None:
        self._generator = generator

    def __next__(self) -> T:
        return next(self._generator)

    def close(self) -> None:
        """Close the connection; idempotent. No further value comes."""
        self._generator.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncItems(AsyncIterator[T], Generic[T]):
    """The values of an endpoint, one after the other; for one task at a time.

    Reading to the end, `aclose` and leaving the `async with` block close the connection at
    once; giving the iterator up does so soon after.

    Args:
        generator: Makes the values.
    """

    def __init__(self, generator: AsyncGenerator[T, None]) -> None:
        self._generator = generator

    async def __anext__(self) -> T:
        return await anext(self._generator)

    async def aclose(self) -> None:
        """Close the connection; idempotent. No further value comes."""
        await self._generator.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
