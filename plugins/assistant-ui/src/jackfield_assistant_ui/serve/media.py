"""Files and images of a page as parts of a message for a model."""

import base64
import binascii
from urllib.parse import unquote_to_bytes

from jackfield import ImageContent, TextContent

_TEXTUAL = ("text/", "application/json", "application/xml", "application/yaml")
_SCHEMES = ("data:", "http://", "https://")


def image_part(url: str, mime_type: str = "image/png") -> ImageContent:
    """Return an image; base64 alone becomes a data URL."""
    if not url.startswith(_SCHEMES):
        url = f"data:{mime_type};base64,{url}"
    return ImageContent(url=url)


def file_part(data: str, mime_type: str, filename: str = "") -> TextContent | ImageContent:
    """Return a file: images as such, texts as text, of others the model is told that they exist.

    Args:
        data: A URL, a data URL, or base64.
        mime_type: What it is; empty if a data URL says it.
        filename: For the model; may be empty.
    """
    kind = mime_type or _type_of(data)
    if kind.startswith("image/"):
        return image_part(data, kind)
    name = filename or "file"
    if kind.startswith(_TEXTUAL) and (content := _decoded(data)) is not None:
        return TextContent(text=f"[{name}]\n{content}")
    where = f" at {data}" if data.startswith(("http://", "https://")) else ""
    return TextContent(text=f"[{name}: a file of type {kind or 'unknown'}{where}, not readable]")


def _type_of(data: str) -> str:
    return data[5:].split(",", 1)[0].split(";", 1)[0] if data.startswith("data:") else ""


def _decoded(data: str) -> str | None:
    if data.startswith(("http://", "https://")):
        return None
    head, _, body = data.partition(",") if data.startswith("data:") else (";base64", "", data)
    try:
        raw = base64.b64decode(body, validate=True) if "base64" in head else unquote_to_bytes(body)
        return raw.decode()
    except (binascii.Error, ValueError):
        return None
