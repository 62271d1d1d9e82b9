"""Durable work on DBOS: what was accepted is finished once, whatever dies in between.

Two kinds of work: reading a contract that a webhook announced, and executing an approved action. Each is
a workflow whose id is the event's or the action's own, so that starting it again is the same work, and
whose steps may be repeated: the store replaces by id, and an action's reference is looked for outside
before it is written. What was accepted but never started is started when the worker starts.
"""

from datetime import timedelta
from typing import Any

from dbos import DBOS, DBOSConfig, DBOSConfiguredInstance, Queue, SetWorkflowID
from dbos import error as dbos_error

from flows import act, ingest, sync
from flows.wiring import Pacta
from obligations.document import Problem
from obligations.errors import PactaError
from obligations.model import ActionState
from store import Scope
from tools.kit.errors import Retryable

POLL_SECONDS = 0.05
"""How often the queue looks for work; DBOS's own default of one second is a second of waiting for each."""

QUEUE = Queue("pacta", worker_concurrency=1, polling_interval_sec=POLL_SECONDS)


def _may_pass(error: BaseException) -> bool:
    """Whether trying again may help; anything else fails at once with its reason."""
    return isinstance(error, Retryable)


@DBOS.dbos_class()
class Work(DBOSConfiguredInstance):
    """The worker. One in a process; `start` recovers what an earlier process left, `stop` ends it."""

    def __init__(self, pacta: Pacta) -> None:
        settings = pacta.settings
        settings.home.mkdir(parents=True, exist_ok=True)
        self.pacta = pacta
        config: DBOSConfig = {
            "name": "pacta",
            "system_database_url": settings.workflow_url,
            # Work left by an older build is finished by a newer one: steps may be repeated.
            "application_version": "pacta",
            "executor_id": "local",
            "log_level": "ERROR",
            "notification_listener_polling_interval_sec": POLL_SECONDS,
        }
        self._dbos = DBOS(config=config)
        super().__init__(config_name="pacta")

    def start(self) -> None:
        DBOS.launch()
        for event in self.pacta.store.inbox("pending"):
            self.read_event(event["event_id"])
        for action in self.pacta.store.actions(Scope.all(), state=ActionState.APPROVED):
            self.execute(action.id)

    def stop(self) -> None:
        DBOS.destroy(workflow_completion_timeout_sec=5)

    def read_event(self, event_id: str) -> None:
        """Queue the reading of the contract that an event in the inbox announced."""
        with SetWorkflowID(f"event:{event_id}"):
            QUEUE.enqueue(self._read_event, event_id)

    def execute(self, action_id: str) -> None:
        """Queue the execution of an approved action."""
        action = self.pacta.store.action(action_id, Scope.all())
        decided = action.decided_at.isoformat() if action.decided_at else ""
        with SetWorkflowID(f"action:{action_id}:{decided}"):
            QUEUE.enqueue(self._execute, action_id)

    @DBOS.workflow()
    def _read_event(self, event_id: str) -> str:
        error = ""
        try:
            self._fetch_and_read(event_id)
        except (PactaError, dbos_error.DBOSMaxStepRetriesExceeded) as failure:
            error = _reason(failure)
        self._finish_event(event_id, error)
        return error

    @DBOS.step(
        retries_allowed=True, interval_seconds=0.5, max_attempts=6, backoff_rate=2.0, should_retry=_may_pass
    )
    def _fetch_and_read(self, event_id: str) -> dict[str, Any]:
        event = next(e for e in self.pacta.store.inbox() if e["event_id"] == event_id)
        done = ingest.ingest_record(self.pacta, event["system"], event["subject"])
        sync.relink(self.pacta)
        return {"contract": event["subject"], "obligations": len(done.obligations)}

    @DBOS.step()
    def _finish_event(self, event_id: str, error: str) -> None:
        at = self.pacta.clock()
        if error:
            problem = Problem(
                stage="ingest", what=error, place=event_id, remedy="correct it and send the event again"
            )
            self.pacta.store.put_problems([problem], at=at)
        self.pacta.store.finish_inbox(event_id, error=error, at=at)

    @DBOS.workflow()
    def _execute(self, action_id: str) -> str:
        for attempt in range(4):
            state = self._execute_once(action_id)
            if state != ActionState.FAILED.value:
                break
            DBOS.sleep(timedelta(seconds=2**attempt).total_seconds())
        return state

    @DBOS.step()
    def _execute_once(self, action_id: str) -> str:
        done = act.execute(self.pacta, action_id)
        return done.state.value if done is not None else "done"


def _reason(failure: Exception) -> str:
    if isinstance(failure, dbos_error.DBOSMaxStepRetriesExceeded) and failure.errors:
        return f"{failure.errors[-1]} (tried {len(failure.errors)} times)"
    return str(failure)
