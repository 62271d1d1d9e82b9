"""A message of ours as an e-mail: its headers, a plain text and the same as HTML.

What stands in it comes from contracts and tickets. No header can be smuggled in with it, no line ends the
message early, and in HTML it is text.
"""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from tools.kit.errors import Fatal
from tools.kit.payloads import Message
from tools.messages import CONTROL, link, one_line, visible

REFERENCE = "X-Pacta-Reference"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")


def address(vendor: str, text: str) -> Address:
    """An address, with or without a name: "Contracts <pacta@example.com>". Raises Fatal for anything else."""
    name, bracket, rest = text.partition("<")
    plain = (rest.strip().removesuffix(">") if bracket else text).strip()
    if CONTROL.search(text) or not _ADDRESS.fullmatch(plain) or ".." in plain or len(plain) > 254:
        raise Fatal(
            vendor,
            f"{text[:60]!r} is no mail address",
            remedy="Write one address, name@host, in ASCII; a domain of other letters in its xn-- form.",
        )
    return Address(display_name=name.strip().strip('"') if bracket else "", addr_spec=plain)


def message_id(reference: str, domain: str) -> str:
    """The Message-ID of a reference: always the same one, so that a repetition is known as such."""
    # A reference may hold ":" and "/", which the left side of a Message-ID may not.
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", reference)
    digest = hashlib.blake2b(reference.encode(), digest_size=6).hexdigest()
    return f"<{plain}.{digest}@{domain}>"


@dataclass(frozen=True)
class Envelope:
    """From whom to whom."""

    sender: Address
    to: tuple[Address, ...]
    reply_to: Address | None = None


def compose(vendor: str, message: Message, sent: Envelope, reference: str, at: datetime) -> EmailMessage:
    """The whole e-mail. Raises Fatal for a title or a link that cannot stand in one."""
    if CONTROL.search(message.title):
        raise Fatal(vendor, "the title holds a line break", remedy="Propose the action anew.")
    if len(message.title) > 500:
        raise Fatal(vendor, "the title is longer than 500 characters", remedy="Propose the action anew.")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sent.sender
    mail["To"] = sent.to
    if sent.reply_to is not None:
        mail["Reply-To"] = sent.reply_to
    mail["Subject"] = message.title
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id(reference, sent.sender.domain)
    mail["Auto-Submitted"] = "auto-generated"  # so that nothing answers by itself (RFC 3834)
    mail[REFERENCE] = reference
    mail.set_content(_plain(vendor, message, reference), cte="quoted-printable")
    mail.add_alternative(_page(vendor, message, reference), subtype="html", cte="quoted-printable")
    # Made of the reference too: a message sent again is the same to the last byte but its date.
    mail.set_boundary(f"=_{hashlib.blake2b(reference.encode(), digest_size=16).hexdigest()}")
    return mail


def _plain(vendor: str, message: Message, reference: str) -> str:
    parts = [visible(message.text)]
    if message.facts:
        parts.append("\n".join(f"{one_line(name)}: {one_line(value)}" for name, value in message.facts))
    if message.link:
        parts.append(link(vendor, message.link))
    parts.append(f"Reference: {reference}")
    return "\n\n".join(parts) + "\n"


def _page(vendor: str, message: Message, reference: str) -> str:
    paragraphs = "".join(
        f"<p>{html.escape(part).replace(chr(10), '<br>')}</p>"
        for part in re.split(r"\n\s*\n", visible(message.text))
    )
    rows = "".join(
        f"<tr><th align='left'>{html.escape(one_line(name))}</th><td>{html.escape(one_line(value))}</td></tr>"
        for name, value in message.facts
    )
    table = f"<table cellpadding='4'>{rows}</table>" if rows else ""
    where = html.escape(link(vendor, message.link), quote=True) if message.link else ""
    shown = f"<p><a href='{where}'>{where}</a></p>" if where else ""
    small = f"<p><small>{html.escape(reference)}</small></p>"
    return f"<html><body>{paragraphs}{table}{shown}{small}</body></html>\n"
