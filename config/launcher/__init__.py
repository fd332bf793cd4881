"""Starts, watches and stops everything that the platform needs on one machine.

`python -m config.launcher run` is the whole platform; `… exec -- COMMAND` is one command beside the same database
and Redis. See docs/operations.md, and docs/adr/0002-embedded-services.md for why the servers are run from here.
"""
