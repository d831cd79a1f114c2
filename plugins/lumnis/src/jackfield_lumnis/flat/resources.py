"""The resources of a client. Source: spec/lumnis.md, 6.1."""

from jackfield_httpx.service import D
from jackfield_lumnis.resources.external_api_keys import ExternalApiKeys
from jackfield_lumnis.resources.files import Files
from jackfield_lumnis.resources.integrations import Integrations
from jackfield_lumnis.resources.mcp_servers import MCPServers
from jackfield_lumnis.resources.model_preferences import ModelPreferences
from jackfield_lumnis.resources.responses import Responses
from jackfield_lumnis.resources.skills import Skills
from jackfield_lumnis.resources.tenant import Tenant
from jackfield_lumnis.resources.threads import Threads
from jackfield_lumnis.resources.users import Users
from jackfield_lumnis.scoping import ScopedResource


class Resources(ScopedResource[D]):
    """What a client gives access to; they need no set-up and open nothing by themselves."""

    @property
    def responses(self) -> Responses[D]:
        """Runs of agents."""
        return Responses(self)

    @property
    def threads(self) -> Threads[D]:
        """Conversations."""
        return Threads(self)

    @property
    def users(self) -> Users[D]:
        """The users of the tenant."""
        return Users(self)

    @property
    def external_api_keys(self) -> ExternalApiKeys[D]:
        """Keys of AI providers."""
        return ExternalApiKeys(self)

    @property
    def api_keys(self) -> ExternalApiKeys[D]:
        """The same as `external_api_keys`."""
        return ExternalApiKeys(self)

    @property
    def tenant(self) -> Tenant[D]:
        """The tenant that the key belongs to."""
        return Tenant(self)

    @property
    def files(self) -> Files[D]:
        """Files that agents may read."""
        return Files(self)

    @property
    def integrations(self) -> Integrations[D]:
        """Apps that agents may use for a user."""
        return Integrations(self)

    @property
    def mcp_servers(self) -> MCPServers[D]:
        """MCP servers whose tools agents may use."""
        return MCPServers(self)

    @property
    def model_preferences(self) -> ModelPreferences[D]:
        """Which models the tenant's agents use."""
        return ModelPreferences(self)

    @property
    def skills(self) -> Skills[D]:
        """Guidelines that agents follow."""
        return Skills(self)
