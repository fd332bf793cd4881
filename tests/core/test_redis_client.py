"""The lean way to Redis: replies in their order, lost connections replaced, no reply ever taken for another's."""

import os
import threading

import pytest
import redis

from apps.core.redis_client import ask, client


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    client().flushdb()


def test_replies_come_in_the_order_of_the_commands() -> None:
    assert ask(("SET", "a", "1"), ("INCR", "a"), ("GET", "a"), ("GET", "none")) == [b"OK", 2, b"2", None]


def test_a_connection_that_the_server_closed_is_replaced() -> None:
    (mine,) = ask(("CLIENT", "ID"))
    client().client_kill_filter(_id=str(mine))
    assert ask(("INCR", "n")) == [1]


def test_after_a_refusal_no_reply_is_left_over_for_the_next_command() -> None:
    client().set("text", "abc")
    with pytest.raises(redis.ResponseError):
        ask(("INCR", "text"), ("GET", "text"))
    assert ask(("PING",)) == [b"PONG"]


def test_threads_never_share_a_connection() -> None:
    wrong = []

    def echo(number: int) -> None:
        for turn in range(200):
            said = f"{number}-{turn}".encode()
            if ask(("ECHO", said)) != [said]:
                wrong.append(said)

    threads = [threading.Thread(target=echo, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_forked_process_makes_connections_of_its_own() -> None:
    mine = ask(("CLIENT", "ID"))
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(ask(("CLIENT", "ID"))).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100).decode() != str(mine)
    assert ask(("CLIENT", "ID")) == mine
