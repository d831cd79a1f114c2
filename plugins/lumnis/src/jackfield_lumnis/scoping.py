"""For whom a call is made: the client's scope, its user, the user of the call.

Source: spec/lumnis.md, 1.3.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeAlias
from uuid import UUID

from jackfield_httpx.service import D, Resource
from jackfield_lumnis.exceptions import (
    ErrorCode,
    MissingUserId,
    TenantScopeUserIdConflict,
    ValidationError,
)
from jackfield_lumnis.types import Scope

UserId: TypeAlias = str | UUID | None
"""A user's id, e-mail or whatever the tenant calls them; empty and None are nobody."""

_log = logging.getLogger("lumnisai.scoping")

_WARNINGS = 10
_REFILL_S = 6.0  # ten a minute


class TenantWarning:
    """Warns that a call works with the data of all users; at most ten times a minute or so.

    One for all clients that share connections; any thread may use it.

    Args:
        now: Seconds since some moment.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._left = float(_WARNINGS)
        self._filled_at = now()
        self._lock = threading.Lock()

    def tell(self) -> None:
        """Warn, unless that was done too often lately."""
        if self._may_speak():
            _log.warning(
                "This call runs in tenant scope: it reaches the data of all users of the tenant."
            )

    def _may_speak(self) -> bool:
        with self._lock:
            now = self._now()
            refilled = self._left + (now - self._filled_at) / _REFILL_S
            self._left, self._filled_at = min(float(_WARNINGS), refilled), now
            if self._left < 1:
                return False
            self._left -= 1
            return True


class Scoping:
    """The scope of a client and, if it works for one user, that user.

    Args:
        scope: `Scope` or its value.
        user_id: Whose data the client works with, from `for_user`.
        warning: Shared with the clients that this one was made of.

    Raises:
        ValidationError: There is no such scope.
    """

    def __init__(
        self,
        scope: Scope | str = Scope.USER,
        user_id: UserId = None,
        *,
        warning: TenantWarning | None = None,
    ) -> None:
        self.scope = scope_of(scope)
        self.user_id = text_of(user_id)
        self._warning = warning or TenantWarning()

    def for_user(self, user_id: UserId) -> "Scoping":
        """Return the scoping of a client that works for one user, whatever this one's scope.

        Raises:
            MissingUserId: There is no user.
        """
        if text_of(user_id) is None:
            raise MissingUserId
        return Scoping(Scope.USER, user_id, warning=self._warning)

    def user_of(self, user_id: UserId = None, scope: Scope | str | None = None) -> str | None:
        """Return the user that a call is made for; for the calls that need one in user scope.

        Args:
            user_id: The call's own; by default the client's.
            scope: The call's own; by default the client's.

        Returns:
            None in tenant scope; that is warned of.

        Raises:
            MissingUserId: User scope, and nobody is named.
            TenantScopeUserIdConflict: Tenant scope, and somebody is named.
            ValidationError: There is no such scope.
        """
        user = self.default_user(user_id)
        if scope_of(scope or self.scope) is Scope.USER:
            if user is None:
                raise MissingUserId
            return user
        if user is not None:
            raise TenantScopeUserIdConflict
        self._warning.tell()
        return None

    def default_user(self, user_id: UserId = None) -> str | None:
        """Return the call's user, else the client's, else None; for calls without a check."""
        return text_of(user_id) or self.user_id

    def explicit_user(self, user_id: UserId) -> str | None:
        """Return the call's user only; for external keys, which a tenant client has for all.

        Raises:
            TenantScopeUserIdConflict: Tenant scope, and somebody is named.
        """
        user = text_of(user_id)
        if user is not None and self.scope is Scope.TENANT:
            raise TenantScopeUserIdConflict
        return user


class ScopedResource(Resource[D]):
    """A resource that knows for whom its client works.

    Args:
        parent: The client, or another resource of it.
    """

    def __init__(self, parent: "ScopedResource[D]") -> None:
        super().__init__(parent)
        self.scoping: Scoping = parent.scoping


def scope_of(scope: Scope | str) -> Scope:
    """Return the scope of that name.

    Raises:
        ValidationError: There is none.
    """
    try:
        return Scope(scope)
    except ValueError:
        raise ValidationError(
            f"{scope!r} is no scope: use Scope.USER or Scope.TENANT.", code=ErrorCode.INVALID_SCOPE
        ) from None


def text_of(user_id: UserId) -> str | None:
    """Return the user's id as text; None for nobody."""
    return None if user_id is None else str(user_id) or None
