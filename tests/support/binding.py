"""Reading streams of the Rust binding in tests."""

from typing import Any

HEADERS = [("content-type", "application/json")]
BODY = b'{"model":"m","messages":[],"stream":true}'


def all_events(stream: Any, *, partial: bool = True) -> list[dict[str, Any]]:
    """Return the events of a stream, one by one, until there is none."""
    events = []
    while (event := stream.next_event(partial=partial)) is not None:
        events.append(event)
    return events


def all_records(stream: Any) -> list[tuple[Any, ...]]:
    """Return the records of a stream, batch by batch, until there is none."""
    records = []
    while (batch := stream.next_batch()) is not None:
        records += batch
    return records


def types(events: list[dict[str, Any]]) -> list[str]:
    """Return the types of events."""
    return [event["type"] for event in events]


def compact(event: dict[str, Any]) -> list[Any]:
    """Return an event in the words of tests/fixtures/streams."""
    kind = event["type"]
    if kind in ("done", "error"):
        return [kind, event["reason"]]
    if kind == "start":
        return [kind]
    found = [kind, event["content_index"]]
    if kind == "tool_call_end":
        call = event["tool_call"]
        shown = {name: call[name] for name in ("id", "name", "arguments")}
        raw = call["partial_json"]
        return [*found, shown | ({} if raw is None else {"partial_json": raw})]
    if kind.endswith("_start"):
        return found
    return [*found, event["delta"] if kind.endswith("_delta") else event["content"]]
