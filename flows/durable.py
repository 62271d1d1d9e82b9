"""Durable work on DBOS: what was accepted is finished once, whatever dies in between.

Three kinds of work: reading what a webhook announced, executing an approved action, and the
scheduled watch (sync, assess, propose). The first two are workflows whose id is the event's or the
decision's own, so that starting one again is the same work. Steps may be repeated: the store replaces by
id, and an action's reference is looked for outside before it is written. What was accepted but never
started is started when the worker starts.
"""

from datetime import datetime
from typing import Any

from dbos import DBOS, DBOSConfig, ScheduleInput, SetWorkflowID
from dbos import error as dbos_error

from flows import act, assess, drift, ingest, sync
from flows.errors import FlowError, NotReady
from flows.wiring import Pacta
from obligations.document import Problem
from obligations.errors import PactaError
from obligations.model import ActionState
from store import Scope
from store.actions import CLAIM_FOR
from tools.kit.errors import Retryable

POLL_SECONDS = 0.05
"""How often the queue looks for work; DBOS's own default of one second is a second of waiting for each."""

ATTEMPTS = 6
QUEUE = "pacta"

_working: list[Pacta] = []
"""The product this process works for. DBOS names workflows by function, so they cannot carry it."""


def _pacta() -> Pacta:
    if not _working:
        raise NotReady(
            "no worker runs in this process", remedy="start one with `pacta serve` or `pacta work`"
        )
    return _working[-1]


class Work:
    """The worker of a process. `start` recovers what an earlier process left; `stop` ends it."""

    def __init__(self, pacta: Pacta) -> None:
        pacta.settings.home.mkdir(parents=True, exist_ok=True)
        self.pacta = pacta
        config: DBOSConfig = {
            "name": "pacta",
            "system_database_url": pacta.settings.workflow_url,
            # Work left by an older build is finished by a newer one: steps may be repeated.
            "application_version": "pacta",
            "executor_id": "local",
            "log_level": "ERROR",
            "notification_listener_polling_interval_sec": POLL_SECONDS,
        }
        DBOS(config=config)

    def start(self) -> None:
        _working.append(self.pacta)
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=1, polling_interval_sec=POLL_SECONDS)
        self.sweep()
        if schedules := self._schedules():
            DBOS.apply_schedules(schedules)

    def _schedules(self) -> list[ScheduleInput]:
        held = self.pacta.settings
        work = (("watch", watch, held.watch), ("watch_answers", watch_answers, held.watch_answers))
        return [
            {
                "schedule_name": name,
                "workflow_fn": run,
                "schedule": cron,
                "context": None,
                "cron_timezone": held.company.zone,
            }
            for name, run, cron in work
            if cron is not None
        ]

    def sweep(self) -> None:
        """Queue what was accepted and not started: by a process that died, or by an API without a worker."""
        for event in self.pacta.store.inbox("pending"):
            self.read_event(event["event_id"])
        for action in self.pacta.store.actions(Scope.all(), state=ActionState.APPROVED):
            self.execute(action.id)

    def stop(self) -> None:
        DBOS.destroy(workflow_completion_timeout_sec=5)
        _working.remove(self.pacta)

    def read_event(self, event_id: str) -> None:
        """Queue the reading of what an event in the inbox announced."""
        with SetWorkflowID(f"event:{event_id}"):
            DBOS.enqueue_workflow(QUEUE, read_event, event_id)

    def execute(self, action_id: str) -> None:
        """Queue the execution of an approved action."""
        action = self.pacta.store.action(action_id, Scope.all())
        decided = action.decided_at.isoformat() if action.decided_at else ""
        with SetWorkflowID(f"action:{action_id}:{decided}"):
            DBOS.enqueue_workflow(QUEUE, execute_action, action_id)


def _may_pass(error: BaseException) -> bool:
    """Whether trying again may help; anything else fails at once with its reason."""
    return isinstance(error, Retryable)


@DBOS.workflow()
def read_event(event_id: str) -> str:
    """Read the contract or the streams an event announced; returns why it could not be read, or nothing."""
    error = ""
    try:
        fetch_and_read(event_id)
    except dbos_error.DBOSMaxStepRetriesExceeded as failure:
        error = f"{failure.errors[-1]} (tried {len(failure.errors)} times)"
    except PactaError as failure:
        error = str(failure)
    finish_event(event_id, error)
    return error


@DBOS.step(retries_allowed=True, interval_seconds=0.5, max_attempts=ATTEMPTS, should_retry=_may_pass)
def fetch_and_read(event_id: str) -> dict[str, Any]:
    pacta = _pacta()
    event = next(e for e in pacta.store.inbox() if e["event_id"] == event_id)
    if event["body"].get("streams"):
        return _read_streams(pacta, event)
    done = ingest.ingest_record(pacta, event["system"], event["subject"])
    sync.relink(pacta)
    return {"record": event["subject"], "obligations": len(done.obligations)}


def _read_streams(pacta: Pacta, event: dict[str, Any]) -> dict[str, Any]:
    """Read the streams that an event says have changed. Events of a burst ask for the same: one reading
    that began after they came serves them all."""
    streams = event["body"]["streams"]
    same = [
        other["event_id"]
        for other in pacta.store.inbox("pending")
        if other["system"] == event["system"] and other["body"].get("streams") == streams
    ]
    if event["event_id"] not in same:
        return {"streams": streams, "new": 0}
    done = sync.sync_connector(pacta, pacta.connector(event["system"]), kinds=streams)
    failed = next((one for one in done if one.error), None)
    if failed is not None:
        if failed.later:
            raise Retryable(failed.system, failed.error, remedy=failed.remedy)
        raise FlowError(failed.error, remedy=failed.remedy)
    for served in same:
        pacta.store.finish_inbox(served, at=pacta.clock())
    return {"streams": streams, "new": sum(one.new for one in done)}


@DBOS.step()
def finish_event(event_id: str, error: str) -> None:
    pacta = _pacta()
    if error:
        remedy = "mend the cause, then send the event again"
        problem = Problem(stage="ingest", what=error, place=f"event {event_id}", remedy=remedy)
        pacta.store.put_problems([problem], at=pacta.clock())
    pacta.store.finish_inbox(event_id, error=error, at=pacta.clock())


@DBOS.workflow()
def execute_action(action_id: str) -> str:
    """Carry out an approved action, trying again for a while; returns its last state."""
    claimant = str(DBOS.workflow_id)
    state = execute_once(action_id, claimant)
    for attempt in range(ATTEMPTS - 1):
        if state in (ActionState.EXECUTED.value, ActionState.REJECTED.value):
            break
        # A claim that is not ours belongs to a process that works on it, or died: wait until it runs out.
        held = state == ActionState.APPROVED.value
        DBOS.sleep(CLAIM_FOR.total_seconds() if held else 0.5 * 2**attempt)
        state = execute_once(action_id, claimant)
    return state


@DBOS.step()
def execute_once(action_id: str, claimant: str) -> str:
    pacta = _pacta()
    act.execute(pacta, action_id, claimant)
    return pacta.store.action(action_id, Scope.all()).state.value


@DBOS.workflow()
def watch(at: datetime, context: Any) -> None:
    """The scheduled round: bring facts in, judge everything, propose what follows."""
    sync_all()
    assess_all()


@DBOS.workflow()
def watch_answers(at: datetime, context: Any) -> None:
    """The scheduled check that answers given still hold (`flows.drift`)."""
    ask_again()


@DBOS.step()
def ask_again() -> bool:
    """True where no more answers drift than may."""
    return drift.watch(_pacta()).passed


@DBOS.step()
def sync_all() -> int:
    return sum(done.new for done in sync.sync(_pacta()))


@DBOS.step()
def assess_all() -> int:
    pacta = _pacta()
    return assess.assess(pacta, Scope.all(), pacta.clock()).changed
