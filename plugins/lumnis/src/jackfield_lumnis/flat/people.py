"""Users, keys and models, as methods of a client. Source: spec/lumnis.md, 6.2."""

from jackfield_httpx.service import D, Plan, endpoint
from jackfield_lumnis.flat.resources import Resources
from jackfield_lumnis.flat.shortcut import shortcut
from jackfield_lumnis.models.key import ExternalApiKey, KeyDeletion
from jackfield_lumnis.resources.external_api_keys import ExternalApiKeys
from jackfield_lumnis.resources.model_preferences import ModelPreferences
from jackfield_lumnis.resources.users import Users
from jackfield_lumnis.types import ApiProvider


class People(Resources[D]):
    """Users, the keys that they pay with, and the models that they prefer."""

    create_user = shortcut("users", Users.create)
    get_user = shortcut("users", Users.get)
    update_user = shortcut("users", Users.update)
    delete_user = shortcut("users", Users.delete)
    list_users = shortcut("users", Users.list)

    list_api_keys = shortcut("external_api_keys", ExternalApiKeys.list)
    get_api_key = shortcut("external_api_keys", ExternalApiKeys.get)
    get_api_key_mode = shortcut("external_api_keys", ExternalApiKeys.get_mode)
    set_api_key_mode = shortcut("external_api_keys", ExternalApiKeys.set_mode)

    get_model_preferences = shortcut("model_preferences", ModelPreferences.list)
    update_model_preferences = shortcut("model_preferences", ModelPreferences.update_bulk)

    @endpoint
    def add_api_key(self, provider: ApiProvider | str, api_key: str) -> Plan[ExternalApiKey]:
        """Store a key of the tenant; see `external_api_keys.create`.

        Args:
            provider: Whose key it is.
            api_key: The key.
        """
        return self.external_api_keys.create(provider=provider, api_key=api_key)

    @endpoint
    def delete_api_key(self, provider: ApiProvider | str) -> Plan[KeyDeletion]:
        """Delete a key; see `external_api_keys.delete`.

        Args:
            provider: Whose key it is, or the id of the key.
        """
        return self.external_api_keys.delete(provider)
