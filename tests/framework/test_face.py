"""The face of the package: few names, each real, none paid for before it is used."""

import subprocess
import sys
from importlib import import_module

import jackfield


def modules_after(code: str) -> set[str]:
    program = f"{code}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True
    )
    return set(done.stdout.split())


def test_every_public_name_is_really_there() -> None:
    assert [name for name in jackfield.__all__ if not hasattr(jackfield, name)] == []


def test_face_stays_small_enough_to_read() -> None:
    assert len(jackfield.__all__) <= 45


def test_public_names_come_from_their_rooms() -> None:
    for name in jackfield.__all__:
        value = getattr(jackfield, name)
        room = getattr(value, "__module__", "")
        if room.startswith("jackfield."):
            assert getattr(import_module(room), name) is value


def test_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(jackfield, "Nope")


def test_import_alone_loads_no_room() -> None:
    loaded = modules_after("import jackfield")
    assert {name for name in loaded if name.startswith("jackfield.")} == set()


def test_agent_is_constructed_without_heavy_imports() -> None:
    loaded = modules_after("from jackfield import Agent; Agent(model='local:smollm2-135m')")
    heavy = {"pydantic", "rich", "click", "pluggy", "stevedore", "httpx", "httpx2", "http.client"}
    assert loaded & heavy == set()
    assert {name for name in loaded if name.startswith("jackfield_")} == set()
    assert {name for name in loaded if name.startswith("jackfield.builtins.")} == set()
