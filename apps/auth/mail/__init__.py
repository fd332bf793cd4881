"""E-mails to people: written by the worker, so that no link's secret passes through the broker."""
