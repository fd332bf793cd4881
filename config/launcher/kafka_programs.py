"""Where Apache Kafka's own programs are: gets them from Maven Central once, for `make kafka` and for the tests.

There is no wheel of a broker, and a container is more than a development machine may have. Java and Maven suffice.
"""

import fcntl
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from config.launcher.refusals import CannotStart

KAFKA_VERSION = "4.1.1"
JAVA_VERSION = 17  # the least that Kafka 4's broker runs on
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_GET_SECONDS = 300.0
_FAILURE_SECONDS = 600.0
# slf4j's way to log4j is in Kafka's tarball, but not among the dependencies of its jar; without it the broker is mute
_PROJECT = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>parking</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version>
    </dependency>
  </dependencies>
</project>
"""


def cache_folder() -> Path:
    """What is fetched once for a user, whatever the home folder: XDG_CACHE_HOME/parking, or ~/.cache/parking."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").expanduser() / "parking"


def find_java() -> str:
    """The path of a Java that runs the broker. Raises CannotStart."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    if java is None:
        raise CannotStart(
            f"Kafka needs Java {JAVA_VERSION} or later: install it (e.g. `apt-get install openjdk-17-jre-headless "
            f"maven`), or set KAFKA_BOOTSTRAP_SERVERS to a broker."
        )
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < JAVA_VERSION:
        found = version[1] if version else "of an unknown version"
        raise CannotStart(
            f"Kafka needs Java {JAVA_VERSION} or later, and {java} is {found}: set JAVA_HOME to a later one."
        )
    return java


def get_programs(*, after_failure: bool = True) -> Path:
    """The folder of the broker's jars, fetched where it is missing. Raises CannotStart.

    Without `after_failure` it is not tried again for ten minutes after it has failed: the tests ask in each process.
    """
    folder = cache_folder() / f"kafka-{KAFKA_VERSION}"
    if folder.exists():
        return folder
    failed = folder.with_suffix(".failed")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder
        if not after_failure and failed.exists() and time.time() - failed.stat().st_mtime < _FAILURE_SECONDS:
            raise CannotStart(failed.read_text())
        try:
            _get(folder)
        except CannotStart as refusal:
            failed.write_text(str(refusal))
            raise
        failed.unlink(missing_ok=True)
    return folder


def _get(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise CannotStart(
            "Kafka's programs come by Maven, which is missing: install it (e.g. `apt-get install maven`), "
            "or set KAFKA_BOOTSTRAP_SERVERS to a broker."
        )
    draft = folder.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    (draft / "pom.xml").write_text(_PROJECT)
    command = [maven, "-B", "-q", "--strict-checksums", _COPY, "-DincludeScope=runtime", "-DoutputDirectory=."]
    try:
        done = subprocess.run(command, cwd=draft, capture_output=True, text=True, timeout=_GET_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise CannotStart(
            f"Maven did not fetch Kafka {KAFKA_VERSION} within {_GET_SECONDS:.0f} s: try again."
        ) from error
    if done.returncode or not list(draft.glob("kafka_2.13-*.jar")):
        reason = next((line for line in done.stdout.splitlines() if "ERROR" in line), "it said nothing")
        raise CannotStart(f"Maven could not fetch Kafka {KAFKA_VERSION} (is there a network?): {reason[:300]}")
    draft.rename(folder)
