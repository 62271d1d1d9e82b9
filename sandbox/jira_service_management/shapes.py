"""How Jira Cloud writes its resources as JSON: users, statuses, issues, comments, documents, dates.

Platform times are `2026-10-14T02:10:00.000+0200` in the zone of the user; version 3 of the API writes and
takes long texts as Atlassian documents, version 2 as plain text.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.jira_service_management.fields import (
    CATEGORIES,
    FIELDS,
    ISSUE_TYPE,
    PRIORITIES,
    RESOLUTIONS,
    STATUSES,
)
from sandbox.jira_service_management.jql import ZONE
from sandbox.jira_service_management.records import (
    AUTOMATION,
    CONTRACT,
    FIRST_RESPONSE,
    LINK,
    ORGANIZATIONS,
    READING,
    REFERENCE,
    REQUEST_TYPE,
    RESOLUTION,
    SERVICE,
    SUPPLIER,
    Change,
    Comment,
    Desk,
    Issue,
    Value,
    account_id,
    site,
)
from sandbox.jira_service_management.slas import METRICS, Cycle, cycles
from sandbox.world import World

Json = dict[str, Any]
MOST_HISTORIES = 40
MENTION = re.compile(r"\[~accountid:([^\]]+)\]")


def stamp(at: datetime) -> str:
    """An instant as the platform writes it to the integration user."""
    local = at.astimezone(ZONE)
    return local.strftime("%Y-%m-%dT%H:%M:%S.") + f"{local.microsecond // 1000:03d}" + local.strftime("%z")


def date(at: datetime) -> Json:
    """An instant as Service Management writes it."""
    local = at.astimezone(ZONE)
    hour = local.hour % 12 or 12
    return {
        "iso8601": local.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "jira": stamp(at),
        "friendly": f"{local.day:02d}/{local:%b}/{local:%y} {hour}:{local:%M %p}",
        "epochMillis": int(at.timestamp() * 1000),
    }


def duration(span: timedelta) -> Json:
    minutes = abs(int(span.total_seconds())) // 60
    text = f"{minutes // 60}h {minutes % 60}m" if minutes >= 60 else f"{minutes}m"
    sign = "-" if span < timedelta(0) else ""
    return {"millis": int(span.total_seconds() * 1000), "friendly": sign + text}


def document(text: str) -> Json | None:
    """Plain text as an Atlassian document; None for none."""
    if not text:
        return None
    blocks = []
    for block in text.split("\n\n"):
        content: list[Json] = []
        for index, line in enumerate(block.split("\n")):
            content += [{"type": "hardBreak"}] if index else []
            content += _inline(line)
        blocks.append({"type": "paragraph", "content": content})
    return {"type": "doc", "version": 1, "content": blocks}


def _inline(line: str) -> list[Json]:
    """The nodes of one line; a mention is `[~accountid:…]` in plain text and a node of its own here."""
    found: list[Json] = []
    for index, part in enumerate(MENTION.split(line)):
        if index % 2:
            names = [person.name for person in site().people.values() if account_id(person.user) == part]
            text = f"@{names[0]}" if names else "@Unknown"
            found.append({"type": "mention", "attrs": {"id": part, "text": text, "accessLevel": ""}})
        elif part:
            found.append({"type": "text", "text": part})
    return found


def plain(node: Any) -> str:
    """The text of an Atlassian document. Raises ValueError for what is none."""
    if not isinstance(node, dict) or node.get("type") != "doc" or node.get("version") != 1:
        raise ValueError("not an Atlassian document")
    if not isinstance(node.get("content"), list):
        raise ValueError("not an Atlassian document")
    return "\n\n".join(_text(block) for block in node["content"])


def _text(node: Any) -> str:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        raise ValueError("not an Atlassian document")
    if node["type"] == "text":
        return str(node["text"])
    if node["type"] == "hardBreak":
        return "\n"
    if node["type"] == "mention":
        return f"[~accountid:{node['attrs']['id']}]"
    inner = [_text(child) for child in node.get("content", ())]
    return ("\n" if node["type"] in ("bulletList", "orderedList") else "").join(inner)


@dataclass(frozen=True)
class Shapes:
    """Writes resources for one request: `base` without a slash at its end, `version` 2 or 3."""

    world: World
    now: datetime
    base: str
    version: str = "3"

    @property
    def rest(self) -> str:
        return f"{self.base}/rest/api/{self.version}"

    @property
    def desk_rest(self) -> str:
        return f"{self.base}/rest/servicedeskapi"

    def long_text(self, text: str) -> Any:
        if self.version == "3":
            return document(text)
        return text or None

    # -- people -------------------------------------------------------------------------------------

    def user(self, name: str) -> Json | None:
        """A user; without the address where the person keeps it to themselves."""
        person = site().people.get(name)
        if person is None:
            return None
        account = account_id(name)
        kind = "app" if name == AUTOMATION else "customer" if person.party == "orchard" else "atlassian"
        address = {} if person.hidden else {"emailAddress": person.user}
        return {
            "self": f"{self.rest}/user?accountId={account}",
            "accountId": account,
            **address,
            "avatarUrls": self._avatars(),
            "displayName": person.name,
            "active": True,
            "timeZone": "America/New_York" if person.party == "orchard" else "Europe/Berlin",
            "accountType": kind,
        }

    def _avatars(self) -> Json:
        return {f"{size}x{size}": f"{self.base}/avatar/{size}.png" for size in (48, 24, 16, 32)}

    def desk_user(self, name: str) -> Json | None:
        user = self.user(name)
        if user is None:
            return None
        links = {
            "self": user["self"],
            "jiraRest": user["self"],
            "avatarUrls": user["avatarUrls"],
        }
        kept = ("accountId", "emailAddress", "displayName", "active", "timeZone")
        return {**{key: user[key] for key in kept if key in user}, "_links": links}

    # -- lists of values ----------------------------------------------------------------------------

    def status(self, name: str) -> Json:
        number, category = STATUSES[name]
        return {
            "self": f"{self.rest}/status/{number}",
            "description": "",
            "iconUrl": f"{self.base}/images/icons/status.png",
            "name": name,
            "id": number,
            "statusCategory": self.category(category),
        }

    def category(self, key: str) -> Json:
        number, colour, name = CATEGORIES[key]
        return {
            "self": f"{self.rest}/statuscategory/{number}",
            "id": number,
            "key": key,
            "colorName": colour,
            "name": name,
        }

    def priority(self, number: str) -> Json:
        icon = f"{self.base}/images/icons/priority{number}.svg"
        name = PRIORITIES[number]
        return {"self": f"{self.rest}/priority/{number}", "iconUrl": icon, "name": name, "id": number}

    def resolution(self, name: str) -> Json | None:
        if not name:
            return None
        number = RESOLUTIONS[name]
        url = f"{self.rest}/resolution/{number}"
        return {"self": url, "id": number, "description": "", "name": name}

    def project(self, desk: Desk) -> Json:
        return {
            "self": f"{self.rest}/project/{desk.project}",
            "id": str(desk.project),
            "key": desk.key,
            "name": desk.name,
            "projectTypeKey": "service_desk",
            "simplified": False,
            "avatarUrls": self._avatars(),
        }

    def issue_type(self) -> Json:
        number, name = ISSUE_TYPE
        return {
            "self": f"{self.rest}/issuetype/{number}",
            "id": number,
            "description": "",
            "iconUrl": f"{self.base}/images/icons/request.svg",
            "name": name,
            "subtask": False,
            "hierarchyLevel": 0,
        }

    def field(self, key: str) -> Json:
        field = FIELDS[key]
        clauses = field.clauses
        schema: Json = {"type": field.type} | ({"items": field.items} if field.items else {})
        if field.custom:
            number = int(key.removeprefix("customfield_"))
            schema |= {"custom": field.custom, "customId": number}
            clauses = (f"cf[{number}]", *clauses)
        else:
            schema["system"] = key
        return {
            "id": key,
            "key": key,
            "name": field.name,
            "custom": bool(field.custom),
            "orderable": key not in ("created", "updated", "resolutiondate", "creator"),
            "navigable": key != "comment",
            "searchable": bool(clauses),
            "clauseNames": list(clauses),
            "schema": schema,
        }

    # -- organizations ------------------------------------------------------------------------------

    def organization(self, party: str) -> Json:
        number = organization_id(self.world, party)
        url = f"{self.desk_rest}/organization/{number}"
        return {"id": number, "name": self.world.party(party).name, "_links": {"self": url}}

    def option(self, party: str) -> Json | None:
        if not party:
            return None
        number = str(10100 + int(organization_id(self.world, party)))
        url = f"{self.rest}/customFieldOption/{number}"
        return {"self": url, "value": self.world.party(party).name, "id": number}

    # -- issues -------------------------------------------------------------------------------------

    def fields(self, issue: Issue) -> Json:
        values, desk = issue.fields(self.now), site().desks[issue.project]
        resolved = issue.resolved_at(self.now)
        shown: Json = {
            "summary": values["summary"],
            "description": self.long_text(str(values["description"])),
            "issuetype": self.issue_type(),
            "project": self.project(desk),
            "status": self.status(str(values["status"])),
            "priority": self.priority(str(values["priority"])),
            "resolution": self.resolution(str(values["resolution"])),
            "labels": list(values["labels"]),
            "assignee": self.user(str(values["assignee"])),
            "reporter": self.user(str(values["reporter"])),
            "creator": self.user(issue.creator),
            "created": stamp(issue.created_at),
            "updated": stamp(issue.updated(self.now)),
            "resolutiondate": stamp(resolved) if resolved else None,
            "duedate": values["duedate"] or None,
            "issuelinks": self._links(issue),
            "comment": self.comments(issue, 0, 100),
            ORGANIZATIONS: [self.organization(party) for party in values[ORGANIZATIONS]],
            REQUEST_TYPE: self._request(issue),
            SUPPLIER: self.option(str(values[SUPPLIER])),
        }
        for metric, key in (("first response", FIRST_RESPONSE), ("resolution", RESOLUTION)):
            shown[key] = self.sla(issue, metric, links=False) if values[REQUEST_TYPE] else None
        return shown | {key: values[key] or None for key in (SERVICE, CONTRACT, REFERENCE, READING)}

    def _links(self, issue: Issue) -> list[Json]:
        other_key = str(issue.fields(self.now).get(LINK, ""))
        if not other_key:
            return []
        kind = {
            "id": "10002",
            "name": "Duplicate",
            "inward": "is duplicated by",
            "outward": "duplicates",
            "self": f"{self.rest}/issueLinkType/10002",
        }
        other = {"key": other_key, "self": f"{self.rest}/issue/{other_key}"}
        number = str(issue.id + 5000)
        link = f"{self.rest}/issueLink/{number}"
        return [{"id": number, "self": link, "type": kind, "outwardIssue": other}]

    def _request(self, issue: Issue) -> Json | None:
        number = str(issue.fields(self.now)[REQUEST_TYPE])
        if not number:
            return None
        return {
            "_links": self.request_links(issue),
            "requestType": self.request_type(site().desks[issue.project], number),
            "currentStatus": self.request_status(issue),
        }

    def issue(self, issue: Issue, wanted: Iterable[str] | None, expand: Iterable[str] = ()) -> Json:
        """The issue with the fields `wanted` (all of them for None) and what is to be expanded."""
        shown: Json = {
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": str(issue.id),
            "self": f"{self.rest}/issue/{issue.id}",
            "key": issue.key,
        }
        asked = set(expand)
        if "changelog" in asked:
            newest = list(reversed(self.changelog(issue)))
            shown["changelog"] = {
                "startAt": 0,
                "maxResults": min(len(newest), MOST_HISTORIES),
                "total": len(newest),
                "histories": newest[:MOST_HISTORIES],
            }
        names = list(FIELDS) if wanted is None else [name for name in FIELDS if name in set(wanted)]
        if "names" in asked:
            shown["names"] = {name: FIELDS[name].name for name in names}
        fields = self.fields(issue)
        if names:
            shown["fields"] = {name: fields[name] for name in names}
        return shown

    def comments(self, issue: Issue, start: int, limit: int, descending: bool = False) -> Json:
        said = sorted(issue.said(self.now), key=lambda comment: comment.at, reverse=descending)
        return {
            "self": f"{self.rest}/issue/{issue.id}/comment",
            "startAt": start,
            "maxResults": limit,
            "total": len(said),
            "comments": [self.comment(issue, comment) for comment in said[start : start + limit]],
        }

    def comment(self, issue: Issue, comment: Comment) -> Json:
        shown: Json = {
            "self": f"{self.rest}/issue/{issue.id}/comment/{comment.id}",
            "id": str(comment.id),
            "author": self.user(comment.by),
            "body": self.long_text(comment.text(self.now)),
            "updateAuthor": self.user(comment.by),
            "created": stamp(comment.at),
            "updated": stamp(comment.touched(self.now)),
            "jsdPublic": comment.public,
        }
        return shown

    def changelog(self, issue: Issue) -> list[Json]:
        """Every history entry so far, oldest first."""
        return [self.history(change, items) for change, items in issue.history(self.now)]

    def history(self, change: Change, items: Iterable[tuple[str, Value, Value]]) -> Json:
        return {
            "id": str(change.id),
            "author": self.user(change.by),
            "created": stamp(change.at),
            "items": [self._item(name, old, new) for name, old, new in items],
        }

    def _item(self, name: str, old: Value, new: Value) -> Json:
        if name == LINK:
            texts = [f"This issue duplicates {key}" if key else None for key in (old, new)]
            item: Json = {"field": "Link", "fieldtype": "jira", "from": old or None, "fromString": texts[0]}
            return item | {"to": new or None, "toString": texts[1]}
        custom = name.startswith("customfield_")
        before, after = self._named(name, old), self._named(name, new)
        return {
            "field": FIELDS[name].name if custom else name,
            "fieldtype": "custom" if custom else "jira",
            "fieldId": name,
            "from": before[0],
            "fromString": before[1],
            "to": after[0],
            "toString": after[1],
        }

    def _named(self, name: str, value: Value) -> tuple[str | None, str | None]:
        """A value as the changelog has it: its id and what a person reads."""
        if not value:
            return None, "" if name in ("labels", "summary") else None
        if isinstance(value, tuple):
            if name == ORGANIZATIONS:
                numbers = ", ".join(organization_id(self.world, party) for party in value)
                return f"[{numbers}]", ", ".join(self.world.party(party).name for party in value)
            return None, " ".join(value)
        if name == "status":
            return STATUSES[value][0], value
        if name == "priority":
            return value, PRIORITIES[value]
        if name == "resolution":
            return RESOLUTIONS[value], value
        if name in ("assignee", "reporter"):
            return account_id(value), site().people[value].name
        if name == SUPPLIER:
            shown = self.option(value) or {}
            return shown.get("id"), shown.get("value")
        return None, value

    # -- requests -----------------------------------------------------------------------------------

    def desk(self, desk: Desk) -> Json:
        return {
            "id": str(desk.id),
            "projectId": str(desk.project),
            "projectName": desk.name,
            "projectKey": desk.key,
            "_links": {"self": f"{self.desk_rest}/servicedesk/{desk.id}"},
        }

    def request_type(self, desk: Desk, number: str) -> Json:
        kind = next(one for one in desk.types if str(one.id) == number)
        url = f"{self.desk_rest}/servicedesk/{desk.id}/requesttype/{number}"
        return {
            "id": number,
            "name": kind.name,
            "description": "",
            "helpText": "",
            "issueTypeId": ISSUE_TYPE[0],
            "serviceDeskId": str(desk.id),
            "groupIds": [str(desk.id)],
            "icon": {"id": "10517", "_links": {"iconUrls": self._avatars()}},
            "_links": {"self": url},
        }

    def request_links(self, issue: Issue) -> Json:
        desk = site().desks[issue.project]
        return {
            "self": f"{self.desk_rest}/request/{issue.id}",
            "jiraRest": f"{self.base}/rest/api/2/issue/{issue.id}",
            "web": f"{self.base}/servicedesk/customer/portal/{desk.id}/{issue.key}",
            "agent": f"{self.base}/browse/{issue.key}",
        }

    def request_status(self, issue: Issue) -> Json:
        return self.statuses(issue)[0]

    def statuses(self, issue: Issue) -> list[Json]:
        """The statuses the request has had, newest first."""
        found = [(issue.created_at, str(issue.opening["status"]))]
        for change, items in issue.history(self.now):
            found += [(change.at, str(new)) for name, _, new in items if name == "status"]
        return [
            {"status": name, "statusCategory": STATUSES[name][1].upper(), "statusDate": date(at)}
            for at, name in reversed(found)
        ]

    def sla(self, issue: Issue, metric: str, links: bool = True) -> Json:
        number, name = METRICS[metric]
        found = cycles(issue, metric, self.now)
        shown: Json = {
            "id": number,
            "name": name,
            "completedCycles": [_completed(one) for one in found if one.stopped_at is not None],
        }
        if found and found[-1].stopped_at is None:
            shown["ongoingCycle"] = _ongoing(found[-1])
        url = f"{self.desk_rest}/request/{issue.id}/sla/{number}"
        return {**shown, "_links": {"self": url}} if links else shown


def organization_id(world: World, party: str) -> str:
    """The number of the organization of a party: its place in the list of parties."""
    return str(1 + list(world.parties).index(party))


def _times(cycle: Cycle) -> Json:
    return {
        "goalDuration": duration(cycle.goal),
        "elapsedTime": duration(cycle.elapsed),
        "remainingTime": duration(cycle.remaining),
    }


def _completed(cycle: Cycle) -> Json:
    assert cycle.stopped_at is not None
    assert cycle.breach_at is not None
    return {
        "startTime": date(cycle.started_at),
        "stopTime": date(cycle.stopped_at),
        "breachTime": date(cycle.breach_at),
        "breached": cycle.breached,
        **_times(cycle),
    }


def _ongoing(cycle: Cycle) -> Json:
    breach: Mapping[str, Json] = {"breachTime": date(cycle.breach_at)} if cycle.breach_at else {}
    return {
        "startTime": date(cycle.started_at),
        **breach,
        "breached": cycle.breached,
        "paused": cycle.paused,
        "withinCalendarHours": cycle.within_hours,
        **_times(cycle),
    }
