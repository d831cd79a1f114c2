import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield_local.gguf import GgufError, GgufHeader, read_header


def string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def head(*entries, version=3, count=None):
    start = b"GGUF" + struct.pack("<IQQ", version, 0, len(entries) if count is None else count)
    return start + b"".join(entries)


ARCHITECTURE = string("general.architecture") + struct.pack("<I", 8) + string("llama")
CONTEXT = string("llama.context_length") + struct.pack("<II", 4, 8192)
TAGS = string("general.tags") + struct.pack("<IIQ", 9, 8, 2) + string("chat") + string("tiny")
TOKENS = string("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 1 << 40)


def write(tmp_path, data):
    path = tmp_path / "model.gguf"
    path.write_bytes(data)
    return path


def test_the_head_tells_architecture_and_context(tmp_path):
    path = write(tmp_path, head(ARCHITECTURE, TAGS, CONTEXT))
    assert read_header(path) == GgufHeader(architecture="llama", context_tokens=8192)


def test_reading_stops_at_the_tokenizer(tmp_path):
    path = write(tmp_path, head(ARCHITECTURE, CONTEXT, TOKENS))
    assert read_header(path).context_tokens == 8192


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a GGUF file"),
        (b"PK\x03\x04 a zip file", "not a GGUF file"),
        (head(version=1), "version 1"),
        (head(ARCHITECTURE[:-2]), "ends in the middle"),
        (head(ARCHITECTURE, count=2), "ends in the middle"),
        (head(struct.pack("<Q", 1 << 50)), "damaged"),
        (head(string("x") + struct.pack("<I", 99)), "damaged"),
        (head(string("x") + struct.pack("<IIQ", 9, 9, 1)), "damaged"),
    ],
    ids=["empty", "zip", "old", "cut", "missing entry", "huge", "unknown type", "nested"],
)
def test_what_is_no_gguf_file_says_why(tmp_path, data, says):
    with pytest.raises(GgufError, match=says):
        read_header(write(tmp_path, data))


@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    path = write(tmp_path_factory.mktemp("gguf"), b"GGUF" + struct.pack("<IQQ", 3, 0, 3) + data)
    with contextlib.suppress(GgufError):
        assert isinstance(read_header(path), GgufHeader)
