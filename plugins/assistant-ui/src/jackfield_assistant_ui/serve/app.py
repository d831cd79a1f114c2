"""The ASGI application: everything that the server is made of, joined."""

from starlette.applications import Starlette
from starlette.types import ASGIApp

from jackfield import Kernel
from jackfield_assistant_ui.serve.begin import Beginner
from jackfield_assistant_ui.serve.guard import Guard
from jackfield_assistant_ui.serve.hub import Hub
from jackfield_assistant_ui.serve.offered import OfferedAgent, offered_agents
from jackfield_assistant_ui.serve.page import Page
from jackfield_assistant_ui.serve.routes import Api
from jackfield_assistant_ui.serve.settings import ServeSettings
from jackfield_assistant_ui.serve.store import ThreadStore
from jackfield_assistant_ui.serve.users import Users, open_users


class Application:
    """The application and what it owns.

    Args:
        kernel: Builds the agents; stays open.
        settings: Of the server.
        users: Knows the tokens.
        store: Keeps the threads; closed with the application.
        page: The files of the page.

    Attributes:
        agents: Those that are offered.
        hub: Has the runs.
        asgi: The application.
    """

    def __init__(
        self,
        kernel: Kernel,
        settings: ServeSettings,
        users: Users,
        store: ThreadStore,
        page: Page,
    ) -> None:
        self.agents: dict[str, OfferedAgent] = offered_agents(kernel, settings)
        self.hub = Hub(settings)
        self._store = store
        beginner = Beginner(kernel, self.agents, settings, store, self.hub)
        api = Api(settings, self.agents, beginner, self.hub, store)
        routes = [*api.routes(), *page.routes()]
        self.asgi: ASGIApp = Guard(Starlette(routes=routes), users, settings)

    async def aclose(self) -> None:
        """End all runs, then close the database."""
        await self.hub.aclose()
        await self._store.aclose()


async def open_application(
    kernel: Kernel, settings: ServeSettings, store: ThreadStore, page: Page | None = None
) -> Application:
    """Return the application, ready to be served.

    Raises:
        SettingsError: A setting is wrong.
        PluginError: An agent names something that is missing or broken.
    """
    users = await open_users(settings, kernel)
    return Application(kernel, settings, users, store, page or Page())
