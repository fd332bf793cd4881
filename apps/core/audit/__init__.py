"""The audit trail: who did what, when, from where, before and after: the events, and rows for what is none."""

from .origin import acting
from .recording import Subject, record, record_for_platform, record_read

__all__ = ["Subject", "acting", "record", "record_for_platform", "record_read"]
