"""Connection pools: one for each event loop, proxy and kind of URL, made when first needed."""

import asyncio
from collections.abc import AsyncGenerator
from weakref import WeakKeyDictionary

from jackfield_httpx.pool import Pool
from jackfield_httpx.ports import AnyPool
from jackfield_httpx.routes import Routes
from jackfield_httpx.settings import HttpxSettings
from jackfield_httpx.targets import Target


class Engine:
    """Finds the connection pool for a request; its connections belong to the running loop.

    Args:
        settings: Of the transport.
    """

    def __init__(self, settings: HttpxSettings) -> None:
        self._settings = settings
        self._routes = Routes(settings)
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopPools] = WeakKeyDictionary()

    async def pool(self, target: Target) -> AnyPool:
        """Return the pool for a target, in the running event loop."""
        loop = asyncio.get_running_loop()
        pools = self._loops.get(loop)
        if pools is None:
            pools = self._loops[loop] = _LoopPools()
            await pools.close_with_loop()
        found = pools.by_target.get(target.where)
        if found is None:
            found = pools.by_target[target.where] = self._pool_of(pools, target)
        return found

    def pools(self) -> list[AnyPool]:
        """Return the pools of the running event loop."""
        pools = self._loops.get(asyncio.get_running_loop())
        return [] if pools is None else list(pools.pools.values())

    async def aclose(self) -> None:
        """Close all connections; those of other event loops are closed by these."""
        running = asyncio.get_running_loop()
        for loop, pools in list(self._loops.items()):
            if loop is running:
                await pools.aclose()
            elif loop.is_running():
                asyncio.run_coroutine_threadsafe(pools.aclose(), loop)
        self._loops.clear()

    def _pool_of(self, pools: "_LoopPools", target: Target) -> AnyPool:
        key = self._routes.key(target)
        if key not in pools.pools:
            pools.pools[key] = self._made(key)
        return pools.pools[key]

    def _made(self, key: tuple[bool, str]) -> AnyPool:
        if self._routes.is_ours(key):
            return Pool(
                context=self._routes.context() if key[0] else None,
                max_connections=self._settings.max_connections,
                max_idle=self._settings.max_idle_connections,
                idle_s=self._settings.idle_s,
            )
        from jackfield_httpx.core import CorePool  # noqa: PLC0415 - the library costs 70 ms

        return CorePool(self._routes.pool_options(key))


class _LoopPools:
    """The pools of one event loop, closed with it at the latest."""

    def __init__(self) -> None:
        self.by_target: dict[str, AnyPool] = {}
        self.pools: dict[tuple[bool, str], AnyPool] = {}
        self._guard = self._until_closed()

    async def close_with_loop(self) -> None:
        """Have `asyncio.run` close the pools: it closes all async generators at its end."""
        await anext(self._guard)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._guard.aclose()

    async def _until_closed(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            for pool in self.pools.values():
                await pool.aclose()
            self.by_target.clear()
            self.pools.clear()
