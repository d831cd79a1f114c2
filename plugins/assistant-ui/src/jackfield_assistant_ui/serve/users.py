"""Who asks: users and their tokens."""

import hmac
from collections.abc import Mapping

from jackfield import Request
from jackfield.contracts import Auth, Host
from jackfield.errors import SettingsError
from jackfield_assistant_ui.serve.settings import ServeSettings

OWNER = "owner"
"""The user when there is only one token, or none."""

_NO_REQUEST = "http://127.0.0.1/"


class Users:
    """Knows the users by their tokens; without any token everybody is the owner.

    Args:
        tokens: User -> token.
    """

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self._tokens = {user: token.encode() for user, token in tokens.items()}

    def __repr__(self) -> str:
        return f"Users({', '.join(self._tokens) or 'no tokens'})"

    @property
    def needs_token(self) -> bool:
        """Whether requests must have a token."""
        return bool(self._tokens)

    def user_of(self, authorization: str) -> str | None:
        """Return whom the header `Authorization` names; None for nobody.

        All tokens are compared, each in constant time.
        """
        if not self._tokens:
            return OWNER
        scheme, _, token = authorization.partition(" ")
        given = token.strip().encode()
        found = None
        for user, expected in self._tokens.items():
            if hmac.compare_digest(given, expected):
                found = user
        return found if scheme.lower() == "bearer" and given else None


async def open_users(settings: ServeSettings, host: Host) -> Users:
    """Return the users, with the secrets of the auths that the settings name.

    Raises:
        SettingsError: An auth gives no bearer token, or two users have the same.
    """
    names = dict(settings.users)
    if settings.auth:
        names[OWNER] = settings.auth
    tokens = {user: await _token(host.auth(name), name) for user, name in names.items()}
    if len(set(tokens.values())) < len(tokens):
        raise SettingsError(
            "Two users of the server have the same token.",
            key="commands.serve.users",
            hint="Give each user an auth with a secret of its own.",
        )
    return Users(tokens)


async def _token(auth: Auth, name: str) -> str:
    request = await auth.apply(Request(method="GET", url=_NO_REQUEST))
    value = next(
        (text for key, text in request.headers.items() if key.lower() == "authorization"), ""
    )
    scheme, _, token = value.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise SettingsError(
            f"The auth {name!r} gives no bearer token.",
            key=f"auth.{name}",
            hint="Use env, file, command, static or keyring with their usual header.",
        )
    return token.strip()
