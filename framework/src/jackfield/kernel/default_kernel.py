"""The default kernels: they find the provider of `Agent(model="provider:id")`.

There is one per event loop, made when it is first needed and closed when the loop ends:
`asyncio.run` closes the asynchronous generators that are still open, so one of them, started
on the loop and kept here, closes the kernel in its `finally`.

Importing this module fills the slot in which agents look for a resolver. The kernel itself, with
configuration and index, is imported when the first name is resolved: an agent that is given
its `stream_fn` never pays for it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Protocol

from jackfield.contracts import Provider, resolver_slot
from jackfield.models import Model
from jackfield.tools import AgentTool


class ClosableHost(Protocol):
    """What the resolver needs of a kernel."""

    def resolve_model(self, name: str) -> tuple[Provider, Model]:
        """Return the provider and the model of `"<provider>:<model id>"`."""

    def tools(self, names: Sequence[str]) -> list[AgentTool]:
        """Return the tools of these names."""

    async def aclose(self) -> None:
        """Close everything that was opened."""


class DefaultResolver:
    """Resolves names with the default kernel of the running event loop.

    Args:
        make_kernel: Makes a kernel of the configuration files.
    """

    def __init__(self, make_kernel: Callable[[], ClosableHost]) -> None:
        self._make_kernel = make_kernel
        self._kernels: dict[asyncio.AbstractEventLoop, ClosableHost] = {}
        self._guards: dict[asyncio.AbstractEventLoop, AsyncGenerator[None, None]] = {}

    async def resolve_model(self, name: str) -> tuple[Provider, Model]:
        """Return the provider and the model of `"<provider>:<model id>"`."""
        return (await self._kernel()).resolve_model(name)

    async def resolve_tools(self, names: Sequence[str]) -> list[AgentTool]:
        """Return the tools `"<toolset>"` or `"<toolset>.<tool>"`."""
        return (await self._kernel()).tools(names)

    async def _kernel(self) -> ClosableHost:
        loop = asyncio.get_running_loop()
        if loop not in self._kernels:
            self._forget_closed_loops()
            self._kernels[loop] = kernel = self._make_kernel()
            self._guards[loop] = guard = self._guard(loop, kernel)
            await anext(guard)  # does not wait; from now on the loop knows the generator
        return self._kernels[loop]

    async def _guard(
        self, loop: asyncio.AbstractEventLoop, kernel: ClosableHost
    ) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            self._forget(loop)
            await kernel.aclose()

    def _forget_closed_loops(self) -> None:
        """Drop the kernels of loops that ended without closing their generators."""
        for loop in [loop for loop in self._kernels if loop.is_closed()]:
            self._forget(loop)

    def _forget(self, loop: asyncio.AbstractEventLoop) -> None:
        self._kernels.pop(loop, None)
        self._guards.pop(loop, None)


def _make_kernel() -> ClosableHost:
    from jackfield.kernel.kernel import Kernel  # noqa: PLC0415 - see above

    return Kernel.from_config()


resolver_slot.default = DefaultResolver(_make_kernel)
