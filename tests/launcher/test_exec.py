"""`exec`: a command beside the servers of a home."""

import signal
from pathlib import Path

import psycopg
import pytest

from tests.launcher.launching import all_gone, launch, running, wait_until

SLEEP = ("exec", "--", "sleep", "60")


def test_command_gets_addresses_and_its_exit_code_comes_back(used_home: Path) -> None:
    done = launch(used_home, "exec", "--", "sh", "-c", "echo $DATABASE_URL $REDIS_URL $SECRET_KEY; exit 7")

    assert done.returncode == 7
    database, redis, secret = done.stdout.split()
    assert database.startswith("postgresql://parking_web:")
    assert redis.startswith("redis://:")
    assert len(secret) >= 50
    assert done.stderr == ""


def test_secrets_are_kept_and_are_the_owners_alone(used_home: Path) -> None:
    show = ("exec", "--", "sh", "-c", "echo $SECRET_KEY")

    assert launch(used_home, *show).stdout == launch(used_home, *show).stdout
    assert (used_home / "secrets.json").stat().st_mode & 0o077 == 0


def test_roles_have_only_the_rights_they_need(tmp_path: Path) -> None:
    with running(tmp_path, *SLEEP) as launcher:
        launcher.query("CREATE TABLE stays (plate text)")
        with psycopg.connect(launcher.addresses["DATABASE_URL"], autocommit=True) as web:
            for forbidden in ("CREATE TABLE mine ()", "SELECT * FROM stays", "CREATE ROLE friend"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    web.execute(forbidden)  # type: ignore[call-overload]
            facts = web.execute(
                "SELECT current_setting('TimeZone'), current_setting('data_checksums'), current_setting('fsync'),"
                " current_setting('server_encoding'), 'ö粤' ~ '^\\w+$', public.show_trgm('粤') <> '{}'"
            ).fetchone()
    assert facts == ("UTC", "on", "on", "UTF8", True, True)


def test_second_command_shares_the_servers_and_the_first_waits_for_it(used_home: Path) -> None:
    with running(used_home, *SLEEP) as launcher:
        second = launch(used_home, "exec", "--", "sh", "-c", "echo $DATABASE_URL")

        assert second.stdout.strip() == launcher.addresses["DATABASE_URL"]
        with running(used_home, "exec", "--", "sleep", "2") as user:
            wait_until(lambda: len(user.family) == 1)
            assert launcher.end() != 1
            assert user.process.wait(10) == 0


def test_servers_that_the_environment_names_are_used(tmp_path: Path) -> None:
    done = launch(
        tmp_path,
        "exec",
        "--",
        "sh",
        "-c",
        "echo $DATABASE_URL $DATABASE_OWNER_URL $REDIS_URL",
        DATABASE_URL="postgresql://a@db/p",
        REDIS_URL="redis://r/1",
    )

    assert done.stdout.split() == ["postgresql://a@db/p", "postgresql://a@db/p", "redis://r/1"]
    assert not (tmp_path / "postgres").exists()


def test_throwaway_home_is_gone_afterwards(tmp_path: Path) -> None:
    done = launch(tmp_path, "exec", "--throwaway", "--", "sh", "-c", "true")
    assert done.returncode == 0

    from config.launcher.execute import throwaway_home

    with throwaway_home() as home:
        home.prepare()
        assert home.path.exists()
    assert not home.path.exists()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_ending_the_launcher_ends_all_that_it_started(used_home: Path, sent: signal.Signals) -> None:
    with running(used_home, *SLEEP) as launcher:
        wait_until(lambda: any("sleep" in member.name() for member in launcher.family))
        family = launcher.family

        launcher.end(sent)

        assert len(family) > 3
        assert all_gone(family)
