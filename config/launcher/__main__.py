"""The command line: `python -m config.launcher run`, `… exec -- COMMAND` and `… test [pytest arguments]`."""

import argparse
import os
import sys
from pathlib import Path

from config.launcher.execute import execute, throwaway_home
from config.launcher.home import PROJECT_ROOT, Home
from config.launcher.refusals import CannotStart, sentence_for
from config.launcher.run import run
from config.launcher.testing import run_tests


def main(arguments: list[str]) -> int:
    """Do what the command line asks. Gives the exit code: 1 with one sentence when it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m config.launcher", description=__doc__)
    parser.add_argument("--home", type=Path, help="data folder (default: PARKING_HOME, else .parking)")
    verbs = parser.add_subparsers(dest="verb", required=True)
    beside = verbs.add_parser("exec", help="run one command beside the database and Redis")
    beside.add_argument("--home", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    beside.add_argument("--throwaway", action="store_true", help="with fast servers that forget everything afterwards")
    beside.add_argument("command", nargs=argparse.REMAINDER)
    verbs.add_parser("run", help="the whole platform, until Ctrl-C")
    tests = verbs.add_parser("test", help="pytest beside throw-away servers")
    tests.add_argument("arguments", nargs=argparse.REMAINDER)
    asked = parser.parse_args(arguments)
    try:
        return _do(asked)
    except CannotStart as refusal:
        return _refuse(str(refusal))
    except OSError as error:
        return _refuse(sentence_for(error))


def _do(asked: argparse.Namespace) -> int:
    match asked.verb:
        case "run":
            return run(home=_home(asked.home), port=_port())
        case "test":
            return run_tests([word for word in asked.arguments if word != "--"])
        case _:
            return _exec(asked)


def _exec(asked: argparse.Namespace) -> int:
    command = asked.command[1:] if asked.command[:1] == ["--"] else asked.command
    if not command:
        raise CannotStart("Say which command to run: exec -- COMMAND.")
    if asked.throwaway and asked.home is None:
        with throwaway_home() as home:
            return execute(command=command, home=home, throwaway=True)
    return execute(command=command, home=_home(asked.home), throwaway=asked.throwaway)


def _home(given: Path | None) -> Home:
    path = given or Path(os.environ.get("PARKING_HOME") or PROJECT_ROOT / ".parking")
    return Home(path.expanduser().absolute())


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise CannotStart(f"PORT is {given!r} and has to be a number from 1 to 65535.")
    return int(given)


def _refuse(sentence: str) -> int:
    print(f"parking: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
