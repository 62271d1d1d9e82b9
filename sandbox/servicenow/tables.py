"""The rows of the ServiceNow tables as they stand at an instant, every value a string as in the database."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from sandbox.servicenow.schema import TABLES
from sandbox.tickets import CLOSED, RESOLVED, Entry, Ticket, course, stamp, sys_id, vendor_of
from sandbox.world import World
from sandbox.world.sla import Clock, clocks

Row = dict[str, str]
SET_UP_ON = "2024-01-15 08:00:00"
SET_UP_BY = "admin"
AUDITED = ("state", "priority", "hold_reason", "impact", "urgency", "assigned_to", "resolved_at", "closed_at")


class Tables:
    """All tables of one instance; `rows` gives one of them as of `now`."""

    def __init__(self, world: World, tickets: Sequence[Ticket]) -> None:
        self.world = world
        self.tickets = tickets
        self._of_ticket: dict[str, Callable[[Ticket, datetime], Iterator[Row]]] = {
            "incident": self._incident,
            "sys_journal_field": self._journal,
            "sys_audit": self._audit,
            "task_sla": self._task_slas,
        }
        self._builders: dict[str, Callable[[datetime], Iterator[Row]]] = {
            "cmdb_ci_outage": self._outages,
            "contract_sla": self._definitions,
            "core_company": self._companies,
            "cmdb_ci": self._services,
            "cmn_schedule": self._schedules,
            "sys_user": self._users,
            "sys_user_group": self._groups,
        }
        self.standing = frozenset(self._builders)

    def rows(self, table: str, now: datetime) -> list[Row]:
        """Every record of `table` known at `now`, complete with empty fields, in order of sys_id."""
        return sorted(self._all(table, now), key=lambda row: row["sys_id"])

    def _all(self, table: str, now: datetime) -> Iterator[Row]:
        if table in self._of_ticket:
            known = (ticket for ticket in self.tickets if ticket.opened_at <= now)
            return (row for ticket in known for row in self.of_ticket(table, ticket, now))
        return (_complete(table, row) for row in self._builders[table](now))

    def of_ticket(self, table: str, ticket: Ticket, now: datetime) -> list[Row]:
        """The rows of `table` that one known ticket gives, in the order in which they were written."""
        return [_complete(table, row) for row in self._of_ticket[table](ticket, now)]

    def _clocks(self, ticket: Ticket, now: datetime) -> list[Clock]:
        vendor = vendor_of(ticket, self.world)
        definitions = [one for one in self.world.definitions if one.vendor == vendor]
        return clocks(course(ticket, self.world, now), definitions, self.world.schedules)

    def _incident(self, ticket: Ticket, now: datetime) -> Iterator[Row]:
        fields, seen = ticket.fields(now), ticket.seen(now)
        last = seen[-1] if seen else Entry(ticket.opened_at, ticket.opened_by)
        yield _Incident(
            lambda: self._clocks(ticket, now),
            {
                **_EMPTY["incident"],
                **fields,
                "number": ticket.number,
                "incident_state": fields["state"],
                "active": _flag(fields["state"] not in (RESOLVED, CLOSED, "8")),
                "opened_at": stamp(ticket.opened_at),
                "severity": "3",
                "knowledge": "false",
                "escalation": "0",
                "reopen_count": "0",
                "reassignment_count": "0",
                "sys_class_name": "incident",
                **_system(ticket.sys_id, ticket.opened_at, ticket.opened_by, last.at, last.by, len(seen)),
            },
        )

    def _journal(self, ticket: Ticket, now: datetime) -> Iterator[Row]:
        for place, entry in enumerate(ticket.seen(now)):
            for element, text in (("comments", entry.comment), ("work_notes", entry.work_note)):
                if text:
                    key = f"{ticket.number}:{place}:{element}"
                    yield {
                        "name": "incident",
                        "element": element,
                        "element_id": ticket.sys_id,
                        "value": text,
                        **_system(sys_id("sys_journal_field", key), entry.at, entry.by),
                    }

    def _audit(self, ticket: Ticket, now: datetime) -> Iterator[Row]:
        for place, (entry, name, old, new) in enumerate(ticket.changes(now)):
            if name in AUDITED:
                yield {
                    "tablename": "incident",
                    "documentkey": ticket.sys_id,
                    "fieldname": name,
                    "oldvalue": old,
                    "newvalue": new,
                    "user": entry.by,
                    "record_checkpoint": str(place + 1),
                    **_system(sys_id("sys_audit", f"{ticket.number}:{place}"), entry.at, entry.by),
                }

    def _outages(self, now: datetime) -> Iterator[Row]:
        for outage in self.world.outages:
            if outage.recorded_at > now:
                continue
            over = outage.end <= now
            planned = outage.type == "planned"
            filed_by = "monitoring" if not planned else self._first_person(outage.service)
            changed = outage.end if over and not planned else outage.recorded_at
            yield {
                "number": outage.number,
                "cmdb_ci": sys_id("cmdb_ci", outage.service),
                "type": outage.type,
                "begin": stamp(outage.begin),
                "end": stamp(outage.end) if over or planned else "",
                "duration": duration(outage.end - outage.begin) if over or planned else "",
                "short_description": outage.summary,
                "task_number": sys_id("incident", outage.incident) if outage.incident else "",
                "u_announced_at": stamp(outage.announced_at) if outage.announced_at else "",
                **_system(
                    sys_id("cmdb_ci_outage", outage.number), outage.recorded_at, filed_by, changed, filed_by
                ),
            }

    def _task_slas(self, ticket: Ticket, now: datetime) -> Iterator[Row]:
        for clock in self._clocks(ticket, now):
            changed = clock.ended_at or now
            key = sys_id("task_sla", f"{ticket.number}:{clock.definition.name}")
            yield {
                "task": ticket.sys_id,
                "sla": sys_id("contract_sla", clock.definition.name),
                **self._timings(clock),
                **_system(key, ticket.opened_at, "system", changed, "system"),
            }

    def _timings(self, clock: Clock) -> Row:
        target = clock.definition.allowance
        schedule = self.world.schedules[clock.definition.schedule] if clock.definition.schedule else None
        return {
            "stage": clock.stage,
            "active": _flag(clock.ended_at is None),
            "has_breached": _flag(clock.breached),
            "start_time": stamp(clock.started_at),
            "end_time": stamp(clock.ended_at) if clock.ended_at else "",
            "planned_end_time": stamp(clock.breach_at),
            "original_breach_time": stamp(clock.original_breach_at),
            "duration": duration(clock.elapsed),
            "business_duration": duration(clock.business_elapsed),
            "pause_duration": duration(clock.paused) if clock.paused else "",
            "time_left": duration(max(target - clock.elapsed, timedelta(0))),
            "business_time_left": duration(max(target - clock.business_elapsed, timedelta(0))),
            "percentage": f"{clock.elapsed / target * 100:.2f}",
            "business_percentage": f"{clock.business_elapsed / target * 100:.2f}",
            "schedule": sys_id("cmn_schedule", schedule.name) if schedule else "",
            "timezone": schedule.zone if schedule else "",
        }

    def _definitions(self, now: datetime) -> Iterator[Row]:
        for definition in self.world.definitions:
            schedule = self.world.schedules[definition.schedule] if definition.schedule else None
            reached = "first vendor comment" if definition.target == "response" else "stateIN6,7"
            yield {
                "name": definition.name,
                "type": "Underpinning contract",
                "target": definition.target,
                "collection": "incident",
                "duration": duration(definition.allowance),
                "schedule": sys_id("cmn_schedule", schedule.name) if schedule else "",
                "timezone": schedule.zone if schedule else "",
                "vendor": sys_id("core_company", definition.vendor),
                "active": _flag(definition.until is None or definition.until > now),
                "start_condition": f"priority={definition.priority}",
                "pause_condition": "state=3^hold_reason=1",
                "stop_condition": reached,
                **_standing(sys_id("contract_sla", definition.name)),
            }

    def _companies(self, now: datetime) -> Iterator[Row]:
        for party in (self.world.us, *self.world.parties.values()):
            yield {
                "name": party.name,
                "vendor": _flag(party.supplier is not None),
                "customer": _flag(party.customer is not None),
                "primary": _flag(party is self.world.us),
                "city": party.city,
                "country": party.country,
                "u_erp_number": party.supplier or party.customer or "",
                **_standing(sys_id("core_company", party.key)),
            }

    def _services(self, now: datetime) -> Iterator[Row]:
        for service in self.world.services.values():
            yield {
                "name": service.name,
                "short_description": service.description,
                "vendor": sys_id("core_company", service.vendor),
                "operational_status": "1",
                "sys_class_name": "cmdb_ci_service",
                **_standing(sys_id("cmdb_ci", service.name)),
            }

    def _schedules(self, now: datetime) -> Iterator[Row]:
        for schedule in self.world.schedules.values():
            yield {
                "name": schedule.name,
                "time_zone": schedule.zone,
                **_standing(sys_id("cmn_schedule", schedule.name)),
            }

    def _users(self, now: datetime) -> Iterator[Row]:
        for party in (self.world.us, *self.world.parties.values()):
            for person in party.people:
                yield {
                    "user_name": person.user,
                    "name": person.name,
                    "email": person.user if "@" in person.user else "",
                    "company": sys_id("core_company", party.key),
                    "active": "true",
                    **_standing(sys_id("sys_user", person.user)),
                }

    def _groups(self, now: datetime) -> Iterator[Row]:
        for party in (self.world.us, *self.world.parties.values()):
            if party.desk:
                yield {
                    "name": party.desk,
                    "company": sys_id("core_company", party.key),
                    "active": "true",
                    **_standing(sys_id("sys_user_group", party.desk)),
                }

    def _first_person(self, service: str) -> str:
        people = self.world.party(self.world.services[service].vendor).people
        return people[0].user if people else "monitoring"


_EMPTY: dict[str, Row] = {name: dict.fromkeys(table.fields, "") for name, table in TABLES.items()}


class _Incident(Row):
    """An incident whose service level clocks are only worked out where somebody asks for what they say."""

    def __init__(self, attached: Callable[[], list[Clock]], fields: Row) -> None:
        super().__init__(fields)
        self._attached = attached
        del self["made_sla"], self["sla_due"]

    def __missing__(self, field: str) -> str:
        if field not in ("made_sla", "sla_due"):
            raise KeyError(field)
        attached = self._attached()
        running = [clock.breach_at for clock in attached if clock.ended_at is None]
        self["made_sla"] = _flag(not any(clock.breached for clock in attached))
        self["sla_due"] = stamp(min(running)) if running else ""
        return self[field]


def _complete(table: str, row: Row) -> Row:
    return row if isinstance(row, _Incident) else {**_EMPTY[table], **row}


def duration(span: timedelta) -> str:
    """A duration as the database holds it: that long after the start of 1970."""
    return stamp(datetime.fromisoformat("1970-01-01T00:00:00+00:00") + span)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _standing(key: str) -> Row:
    return {
        "sys_id": key,
        "sys_created_on": SET_UP_ON,
        "sys_created_by": SET_UP_BY,
        "sys_updated_on": SET_UP_ON,
        "sys_updated_by": SET_UP_BY,
        "sys_mod_count": "0",
    }


def _system(
    key: str,
    created_at: datetime,
    created_by: str,
    updated_at: datetime | None = None,
    updated_by: str = "",
    changes: int = 0,
) -> Row:
    return {
        "sys_id": key,
        "sys_created_on": stamp(created_at),
        "sys_created_by": created_by,
        "sys_updated_on": stamp(updated_at or created_at),
        "sys_updated_by": updated_by or created_by,
        "sys_mod_count": str(changes),
    }
