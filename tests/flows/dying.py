"""A worker process that dies at a chosen moment, as `kill -9` would end it.

    python -m tests.flows.dying HOME DO WHEN

DO is `receive:<record>:<event>` (keep an event in the inbox and read it) or `approve` (approve and execute
every proposed action) or `work` (only recover). WHEN is `never`, or the qualified name of a function of
ours whose call (`>name`) or return (`<name`) ends the process at once, with no clean-up of any kind.
"""

import os
import sys
import threading
import time
from types import FrameType
from typing import Any


def die_at(when: str) -> None:
    """End the process when a function is called or has returned, in whatever thread."""
    if when == "never":
        return
    event, name = {">": "call", "<": "return"}[when[0]], when[1:]

    def watch(frame: FrameType, happened: str, _: Any) -> None:
        if happened == event and frame.f_code.co_qualname == name:
            os._exit(9)

    sys.setprofile(watch)
    threading.setprofile(watch)


def main(home: str, do: str, when: str) -> None:
    from flows import act
    from flows.durable import Work
    from flows.settings import load_settings
    from flows.wiring import Pacta
    from store import LOCAL

    with Pacta(load_settings({}, home=home)) as pacta:
        work = Work(pacta)
        die_at(when)
        work.start()
        verb, *rest = do.split(":")
        if verb == "receive":
            record, event = rest
            if pacta.store.put_inbox(event, "ironclad", record, {}, at=pacta.clock()):
                work.read_event(event)
        if verb == "approve":
            for action in pacta.store.actions(LOCAL.scope):
                if action.state.value == "proposed":
                    work.execute(act.decide(pacta, action.id, True, LOCAL).id)
        until = time.monotonic() + 60
        while time.monotonic() < until and not idle(pacta):
            time.sleep(0.05)
        work.stop()


def idle(pacta: Any) -> bool:
    from store import LOCAL

    open_states = {"approved", "failed"}
    waiting = [a for a in pacta.store.actions(LOCAL.scope) if a.state.value in open_states]
    return not waiting and not pacta.store.inbox("pending")


if __name__ == "__main__":
    main(*sys.argv[1:4])
