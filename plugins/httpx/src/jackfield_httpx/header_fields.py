"""Reading the header fields of an answer."""


def header_fields(fields: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return header fields by their names in lower case; repeated ones joined with a comma."""
    found: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip(" \t")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def closes(headers: dict[str, str]) -> bool:
    """Tell whether the header `connection` says that this message is its last."""
    told = headers.get("connection")
    return told is not None and "close" in [each.strip() for each in told.lower().split(",")]
