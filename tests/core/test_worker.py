"""A process of the worker, as Celery begins it."""

import subprocess
import sys

BEGIN = """
import gc
from celery.signals import worker_process_init
import config.celery
held = gc.get_freeze_count()
worker_process_init.send(sender=None)
print(held, gc.get_freeze_count())
"""


def test_what_it_has_loaded_is_not_gone_over_again() -> None:
    ran = subprocess.run([sys.executable, "-c", BEGIN], capture_output=True, text=True, check=True)
    before, after = map(int, ran.stdout.split())
    assert before == 0
    assert after > 10_000
