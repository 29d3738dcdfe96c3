"""A Slurm of this machine alone: controller and nodes on the loopback address, for one test run.

Needs root and Debian's packages `slurm-wlm` and `munge`. Everything lies in one folder, with a link
to its configuration where Slurm looks for one (what Snakemake's plugin starts within a job has no
environment that could name another place); everything that is started is stopped, and the link
goes. One host is several nodes where Slurm was built for it
(`--enable-multiple-slurmd`); where it was not, the second daemon refuses, and there is one node.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

CONFIGURED = Path("/etc/slurm/slurm.conf")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel")
CONTROLLER_PORT = 26817
FIRST_NODE_PORT = 26901
PROCESSORS = 2
"""Of each node: as many as the host may have, since they are the same ones."""

CONFIGURATION = """
ClusterName=kdaudit
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdPidFile={folder}/%n.pid
SlurmdLogFile={folder}/%n.log
SlurmdSpoolDir={folder}/spool-%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=10
KillWait=5
SchedulerParameters=sched_interval=5,batch_sched_delay=1
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
{nodes}
"""


def missing() -> str | None:
    """Why no cluster can be started here; None where one can."""
    if os.geteuid() != 0:
        return "Slurm's daemons are started as root"
    absent = [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]
    if absent:
        return f"not installed: {', '.join(absent)} (Debian: slurm-wlm, munge)"
    if CONFIGURED.exists():
        return f"there is a Slurm already: {CONFIGURED}"
    return None


def _path() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


@dataclass
class Slurm:
    """A cluster that runs: its nodes by name, and the environment in which its commands work."""

    folder: Path
    daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PATH": _path()}

    @property
    def nodes(self) -> list[str]:
        return [name for name in self.daemons if name.startswith("node")]

    def ask(self, *command: str) -> str:
        """What one of Slurm's commands says."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stdout if done.returncode == 0 else ""

    def running(self) -> dict[str, str]:
        """The numbers of the jobs that run, with the node of each."""
        lines = self.ask("squeue", "--noheader", "--states=RUNNING", "--format=%i %N").splitlines()
        return dict(line.split() for line in lines if len(line.split()) == 2)

    def kill_node(self, name: str) -> None:
        """Let a node go down with all that runs on it, as where its power fails."""
        daemon = self.daemons.pop(name)
        daemon.kill()
        daemon.wait()
        for process in _processes_on(name):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.ask("scontrol", "update", f"nodename={name}", "state=down", "reason=killed")

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.out").open("wb") as output:
            self.daemons[name] = subprocess.Popen(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.daemons[name]

    def stop(self) -> None:
        """End all jobs, then all daemons, the keeper of the keys last."""
        self.ask("scancel", "--user=root")
        until(lambda: not self.ask("squeue", "--noheader"), 20)
        for name in reversed(list(self.daemons)):
            daemon = self.daemons.pop(name)
            daemon.terminate()
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


@contextmanager
def cluster(folder: Path, nodes: int = 2) -> Iterator[Slurm]:
    """Start a cluster, and stop it in the end, whatever happens."""
    found = Slurm(folder)
    for name in ("munge", "state", *(f"spool-node{number}" for number in range(1, nodes + 1))):
        (folder / name).mkdir(parents=True)
    try:
        _start_munge(found)
        _write_configuration(found, nodes)
        found.start("slurmctld", "slurmctld", "-D", "-c")
        for number in range(1, nodes + 1):
            found.start(f"node{number}", "slurmd", "-D", "-N", f"node{number}")
        for name in found.nodes:
            if not until(lambda name=name: _is_idle(found, name), 30):
                if name == "node1":
                    raise RuntimeError(f"Slurm does not start: {_said(folder)}")
                found.daemons.pop(name).kill()
        yield found
    finally:
        found.stop()
        CONFIGURED.unlink(missing_ok=True)


def _start_munge(found: Slurm) -> None:
    place = found.folder / "munge"
    place.chmod(0o711)
    key = place / "key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    options = [f"--{name}-file={place / name}" for name in ("key", "log", "pid", "seed")]
    found.start(
        "munged", "munged", "--foreground", "--force", f"--socket={place / 'socket'}", *options
    )
    if not until((place / "socket").exists, 10):
        raise RuntimeError(f"munge does not start: {_said(found.folder)}")


def _write_configuration(found: Slurm, nodes: int) -> None:
    host = socket.gethostname().split(".")[0]
    lines = [
        f"NodeName=node{number} NodeHostname={host} NodeAddr=127.0.0.1 "
        f"Port={FIRST_NODE_PORT + number} CPUs={PROCESSORS} RealMemory=16000"
        for number in range(1, nodes + 1)
    ]
    text = CONFIGURATION.format(
        host=host, port=CONTROLLER_PORT, folder=found.folder, nodes="\n".join(lines)
    )
    path = found.folder / "slurm.conf"
    path.write_text(text, encoding="utf-8")
    CONFIGURED.parent.mkdir(parents=True, exist_ok=True)
    CONFIGURED.unlink(missing_ok=True)  # of a test that was killed: it leads nowhere
    CONFIGURED.symlink_to(path)


def until(done: Callable[[], bool], seconds: float) -> bool:
    """Whether something comes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if done():
            return True
        time.sleep(0.2)
    return False


def _is_idle(found: Slurm, node: str) -> bool:
    return found.ask("sinfo", "--noheader", f"--nodes={node}", "--format=%T").strip() == "idle"


def _said(folder: Path) -> str:
    logs = sorted([*folder.glob("*.log"), *folder.glob("*.out"), folder / "munge" / "log"])
    texts = (log.read_text(errors="replace")[-500:] for log in logs if log.is_file())
    return "\n".join(texts)


def _processes_on(node: str) -> list[int]:
    """What runs on a node of this cluster: what Slurm has started there, those who watch over it
    first."""
    mark = f"SLURMD_NODENAME={node}".encode()
    jobs, watchers = list[int](), list[int]()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark not in (entry / "environ").read_bytes().split(b"\0"):
                continue
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            words = Path(f"/proc/{parent}/cmdline").read_bytes()
        except OSError:
            continue  # gone
        jobs.append(int(entry.name))
        if words.startswith(b"slurmstepd"):
            watchers.append(parent)
    return [*dict.fromkeys(watchers), *jobs]
