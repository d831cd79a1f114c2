"""Methods of a client that stand for methods of its resources."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from jackfield_httpx.service import Plan, endpoint

P = ParamSpec("P")
T = TypeVar("T")


def shortcut(resource: str, build: Callable[Concatenate[Any, P], Plan[T]]) -> endpoint[P, T]:
    """Return the endpoint of a client that stands for one of a resource.

    It has the same parameters, also for editors and type checkers.

    Args:
        resource: The client's attribute, for example `users`.
        build: The endpoint, for example `Users.get`.
    """

    @wraps(build)
    def of_client(client: Any, /, *args: P.args, **kwargs: P.kwargs) -> Plan[T]:
        return build(getattr(client, resource), *args, **kwargs)

    return endpoint(of_client)
