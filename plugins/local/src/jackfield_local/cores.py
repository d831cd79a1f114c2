"""How many CPU threads are worth using.

llama.cpp counts the machine's cores and knows nothing of CPU sets and container limits, so a
container with 2 of 64 cores would run 32 threads in each other's way.
"""

import os
from pathlib import Path

_CPUS = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable_cores(cpus: Path = _CPUS, quota: Path = _QUOTA) -> int:
    """Return the number of physical cores that this process may use; -1 lets llama.cpp count.

    Args:
        cpus: Linux' folder of CPUs.
        quota: The file with the container's CPU limit (cgroup v2).
    """
    if not hasattr(os, "sched_getaffinity"):
        return -1
    allowed = os.sched_getaffinity(0)
    cores = {_core_of(cpus, cpu) for cpu in allowed}
    return max(1, min(len(cores), _limit(quota)))


def _core_of(cpus: Path, cpu: int) -> str:
    try:
        return (cpus / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text("ascii")
    except OSError:
        return str(cpu)


def _limit(quota: Path) -> int:
    try:
        allowance, period = quota.read_text("ascii").split()
        return max(1, round(int(allowance) / int(period)))
    except (OSError, ValueError):  # no limit reads `max 100000`
        return 1 << 16
