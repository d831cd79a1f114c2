"""Apps, MCP servers and skills, as methods of a client. Source: spec/lumnis.md, 6.2."""

from collections.abc import Iterable
from uuid import UUID

from jackfield_httpx.service import OMIT, D, Omit, Plan, endpoint
from jackfield_lumnis.flat.resources import Resources
from jackfield_lumnis.flat.shortcut import shortcut
from jackfield_lumnis.models.integration import AppList, ConnectionStart, IntegrationTools
from jackfield_lumnis.models.skill import SkillGuideline
from jackfield_lumnis.resources.integrations import Integrations
from jackfield_lumnis.resources.mcp_servers import MCPServers
from jackfield_lumnis.resources.skills import Skills
from jackfield_lumnis.scoping import UserId


class Tools(Resources[D]):
    """What agents may use: apps, MCP servers, skills."""

    is_app_enabled = shortcut("integrations", Integrations.is_app_enabled)
    set_app_enabled = shortcut("integrations", Integrations.set_app_enabled)
    get_connection_status = shortcut("integrations", Integrations.get_connection_status)
    wait_for_connection = shortcut("integrations", Integrations.wait_for_connection)
    list_connections = shortcut("integrations", Integrations.list_connections)

    create_mcp_server = shortcut("mcp_servers", MCPServers.create)
    get_mcp_server = shortcut("mcp_servers", MCPServers.get)
    list_mcp_servers = shortcut("mcp_servers", MCPServers.list)
    update_mcp_server = shortcut("mcp_servers", MCPServers.update)
    delete_mcp_server = shortcut("mcp_servers", MCPServers.delete)
    list_mcp_server_tools = shortcut("mcp_servers", MCPServers.list_tools)
    test_mcp_server = shortcut("mcp_servers", MCPServers.test_connection)

    list_skills = shortcut("skills", Skills.list)
    get_skill = shortcut("skills", Skills.get)
    delete_skill = shortcut("skills", Skills.delete)

    @endpoint
    def list_apps(self, *, include_available: bool = False) -> Plan[AppList]:
        """Return the apps that the tenant has enabled.

        Args:
            include_available: Whether to return those that it could enable, too.
        """
        return self.integrations.list_apps(include_available=include_available)

    @endpoint
    def initiate_connection(
        self,
        *,
        user_id: str | UUID,
        app_name: str,
        integration_id: str | None = None,
        redirect_url: str | None = None,
    ) -> Plan[ConnectionStart]:
        """Begin to connect an app; see `integrations.initiate_connection`.

        Args:
            user_id: The user.
            app_name: The app.
            integration_id: Which set-up of the app.
            redirect_url: Where the user comes back to.
        """
        return self.integrations.initiate_connection(
            user_id=user_id,
            app_name=app_name,
            integration_id=integration_id,
            redirect_url=redirect_url,
        )

    @endpoint
    def get_integration_tools(
        self, user_id: str | UUID, *, app_filter: str | Iterable[str] | None = None
    ) -> Plan[IntegrationTools]:
        """Return the tools of the apps that a user has connected.

        Args:
            user_id: The user.
            app_filter: Only these apps: a list, or a text with commas.
        """
        return self.integrations.get_tools(user_id=user_id, app_filter=app_filter)

    @endpoint
    def create_skill(  # noqa: PLR0913 - the documented signature
        self,
        *,
        name: str,
        description: str,
        content: str,
        category: str | None = None,
        version: str = "1.0.0",
        user_id: UserId = None,
    ) -> Plan[SkillGuideline]:
        """Add a skill; see `skills.create`.

        Args:
            name: Up to 1000 characters.
            description: What it is for.
            content: What to do.
            category: Up to 100 characters.
            version: Up to 20 characters.
            user_id: Whose it is; None for one of the tenant, or of the user of the client.
        """
        skill = {
            "name": name,
            "description": description,
            "content": content,
            "category": category,
            "version": version,
        }
        return self.skills.create(skill_data=skill, user_id=user_id)

    @endpoint
    def update_skill(  # noqa: PLR0913 - the documented signature
        self,
        skill_id: str | UUID,
        *,
        name: str | Omit = OMIT,
        description: str | Omit = OMIT,
        content: str | Omit = OMIT,
        category: str | Omit | None = OMIT,
        version: str | Omit = OMIT,
        is_active: bool | Omit = OMIT,
    ) -> Plan[SkillGuideline]:
        """Change what is given of a skill; see `skills.update`.

        Args:
            skill_id: The service's id.
            name: Up to 1000 characters.
            description: What it is for.
            content: What to do.
            category: Up to 100 characters; None for none.
            version: Up to 20 characters.
            is_active: Whether agents follow it.
        """
        given = {
            "name": name,
            "description": description,
            "content": content,
            "category": category,
            "version": version,
            "is_active": is_active,
        }
        changes = {name: value for name, value in given.items() if value is not OMIT}
        return self.skills.update(skill_id, updates=changes)
