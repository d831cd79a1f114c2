"""Lists that come in pages: one definition, a blocking and an async iterator."""

from collections.abc import Callable, Hashable, Iterable, Sized
from typing import TypeVar

from jackfield.errors import ProtocolError
from jackfield_httpx.service.steps import Item, ItemFlow, Plan

PageT = TypeVar("PageT")
T = TypeVar("T")
Place = TypeVar("Place", bound=Hashable)


def paged(
    page_at: Callable[[Place], Plan[PageT]],
    start: Place,
    *,
    items: Callable[[PageT], Iterable[T]],
    after: Callable[[PageT, Place], Place | None],
) -> ItemFlow[T]:
    """Give the items of all pages; a page is asked for when the one before it was read.

    Args:
        page_at: Makes the plan of the page at a place: a cursor, an offset, a number.
        start: Place of the first page.
        items: The items of a page.
        after: Place of the next page; None after the last one.

    Raises:
        ProtocolError: Into the flow: the service sends the reader to a place where it was
            before, so that the list would never end.
    """
    place: Place | None = start
    seen = {start}
    while place is not None:
        page = yield from page_at(place)
        for item in items(page):
            yield Item(item)
        place = after(page, place)
        if place in seen:
            raise ProtocolError(f"The pages go round in a circle: {place!r} comes again.")
        if place is not None:
            seen.add(place)


def by_cursor(
    page_at: Callable[[str | None], Plan[PageT]],
    *,
    items: Callable[[PageT], Iterable[T]],
    cursor: Callable[[PageT], str | None],
) -> ItemFlow[T]:
    """Give the items of all pages of a list with cursors.

    Args:
        page_at: Makes the plan of the page at a cursor; None for the first one.
        items: The items of a page.
        cursor: The cursor of the next page; None or empty after the last one.
    """

    def pages(place: tuple[str | None]) -> Plan[PageT]:
        return page_at(place[0])

    def after(page: PageT, _: tuple[str | None]) -> tuple[str | None] | None:
        found = cursor(page)
        return (found,) if found else None

    first: tuple[str | None] = (None,)
    return paged(pages, first, items=items, after=after)


def by_offset(
    page_at: Callable[[int], Plan[PageT]],
    *,
    items: Callable[[PageT], Iterable[T]],
    total: Callable[[PageT], int | None] = lambda _: None,
    limit: int | None = None,
) -> ItemFlow[T]:
    """Give the items of all pages of a list with offsets.

    Args:
        page_at: Makes the plan of the page that begins at an offset.
        items: The items of a page; an empty page is the last one.
        total: The length of the list, where the page tells it.
        limit: How many items a full page has: a shorter one is the last. Leave it out where
            the service may give less than was asked for.
    """

    def after(page: PageT, offset: int) -> int | None:
        size = _count(items(page))
        reached, end = offset + size, total(page)
        is_last = size == 0 or (end is not None and reached >= end)
        is_last |= limit is not None and end is None and size < limit
        return None if is_last else reached

    return paged(page_at, 0, items=items, after=after)


def by_page(
    page_at: Callable[[int], Plan[PageT]],
    *,
    items: Callable[[PageT], Iterable[T]],
    has_more: Callable[[PageT], bool],
    first: int = 1,
) -> ItemFlow[T]:
    """Give the items of all pages of a list with page numbers.

    Args:
        page_at: Makes the plan of the page with a number.
        items: The items of a page.
        has_more: Whether there is a page after this one.
        first: Number of the first page.
    """

    def after(page: PageT, number: int) -> int | None:
        return number + 1 if has_more(page) else None

    return paged(page_at, first, items=items, after=after)


def _count(items: Iterable[object]) -> int:
    return len(items) if isinstance(items, Sized) else sum(1 for _ in items)
