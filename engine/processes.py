"""Whether the process that wrote a lock still runs."""

import os
import sys
from pathlib import Path


def process_is_alive(pid: int) -> bool:
    """True if a process with this id runs on this machine."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        return _is_alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True  # it runs, as another user
    except (ProcessLookupError, OverflowError):
        return False
    return True


def process_start(pid: int) -> str:
    """A text that tells this process from a later one with the same id; empty if unknown.

    Ids are soon used again, above all in containers, where the editor may get the same
    small number at every start. Linux knows the boot and the tick a process started at.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        line = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return ""
    # The second field is the command in parentheses and may hold spaces; starttime is field 22.
    return f"{boot}:{line.rpartition(')')[2].split()[19]}"


if sys.platform == "win32":
    import ctypes

    def _is_alive_on_windows(pid: int) -> bool:
        # os.kill(pid, 0) would end the process on Windows.
        query_limited_information, still_active = 0x1000, 259
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(query_limited_information, False, pid)
        if not handle:
            return False
        code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return code.value == still_active
