"""How the invented company's Request Tracker is set up: its settings, queues, people, rights and fields.

A queue for each supplier's desk, in a lifecycle of its own; priorities are RT's numbers with our labels.
"""

import json
from pathlib import Path
from typing import Any

from sandbox.world import World
from sandbox.world.records import Party

OUR_USER = "pacta.integration"
MAILBOX = "mailbox"
NUMBERS = {1: 100, 2: 75, 3: 50, 4: 25, 5: 0}
STATUSES = {"awaiting_caller": "awaiting customer", "awaiting_vendor": "awaiting vendor"}
FIELDS = ("Supplier", "Service", "Contract", "Case number", "Pacta reference")
_ACTIVE = ("open", "awaiting customer", "awaiting vendor", "stalled")
_INACTIVE = ("resolved", "rejected", "deleted")
_READS = ("SeeQueue", "ShowTicket", "ShowTicketComments", "SeeCustomField", "OwnTicket")
_WORKS = ("CreateTicket", "ReplyToTicket", "CommentOnTicket", "ModifyTicket", "ModifyCustomField")

TOKEN = """
use lib '/usr/share/request-tracker5/lib'; use RT; RT::LoadConfig(); RT::Init();
my $user = RT::User->new(RT->SystemUser); $user->Load($ARGV[0]); die "no user" unless $user->id;
my $token = RT::AuthToken->new(RT->SystemUser);
my ($ok, $said, $text) = $token->Create(Owner => $user->id, Description => 'connector');
die $said unless $ok; print "$text\\n";
"""
"""A Perl program that prints a new token of the user it is given: RT's interface has no way to make one."""


def site_config(folder: Path, port: int) -> str:
    """RT's settings as Perl. Passwords are hashed cheaply: they are random and hold on this machine only."""
    priorities = ", ".join(f"P{rank} => {number}" for rank, number in NUMBERS.items())
    return f"""
Set($rtname, 'tessaly');
Set($Organization, 'tessaly.example');
Set($Timezone, 'UTC');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{_perl(folder / "rt.sqlite")}');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($WebPath, '');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
Set($MailCommand, 'testfile');
Set(%GnuPG, Enable => 0);
Set($InitialdataFormatHandlers, ['perl', 'RT::Initialdata::JSON']);
Set($DisallowExecuteCode, 1);
Set($BcryptCost, 4);
Set(%PriorityAsString, Default => {{ {priorities} }});
Set(%Lifecycles, desk => {_lifecycle()});
$RT::VarPath = '{_perl(folder)}';
$RT::MasonDataDir = '{_perl(folder / "mason")}';
$RT::MasonSessionDir = '{_perl(folder / "session")}';
1;
"""


def initial_data(world: World, password: str) -> dict[str, Any]:
    """Queues, people, groups, rights and custom fields, as RT's own loader takes them.

    `password` is everybody's.
    """
    desks = [party for party in world.parties.values() if party.desk]
    people = [(person.user, person.name, party) for party in (world.us, *desks) for person in party.people]
    users = [_user(user, name, party.name, password) for user, name, party in people]
    users.append(_user(MAILBOX, "Automatic replies", "", password))
    everybody = [user["Name"] for user in users]
    return {
        "Queues": [_queue(party) for party in desks],
        "Users": users,
        "Groups": [{"Name": "Desks", "Members": {"Users": everybody}}],
        "ACL": [{"GroupDomain": "UserDefined", "GroupId": "Desks", "Right": [*_READS, *_WORKS]}],
        "CustomFields": [
            {"Name": name, "Type": "FreeformSingle", "LookupType": "RT::Queue-RT::Ticket", "MaxValues": 1}
            | {"ApplyTo": [party.desk for party in desks]}
            for name in FIELDS
        ],
    }


def _queue(party: Party) -> dict[str, Any]:
    return {"Name": party.desk, "Description": f"Service desk of {party.name}", "Lifecycle": "desk"}


def _user(user: str, name: str, organisation: str, password: str) -> dict[str, Any]:
    given: dict[str, Any] = {"Name": user, "RealName": name, "Organization": organisation}
    given |= {"Password": password, "Privileged": 1}
    if "@" in user:
        given["EmailAddress"] = user
    return given


def _lifecycle() -> str:
    """Every status may follow every other; JSON is read by Perl once `:` is `=>`."""
    statuses = ("new", *_ACTIVE, *_INACTIVE)
    ways: dict[str, list[str]] = {one: [other for other in statuses if other != one] for one in statuses}
    ways[""] = ["new", "open", "resolved"]
    parts = {
        "initial": ["new"],
        "active": list(_ACTIVE),
        "inactive": list(_INACTIVE),
        "defaults": {
            "on_create": "new",
            "approved": "open",
            "denied": "rejected",
            "reminder_on_open": "open",
            "reminder_on_resolve": "resolved",
        },
        "transitions": ways,
        "rights": {"* -> deleted": "DeleteTicket", "* -> *": "ModifyTicket"},
    }
    return json.dumps(parts).replace('":', '" =>')


def _perl(path: Path) -> str:
    """A path inside a Perl text of single quotes."""
    return str(path).replace("\\", "\\\\").replace("'", "\\'")
