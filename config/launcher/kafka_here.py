"""`make kafka`: a broker in the foreground, for development; it keeps its data in PARKING_HOME/kafka."""

import os
import sys
from pathlib import Path

from config.launcher.console import Console
from config.launcher.home import PROJECT_ROOT, Home
from config.launcher.kafka_broker import KafkaBroker
from config.launcher.kafka_programs import KAFKA_VERSION, find_java, get_programs
from config.launcher.leftovers import stop_leftovers
from config.launcher.refusals import CannotStart, sentence_for
from config.launcher.supervisor import StopRequested, Supervisor

_START_SECONDS = 120.0


def serve(home: Home) -> None:
    """Run a broker until Ctrl-C, and start it again should it die. Raises CannotStart."""
    console = Console()
    home.prepare()
    if not home.try_lock():
        raise CannotStart(f"A broker already runs on {home.path} (process {home.holder()}).")
    supervisor = Supervisor(home, console)
    with supervisor.listening_for_stop():
        try:
            _start(supervisor, KafkaBroker(home.path))
            supervisor.wait_until(lambda: False, seconds=float("inf"))
        except StopRequested:
            console.say("\nStopping…")
        finally:
            supervisor.stop_all()
            home.release()
    console.say("Stopped; the data is kept.")


def _start(supervisor: Supervisor, broker: KafkaBroker) -> None:
    console = supervisor.console
    stop_leftovers(supervisor.home)
    find_java()
    with console.step(f"getting Kafka {KAFKA_VERSION} (once, 45 MB)", f"Kafka {KAFKA_VERSION} is here"):
        get_programs()
    with console.step("starting the broker", "the broker is up"):
        child = broker.prepare()
        child.revived = False
        supervisor.launch(child)
        supervisor.wait_until(lambda: not child.is_alive() or broker.answers(), seconds=_START_SECONDS)
        if not child.is_alive() or not broker.answers():
            raise CannotStart(f"Kafka did not start: {broker.last_words()} (the whole story: {child.log}).")
        child.revived = True
    console.say(
        f"\nGive its address to the platform, in another terminal:\n\n"
        f"  export KAFKA_BOOTSTRAP_SERVERS={broker.bootstrap_servers}\n  make run\n\n"
        f"Ctrl-C stops it and keeps the data in {broker.folder}.\n"
    )


def main() -> int:
    """Serve; gives the exit code, 1 with one sentence when it cannot be done."""
    path = Path(os.environ.get("PARKING_HOME") or PROJECT_ROOT / ".parking")
    try:
        serve(Home(path.expanduser().absolute() / "kafka"))
    except (CannotStart, OSError) as error:
        print(f"parking: {error if isinstance(error, CannotStart) else sentence_for(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
