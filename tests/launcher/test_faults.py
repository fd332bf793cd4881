"""Servers and launchers that are killed: the data stays, and nobody is left behind."""

import os
import signal
from pathlib import Path

from tests.launcher.launching import all_gone, launch, running, wait_until

SLEEP = ("exec", "--", "sleep", "60")


def test_killed_database_comes_back_with_its_data(used_home: Path) -> None:
    with running(used_home, *SLEEP) as launcher:
        launcher.query("CREATE TABLE stays AS SELECT 'B-AR 1234' AS plate")
        before = launcher.postmaster()

        os.kill(before, signal.SIGKILL)
        wait_until(lambda: (used_home / "postgres/postmaster.pid").exists() and launcher.postmaster() != before)

        assert launcher.query("SELECT plate FROM stays") == [("B-AR 1234",)]


def test_killed_redis_comes_back_with_its_tasks(used_home: Path) -> None:
    import redis

    with running(used_home, *SLEEP) as launcher:
        with redis.Redis.from_url(launcher.addresses["REDIS_URL"]) as client:
            client.rpush("parking", "task")
            os.kill(client.info("server")["process_id"], signal.SIGKILL)

        def answers() -> bool:
            with redis.Redis.from_url(launcher.addresses["REDIS_URL"]) as again:
                try:
                    return again.lrange("parking", 0, -1) == [b"task"]
                except redis.RedisError:
                    return False

        wait_until(answers)


def test_killed_launcher_leaves_nobody_behind_and_the_next_start_has_the_data(used_home: Path) -> None:
    with running(used_home, *SLEEP) as launcher:
        launcher.query("CREATE TABLE stays AS SELECT 'B-AR 1234' AS plate")
        family = launcher.family

        launcher.end(signal.SIGKILL)

        wait_until(lambda: all_gone(family))
    (used_home / "endpoints.json").unlink()
    with running(used_home, *SLEEP) as launcher:
        assert launcher.query("SELECT plate FROM stays") == [("B-AR 1234",)]


def test_servers_that_outlived_their_launcher_are_stopped_by_the_next_start(used_home: Path) -> None:
    """As where the kernel sends no signal when a parent dies: the server is handed to somebody else and goes on."""
    with running(used_home, *SLEEP) as launcher:
        postmaster = launcher.postmaster()
        os.kill(postmaster, signal.SIGSTOP)  # it cannot hear its parent's death
        launcher.end(signal.SIGKILL)

        os.kill(postmaster, signal.SIGCONT)
        done = launch(used_home, "exec", "--", "true")

    assert done.returncode == 0, done.stderr
