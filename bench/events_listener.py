"""The hearer of the bare yardstick: LISTENs and notes when each notice came."""

import sys
import time

import psycopg


def main(url: str, path: str) -> None:
    """Until it is terminated."""
    with psycopg.connect(url, autocommit=True) as session, open(path, "a", buffering=1) as notes:
        session.execute("LISTEN bench_bell")
        print("listening", flush=True)
        for notice in session.notifies():
            notes.write(f"{notice.payload} {time.time()}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
