"""Long-running processes of the cluster: started by `up`, stopped by `down`, known by pid and start time."""
import os
import signal
import subprocess
import time

from names import NODE_NS, inside


def start_time(pid):
    """The kernel's start time of a living process, or None. With it a reused pid is not taken for ours."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


class Processes:
    """The file DIR/processes: one line `name pid start-time` for each, in the order they were started."""

    def __init__(self, folder):
        self.folder = folder
        self.file = f"{folder}/processes"

    def start(self, name, *command):
        with open(f"{self.folder}/log/{name}.log", "ab") as log:
            child = subprocess.Popen([*inside(NODE_NS), *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                     cwd=self.folder, start_new_session=True)
        with open(self.file, "a", encoding="ascii") as file:
            file.write(f"{name} {child.pid} {start_time(child.pid)}\n")

    def all(self):
        try:
            with open(self.file, encoding="ascii") as file:
                return [tuple(line.split()) for line in file]
        except FileNotFoundError:
            return []

    def alive(self, name):
        return any(start_time(pid) == started for known, pid, started in self.all() if known == name)

    def stop(self, name, patience=3.0):
        """Ends it politely, and after `patience` seconds not politely."""
        for known, pid, started in self.all():
            if known != name:
                continue
            for number, limit in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
                if start_time(pid) != started:
                    break
                os.kill(int(pid), number)
                end = time.monotonic() + limit
                while start_time(pid) == started and time.monotonic() < end:
                    time.sleep(0.05)

    def log_tail(self, name, lines=40):
        try:
            with open(f"{self.folder}/log/{name}.log", encoding="utf-8", errors="replace") as file:
                return "".join(file.readlines()[-lines:])
        except FileNotFoundError:
            return "(no log)\n"
