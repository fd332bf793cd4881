"""Why handler and relay need not wait for the disk: what a crash of the server takes back, it takes back from the end.

A server of the test's own, durable as in production, is killed with all its processes while a handler's effects and
the relay's deletions are committed without waiting. The controls: an acknowledgement that is kept elsewhere, and a
deletion that is committed first.
"""

import os
import signal
import threading
import time

import psycopg
import pytest

from apps.core import clock
from apps.core.events.courier import CLAIM
from apps.core.events.relay import SESSION_OPTIONS
from apps.core.ids import new_id
from config.launcher.environment import for_command
from config.launcher.home import Home
from config.launcher.ports import choose_port
from config.launcher.postgres import Postgres

EVENTS, KILLS, TAKEN_BEFORE_KILL = 4_000, 2, 300
TABLES = """
CREATE SCHEMA t_crash;
CREATE TABLE t_crash.core_eventinbox
    (consumer text, event_id uuid, handled_at timestamptz, PRIMARY KEY (consumer, event_id));
CREATE TABLE t_crash.effect (event_id uuid);
CREATE TABLE outbox (position bigserial PRIMARY KEY, event_id uuid);
"""


class Server:
    """A PostgreSQL that can be killed as by a power cut of its process, and that comes back with its data."""

    def __init__(self, folder):
        self._home = Home(folder)
        self._home.prepare()
        self._postgres = Postgres(home=self._home)
        self._postgres.make_data_folder()
        self._port = choose_port(home=folder, purpose="database")
        self.url = self._postgres.url(role="postgres", port=self._port, database="postgres")
        self._child = self._postgres.child(port=self._port, env=for_command(self._home, {}))

    def start(self):
        until = time.monotonic() + 60
        while not self._postgres.answers(port=self._port):
            assert time.monotonic() < until, self._child.log.read_text()[-2000:]
            if not self._child.is_alive():  # the last backend of the one before may still hold the folder
                self._child.start()
            time.sleep(0.1)

    def kill(self):
        os.killpg(self._child.pid, signal.SIGKILL)
        while self._child.is_alive():
            time.sleep(0.02)

    def stop(self):
        self._child.stop()


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "home")
    try:
        server.start()
        with psycopg.connect(server.url, autocommit=True) as owner:
            owner.execute(TABLES)
        yield server
    finally:
        server.stop()


def deliver(url, told, *, commit_effects=True):
    """As courier and relay do: effect with inbox row, committed; told elsewhere; then the outbox row goes."""
    with (
        psycopg.connect(url) as handler,
        psycopg.connect(url, autocommit=True, options=SESSION_OPTIONS) as relay,
    ):
        for position, event_id in relay.execute("SELECT position, event_id FROM outbox ORDER BY position").fetchall():
            claim = {"consumer": "handler", "event_ids": [event_id], "at": clock.now()}
            if handler.execute(CLAIM.replace("{schema}", "t_crash"), claim).rowcount:
                handler.execute("INSERT INTO t_crash.effect VALUES (%s)", [event_id])
            if commit_effects:
                handler.commit()
            told.append(event_id)
            relay.execute("DELETE FROM outbox WHERE position = %s", [position])


def column(url, query):
    with psycopg.connect(url) as reader:
        return [row[0] for row in reader.execute(query).fetchall()]


def killed_while_delivering(server, told, **how):
    """Let it deliver so many, kill the server, and start it again."""

    def until_it_breaks():
        try:
            deliver(server.url, told, **how)
        except psycopg.OperationalError:
            broken.set()

    before, broken = len(told), threading.Event()
    thread = threading.Thread(target=until_it_breaks)
    thread.start()
    while len(told) < before + TAKEN_BEFORE_KILL:
        assert thread.is_alive()
        time.sleep(0.01)
    time.sleep(0.3)  # in which the journal's first part gets to the disk
    server.kill()
    thread.join(30)
    assert broken.is_set()
    server.start()


def publish(server):
    published = [new_id() for _ in range(EVENTS)]
    with psycopg.connect(server.url) as publisher:
        publisher.cursor().executemany("INSERT INTO outbox (event_id) VALUES (%s)", [[each] for each in published])
    return published


def test_control_a_deletion_that_is_committed_before_the_effect_loses_it(server):
    published = publish(server)
    killed_while_delivering(server, [], commit_effects=False)
    assert column(server.url, "SELECT event_id FROM t_crash.effect") == []
    assert len(column(server.url, "SELECT event_id FROM outbox")) < len(published)


def test_no_deletion_outlives_a_crash_that_takes_its_effect_back(server):
    published, told, lost_though_told = publish(server), [], 0
    for _ in range(KILLS):
        killed_while_delivering(server, told)
        effects = column(server.url, "SELECT event_id FROM t_crash.effect")
        assert sorted(effects) == sorted(column(server.url, "SELECT event_id FROM t_crash.core_eventinbox"))
        assert len(effects) == len(set(effects))
        waiting = set(column(server.url, "SELECT event_id FROM outbox"))
        assert waiting | set(effects) == set(published)
        lost_though_told += len(set(told) - set(effects))
    assert lost_though_told > 0  # the control: whoever was told elsewhere would now believe what is not so
    deliver(server.url, told)
    assert sorted(column(server.url, "SELECT event_id FROM t_crash.effect")) == sorted(published)
    assert column(server.url, "SELECT event_id FROM outbox") == []
