import os

import pytest

from jackfield_local.cores import usable_cores

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"), reason="llama.cpp counts the cores itself here"
)


def cpus(tmp_path, siblings):
    for cpu in os.sched_getaffinity(0):
        folder = tmp_path / f"cpu{cpu}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(siblings(cpu), encoding="utf-8")
    return tmp_path


def test_hyperthreads_of_a_core_count_once(tmp_path):
    assert usable_cores(cpus(tmp_path, lambda cpu: "the one core"), tmp_path / "none") == 1


def test_each_core_of_the_process_counts(tmp_path):
    folder = cpus(tmp_path, str)
    assert usable_cores(folder, tmp_path / "none") == len(os.sched_getaffinity(0))


def test_a_limit_of_the_container_counts(tmp_path):
    quota = tmp_path / "cpu.max"
    quota.write_text("50000 100000\n", encoding="utf-8")
    assert usable_cores(tmp_path, quota) == 1
    quota.write_text("max 100000\n", encoding="utf-8")
    assert usable_cores(tmp_path, quota) == len(os.sched_getaffinity(0))
