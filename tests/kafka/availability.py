"""Whether there is a real broker to be had."""

import os
from functools import cache

from config.launcher.kafka_programs import find_java, get_programs
from config.launcher.refusals import CannotStart

OUTSIDE = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")


@cache
def why_no_real_broker() -> str:
    """Empty where there is a real broker or one can be started; else why there is none."""
    if OUTSIDE:
        return ""
    return why_no_broker_of_our_own()


@cache
def why_no_broker_of_our_own() -> str:
    """Empty where a test may start brokers, and kill them; else why it may not."""
    try:
        find_java()
        get_programs(after_failure=False)
    except (CannotStart, OSError) as reason:
        return str(reason)
    return ""
