"""A real Apache Kafka of one node on the loopback address: for development and tests, never for a fleet.

It keeps its data in a folder of its own and takes it up again, also after a kill -9.
"""

import base64
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from config.launcher.children import Child
from config.launcher.kafka_programs import find_java, get_programs
from config.launcher.ports import LOOPBACK, choose_port
from config.launcher.refusals import CannotStart

_START_SECONDS = 120.0
_JAVA = ["-Xms96m", "-Xmx384m", "-XX:+UseSerialGC"]
_LOGGING = """status = error
appender.console.type = Console
appender.console.name = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = WARN
rootLogger.appenderRef.console.ref = CONSOLE
"""


@dataclass
class KafkaBroker:
    """A broker with its data in `folder`; always with a plain listener, on a port that stays the same.

    `listeners` adds others, name by name with the security protocol, e.g. {"CLIENTS": "SASL_SSL"}; `properties` are
    further lines of server.properties; `users` are name and password for SCRAM, known from the first start on.
    Topics are not made by themselves.
    """

    folder: Path
    properties: Mapping[str, str] = field(default_factory=dict)
    listeners: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)
    _ports: dict[str, int] = field(default_factory=dict, repr=False)
    _child: Child | None = field(default=None, repr=False)

    @property
    def bootstrap_servers(self) -> str:
        return self.address("PLAINTEXT")

    def address(self, listener: str) -> str:
        """The host and port of a listener, by its name."""
        return f"{LOOPBACK}:{self._port(listener)}"

    def prepare(self) -> Child:
        """Format the data folder where it is new, write the settings, and give the process. Raises CannotStart."""
        self.folder.mkdir(parents=True, exist_ok=True)
        logging = self.folder / "log4j2.properties"
        logging.write_text(_LOGGING)
        java = [find_java(), *_JAVA, f"-Dlog4j2.configurationFile={logging}", "-cp", f"{get_programs()}/*"]
        settings = self.folder / "server.properties"
        settings.write_text("".join(f"{name}={value}\n" for name, value in self._settings().items()))
        if not (self.folder / "data" / "meta.properties").exists():
            self._format([*java, "kafka.tools.StorageTool"], settings)
        return Child(
            name="kafka",
            command=[*java, "kafka.Kafka", str(settings)],
            env=os.environ,
            log=self.folder / "kafka.log",
            grace_seconds=30.0,
            keeps_data=True,
        )

    def start(self) -> None:
        """Start it, with the data that it has, and wait until it answers. Raises CannotStart."""
        self._child = self.prepare()
        self._child.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self.answers():
            if not self._child.is_alive() or time.monotonic() > deadline:
                self._child.stop()
                raise CannotStart(f"Kafka did not start: {self.last_words()} (the whole story: {self._child.log}).")
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL: what the machine had not written is lost to it, as in a crash of the process."""
        self._signal(signal.SIGKILL)
        assert self._child is not None
        self._child.wait_stopped(time.monotonic() + 10)

    def suspend(self) -> None:
        """Have it take connections and answer nothing, as a machine does that has hung."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on where it was suspended."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """An orderly end; the data stays."""
        if self._child is not None:
            self._child.stop()

    def answers(self) -> bool:
        """Say whether a client would be served."""
        try:
            admin = KafkaAdminClient(
                bootstrap_servers=self.bootstrap_servers, bootstrap_timeout_ms=1000, request_timeout_ms=2000
            )
            try:
                return bool(admin.describe_cluster()["brokers"])
            finally:
                admin.close()
        except (KafkaError, OSError):
            return False

    def last_words(self) -> str:
        """The last line of its log."""
        log = self.folder / "kafka.log"
        lines = log.read_text(errors="replace").split("\n") if log.exists() else []
        return next((line.strip() for line in reversed(lines) if line.strip()), "it wrote nothing")

    def _signal(self, sent: signal.Signals) -> None:
        assert self._child is not None
        assert self._child.pid is not None
        os.kill(self._child.pid, sent)

    def _port(self, listener: str) -> int:
        if listener not in self._ports:
            self._ports[listener] = choose_port(home=self.folder, purpose=f"kafka {listener}")
        return self._ports[listener]

    def _settings(self) -> dict[str, str]:
        protocols = {"PLAINTEXT": "PLAINTEXT", **self.listeners}
        clients = [f"{name}://{self.address(name)}" for name in protocols]
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{self.address('CONTROLLER')}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listeners": ",".join([*clients, f"CONTROLLER://{self.address('CONTROLLER')}"]),
            "advertised.listeners": ",".join(clients),
            "listener.security.protocol.map": ",".join(
                f"{name}:{protocol}" for name, protocol in {**protocols, "CONTROLLER": "PLAINTEXT"}.items()
            ),
            "log.dirs": str(self.folder / "data"),
            "auto.create.topics.enable": "false",
            # After a kill -9 its own old session has to run out before it may come back.
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            "offsets.topic.num.partitions": "1",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            **self.properties,
        }

    def _format(self, tool: Sequence[str], settings: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")
        command = [*tool, "format", "--cluster-id", cluster, "--config", str(settings), "--ignore-formatted"]
        for name, password in self.users.items():
            command += ["--add-scram", f"SCRAM-SHA-256=[name={name},password={password}]"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotStart(f"Kafka's folder {self.folder} could not be made: {(done.stdout + done.stderr).strip()}")
