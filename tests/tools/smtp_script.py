"""An SMTP server that misbehaves at one step of the exchange, as told: what no well-made server offers."""

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

STEPS = ("greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "text")


@dataclass
class Script:
    """`fault` at `step`: a line of answer, or `cut`, `silent`; `taken` are the texts that were handed over.
    `times` is how often it misbehaves."""

    step: str = ""
    fault: str = ""
    times: int = 1_000
    taken: list[str] = field(default_factory=list)
    port: int = 0
    connections: int = 0

    def answer(self, step: str, good: str) -> str:
        """What is said at a step."""
        if step != self.step or self.times <= 0:
            return good
        self.times -= 1
        return self.fault


_GOOD = {"MAIL": "250 ok", "RCPT": "250 ok", "QUIT": "221 bye", "RSET": "250 ok", "NOOP": "250 ok"}


def _serve(line: socket.socket, script: Script, stop: threading.Event) -> None:
    stream: BinaryIO = line.makefile("rb")

    def say(step: str, good: str) -> bool:
        """Answer; False where the line ends here."""
        told = script.answer(step, good)
        if told == "silent":
            stop.wait(5)
            return False
        if told == "cut":
            return False
        line.sendall(told.encode() + b"\r\n")
        return True

    if not say("greeting", "220 mail.example ready"):
        return
    for raw in stream:
        word = raw.split()[0].decode("ascii", "replace").upper() if raw.split() else ""
        if word == "EHLO":
            going = say("EHLO", "250-mail.example\r\n250 AUTH PLAIN LOGIN")
        elif word == "AUTH":
            going = say("AUTH", "235 welcome")
        elif word == "DATA":
            misbehaves = script.step == "DATA" and script.times > 0
            going = say("DATA", "354 go on")
            if going and not misbehaves:
                refused = script.step == "text" and script.times > 0 and script.fault[:1] in "45"
                text = _text(stream)
                if not refused:
                    script.taken.append(text)
                going = say("text", "250 taken")
        else:
            going = say(word, _GOOD.get(word, "502 what?"))
        if not going or word == "QUIT":
            return


def _text(stream: BinaryIO) -> str:
    lines = []
    for raw in stream:
        if raw == b".\r\n":
            break
        lines.append(raw.decode("utf-8", "replace"))
    return "".join(lines)


@contextmanager
def speaking(script: Script) -> Iterator[Script]:
    """The server on a free port, for as long as it is needed."""
    door = socket.create_server(("127.0.0.1", 0))
    script.port = door.getsockname()[1]
    stop = threading.Event()

    def one(line: socket.socket) -> None:
        with line, suppress(OSError):
            _serve(line, script, stop)

    def accept() -> None:
        with suppress(OSError):
            while not stop.is_set():
                line, _ = door.accept()
                script.connections += 1
                threading.Thread(target=one, args=(line,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        stop.set()
        door.close()
        thread.join(1)


def plain(user: str, password: str) -> str:
    """What AUTH PLAIN sends."""
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()
