"""Reading occupancy over HTTP while nothing changes."""

import argparse
from pathlib import Path

from bench import contestants
from bench.figures import Figures, Sample
from bench.load import request, send_all
from bench.meter import Meter
from bench.yard import Yard

CONNECTIONS = 32
REQUESTS, QUICK_REQUESTS = 6_000, 2_000
PATH = "/api/v1/parking/occupancy"


def measure(yard: Yard, meter: Meter, asked: argparse.Namespace, logs: Path) -> int:
    """Print the figures."""
    figures = Figures()
    count = QUICK_REQUESTS if asked.quick else REQUESTS
    queried = 0
    with contestants.product(yard, threads=asked.threads, logs=logs) as product:
        tokens = yard.sign_in(product.port)
        reads = [request("GET", PATH, host=lot.host, token=tokens[lot.schema]) for lot in yard.lots]
        requests = [reads[number % len(reads)] for number in range(count)]
        for number in range(asked.rounds + 1):
            before = _last_queries(yard)
            meter.wait_for_quiet()
            with meter.measuring(product) as used:
                sent = send_all(requests, port=product.port, connections=CONNECTIONS, expected=200)
            if number:
                queried += _last_queries(yard) != before
                figures.add("read", Sample.of_service(sent, used))
                print(f"round {number} of {asked.rounds}: {figures.latest()}", flush=True)
    figures.print_reads()
    print(f"rounds in which any session of the web processes sent PostgreSQL anything: {queried} of {asked.rounds}")
    return 1 if queried else 0


def _last_queries(yard: Yard) -> list[tuple[object, ...]]:
    """When each session of the web processes last sent a query: exact at once, unlike the counters of pg_stat."""
    with yard.connect() as session:
        return session.execute(
            "SELECT pid, query_start FROM pg_stat_activity WHERE application_name = 'web' AND datname <> 'postgres'"
            " ORDER BY pid"
        ).fetchall()
