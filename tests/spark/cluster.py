"""A real cluster on loopback from what PySpark brings: a master, two workers, and the server that clients connect to.

Small heaps, since everything runs on one machine. It is started with `running()` and stopped by the ids of its own processes.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
WAIT = 120.0
"""Seconds after which a process that has not opened its port is given up."""
FAST_TO_START = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
"""Options of every Java process: none lives long enough for its second compiler to pay, which took half of an executor's time."""
SETTINGS = {
    "spark.executor.memory": "512m",
    "spark.executor.cores": "1",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.task.maxFailures": "8",
    "spark.log.level": "WARN",
}
FOR_FEW_ROWS = {
    "spark.executor.extraJavaOptions": FAST_TO_START,
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.leafNodeDefaultParallelism": "1",
    # To plan again after each stage, and to write every plan down for the eyes, takes longer than what is planned.
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.ui.explainMode": "simple",
    # Rows are few and statements many: to compile each of them, and to send small tables to everybody, takes longer than to work it out.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.optimizer.dynamicPartitionPruning.enabled": "false",
    "spark.sql.optimizer.runtime.bloomFilter.enabled": "false",
}
"""What is for tests alone: a cluster with data has its own settings, and Lohko gives it none of these."""


def missing() -> str | None:
    """Why no cluster can be started here; None when one can."""
    if importlib.util.find_spec("pyspark") is None:
        return "PySpark is not installed: pip install 'lohko[spark]'"
    return None if shutil.which("java") else "there is no Java runtime: apt install openjdk-17-jre-headless"


@dataclass
class Cluster:
    """A running cluster: where clients connect, and its processes by name."""

    folder: Path
    port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    only_there: Path | None = None
    """A folder of which only the cluster's own processes see what is in it; None where we may not make one."""

    @property
    def inside(self) -> list[str]:
        """What begins a command that sees it."""
        return ["nsenter", f"--mount=/proc/{self.processes['namespace'].pid}/ns/mnt"] if self.only_there else []

    @property
    def remote(self) -> str:
        """The address for `--remote`."""
        return f"sc://127.0.0.1:{self.port}"

    def kill(self, name: str) -> None:
        """End one of its processes at once, and the ones that it started: a worker's executor among them."""
        process = self.processes.pop(name)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        started = children.read_text().split() if children.exists() else []
        for number in (process.pid, *map(int, started)):
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End all of it; what does not end by itself in time is killed."""
        for name in reversed(list(self.processes)):
            self.processes[name].terminate()
        for name in list(self.processes):
            try:
                self.processes[name].wait(10)
            except subprocess.TimeoutExpired:
                self.kill(name)
        self.processes.clear()


@contextmanager
def running(folder: Path, *, workers: int = 2, few_rows: bool = True) -> Iterator[Cluster]:
    """A cluster while it is needed; its logs and scratch are in the folder. Set for few rows, or as Spark comes."""
    master, remote = _free_port(), _free_port()
    cluster = Cluster(folder, remote)
    try:
        _hide(cluster)
        _start(cluster, "master", [MASTER, "--host", "127.0.0.1", "--port", str(master), "--webui-port", "0"])
        for number in range(1, workers + 1):
            place = folder / f"worker-{number}"
            options = ["--cores", "1", "--memory", "600m", "--host", "127.0.0.1", "--webui-port", "0", "--work-dir", str(place)]
            _start(cluster, f"worker-{number}", [WORKER, *options, f"spark://127.0.0.1:{master}"])
        _wait_for(cluster, "master", master)
        settings = (
            SETTINGS
            | (FOR_FEW_ROWS if few_rows else {"spark.executor.extraJavaOptions": ""})
            | {"spark.connect.grpc.binding.port": str(remote), "spark.local.dir": str(folder / "local")}
        )
        settings["spark.sql.warehouse.dir"] = str(folder / "warehouse")
        # A catalog that lasts, as clusters have one: Hive's, in a database of files.
        settings["spark.sql.catalogImplementation"] = "hive"
        settings["spark.hadoop.javax.jdo.option.ConnectionURL"] = f"jdbc:derby:;databaseName={folder / 'metastore'};create=true"
        told = [part for key, value in settings.items() for part in ("--conf", f"{key}={value}")]
        where = ["--master", f"spark://127.0.0.1:{master}", *told, "--class", SERVER, "spark-internal"]
        _start(cluster, "server", ["org.apache.spark.deploy.SparkSubmit", *where], memory="1500m")
        _wait_for(cluster, "server", remote)
        yield cluster
    finally:
        cluster.stop()


def _hide(cluster: Cluster) -> None:
    """Give the cluster a view of the disks of its own, where a folder has something in it that nobody else sees. It takes the rights of root."""
    hidden = cluster.folder / "only-there"
    hidden.mkdir()
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("nsenter"):
        return
    command = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && echo seen && exec sleep infinity', str(hidden)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    if process.stdout.readline() != b"seen\n":
        process.wait()
        return
    cluster.processes["namespace"], cluster.only_there = process, hidden


def _start(cluster: Cluster, name: str, arguments: list[str], memory: str = "192m") -> None:
    """One Java process. The scripts take its heap from one variable, that of the server too, whatever its settings say."""
    found = importlib.util.find_spec("pyspark")
    assert found is not None and found.origin is not None
    home = Path(found.origin).parent
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SPARK_")}
    environment |= {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": memory}
    environment |= {
        "SPARK_DAEMON_JAVA_OPTS": FAST_TO_START,
        "SPARK_NO_DAEMONIZE": "1",
        "SPARK_CONNECT_MODE": "0",
    }
    with (cluster.folder / f"{name}.log").open("wb") as log:
        cluster.processes[name] = subprocess.Popen(
            [*cluster.inside, str(home / "bin" / "spark-class"), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=cluster.folder,
            start_new_session=True,
        )


def _wait_for(cluster: Cluster, name: str, port: int) -> None:
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        if cluster.processes[name].poll() is not None:
            break
        with socket.socket() as one:
            one.settimeout(1)
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    log = (cluster.folder / f"{name}.log").read_text(errors="replace")
    raise RuntimeError(f"the {name} of the cluster did not start:\n{log[-3000:]}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
