"""The demo's service desk and purchasing as real systems: Request Tracker and Tryton, run on this machine."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPLACED = ("servicenow", "sap_s4hana")
"""Stand-ins whose part they take."""
QUESTIONS = (
    "Is Acme in SLA breach?",
    "Are we late paying anyone?",
    "By when must we give notice to Cirrus Ledger?",
)
"""Ticket numbers are the real desk's own, and it keeps no outages; so the questions differ a little."""


@contextmanager
def running(folder: Path) -> Iterator[dict[str, Any]]:
    """Both systems running, from what `make real-systems` made in `folder`: entries for `connectors`.

    Raises FlowError where they have not been made.
    """
    from flows.errors import FlowError
    from sandbox.real import request_tracker, tryton

    desk, books = request_tracker.Folder(folder.resolve() / "request_tracker"), folder / "tryton"
    if not (desk.ready and tryton.Folder(books.resolve()).is_made):
        raise FlowError(f"there are no real systems in {folder}", remedy="make them first: make real-systems")
    desk.renew()  # what an earlier demo wrote there is gone
    with request_tracker.start(desk, _free_port()) as tickets, tryton.start(books, _free_port()) as purchases:
        yield {"request_tracker": _desk(tickets), "tryton": _books(purchases)}


@contextmanager
def nothing() -> Iterator[dict[str, Any]]:
    """The stand-ins play their parts themselves."""
    yield {}


def _desk(running: Any) -> dict[str, Any]:
    from sandbox.real.request_tracker_setup import MAILBOX, OUR_USER

    return {
        "base_url": running.base_url,
        "auth": {"type": "basic", "user": running.credentials.user, "password": running.credentials.password},
        "party_fields": ["Supplier"],
        "statuses": {"awaiting customer": "awaiting_customer", "awaiting vendor": "awaiting_vendor"},
        "priority_levels": {0: "P5", 25: "P4", 50: "P3", 75: "P2", 100: "P1"},
        "authors": {"system": ["RT_System", MAILBOX, OUR_USER], "customer": ["*@tessaly.example"]},
    }


def _books(running: Any) -> dict[str, Any]:
    return {
        "base_url": running.base_url,
        "auth": {"type": "login", "user": running.user, "password": running.password},
        "zone": "Europe/Berlin",
        # The story's clerks enter the day an invoice came as its accounting date.
        "received_fields": ["accounting_date"],
    }


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
