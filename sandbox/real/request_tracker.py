"""A real Request Tracker 5 with the invented company's tickets, from Debian's packages, in a folder of ours.

    python -m sandbox.real.request_tracker --folder .real/request_tracker --port 8571

installs the packages where they are missing, makes a SQLite database in the folder, enters the tickets
through RT's REST interface and ends; `--run` keeps it running. RT is an ordinary process on the loopback
interface: no service, no web server, no mail leaves, and all state lies in the folder.
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from sandbox.errors import SandboxError
from sandbox.real import request_tracker_seed as seeding
from sandbox.real import request_tracker_setup as setup
from sandbox.world import load

HOST = "127.0.0.1"
PORT = 8571
STARTS_WITHIN = 60.0
STOPS_WITHIN = 10.0
LONGEST_COMMAND = 900
# A small mail package that sends nothing by itself keeps apt from bringing in a mail server.
PACKAGES = ("request-tracker5", "rt5-db-sqlite", "rt5-standalone", "msmtp-mta", "dbconfig-no-thanks")
SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
SETUP = "rt-setup-database-5"


class RequestTrackerError(SandboxError):
    """Request Tracker cannot be installed, set up, started or stopped. The text says what to do."""


def installed() -> bool:
    """Are Debian's packages of RT 5 on this machine?"""
    return SERVER.exists() and shutil.which(SETUP) is not None


def install() -> None:
    """Install the packages where they are missing. Raises RequestTrackerError where that is not possible."""
    if installed():
        return
    line = f"apt-get install --no-install-recommends {' '.join(PACKAGES)}"
    if shutil.which("apt-get") is None:
        raise RequestTrackerError("Request Tracker comes from Debian's packages, and apt-get is not here.")
    if os.geteuid() != 0:
        raise RequestTrackerError(f"Request Tracker is not installed and we are not root; run: sudo {line}")
    options = {"DEBIAN_FRONTEND": "noninteractive"}
    _command(["apt-get", "update", "-q"], options)
    _command([*line.split(), "-y", "-q"], options)
    if not installed():
        raise RequestTrackerError(f"The packages are installed but {SERVER} is not there: is this RT 5?")


@dataclass(frozen=True)
class Folder:
    """Where everything of one RT lies."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "rt.sqlite"

    @property
    def seeded(self) -> Path:
        """The database as it was on the first day."""
        return self.path / "seeded.sqlite"

    @property
    def credentials(self) -> Path:
        return self.path / "credentials.json"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def ready(self) -> bool:
        """Was it seeded to the end? The file is the last thing that is written."""
        return self.credentials.exists() and self.seeded.exists()

    def environment(self) -> dict[str, str]:
        """RT reads its settings from this folder alone, not from /etc."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        places = {"RT_SITE_CONFIG": "RT_SiteConfig.pm", "RT_SITE_CONFIG_DIR": "more", "TMPDIR": "tmp"}
        return {**kept, **{name: str(self.path / place) for name, place in places.items()}}

    def renew(self, origin: "Folder | None" = None) -> None:
        """The first day again, of this folder or of another one; RT must not be running here."""
        origin = origin or self
        self.path.mkdir(parents=True, exist_ok=True)
        for old in self.path.glob("rt.sqlite*"):
            old.unlink()
        shutil.copyfile(origin.seeded, self.database)
        if origin is not self:
            _secret(self.credentials, origin.credentials.read_text(encoding="utf-8"))

    def configure(self, port: int) -> None:
        """Write RT's settings; the port stands in them."""
        for part in ("more", "mason", "session", "tmp"):
            (self.path / part).mkdir(parents=True, exist_ok=True)
        (self.path / "RT_SiteConfig.pm").write_text(setup.site_config(self.path, port), encoding="utf-8")


def create(folder: Folder, port: int) -> seeding.Credentials:
    """An RT with queues, people, rights and custom fields, without tickets. Takes some ten seconds.

    The database that was there is replaced. Raises RequestTrackerError.
    """
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.path.chmod(0o700)
    (folder.path / ".gitignore").write_text("*\n", encoding="utf-8")
    for old in (folder.credentials, folder.seeded, *folder.path.glob("rt.sqlite*")):
        old.unlink(missing_ok=True)
    folder.configure(port)
    password = secrets.token_urlsafe(18)
    kept = _secret(folder.path / "password", password + "\n")
    given = ["--action", "init", "--skip-create", "--root-password-file", str(kept)]
    _command([SETUP, *given], folder.environment())
    kept.unlink()
    data = _secret(folder.path / "initialdata.json", json.dumps(setup.initial_data(load(), password)))
    given = ["--action", "insert", "--skip-create", "--datafile", str(data)]
    _command([SETUP, *given], folder.environment())
    data.unlink()
    token = _command(["perl", "-e", setup.TOKEN, setup.OUR_USER], folder.environment()).strip()
    return seeding.Credentials(user=setup.OUR_USER, password=password, token=token.splitlines()[-1])


class Running:
    """A running RT; leaving the context stops it."""

    def __init__(self, folder: Folder, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.folder = folder
        self.base_url = f"http://{HOST}:{port}/REST/2.0"
        self._process = process

    @property
    def credentials(self) -> seeding.Credentials:
        return seeding.Credentials(**json.loads(self.folder.credentials.read_text(encoding="utf-8")))

    def stop(self) -> None:
        """End the server and its workers: they are a process group of their own."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def wait(self) -> int:
        return self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(folder: Folder, port: int = PORT) -> Running:
    """Start RT and wait until it answers. Raises RequestTrackerError with the end of its log."""
    if not folder.database.exists():
        # RT would answer all the same, and offer to be set up by whoever comes.
        raise RequestTrackerError(f"There is no database in {folder.path}; make one first.")
    with httpx.Client(trust_env=False) as http:
        if _answers(http, port):
            raise RequestTrackerError(f"Something already answers on port {port}; choose another.")
        folder.configure(port)
        line = [str(SERVER), "--host", HOST, "--port", str(port), "--max-workers", "3"]
        with folder.log.open("ab") as log:
            process = subprocess.Popen(
                line,
                env=folder.environment(),
                cwd=folder.path,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        running = Running(folder, port, process)
        ends = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < ends and process.poll() is None:
            if _answers(http, port):
                return running
            time.sleep(0.2)
    running.stop()
    said = folder.log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RequestTrackerError(f"Request Tracker did not start; its log ends with:\n{said}")


def prepare(folder: Folder, port: int = PORT) -> float:
    """An RT with the company's tickets, dated as the story dates them. Returns how many seconds it took."""
    began = time.monotonic()
    install()
    credentials = create(folder, port)
    with start(folder, port) as running:
        stamps = seeding.seed(running.base_url, credentials, load(), folder.database)
    seeding.date(folder.database, stamps)
    shutil.copyfile(folder.database, folder.seeded)
    _secret(folder.credentials, json.dumps(credentials._asdict()))
    return time.monotonic() - began


def _secret(path: Path, text: str) -> Path:
    """A file that only its owner reads."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path


def _answers(http: httpx.Client, port: int) -> bool:
    """RT refuses somebody unknown; that is an answer."""
    try:
        return http.get(f"http://{HOST}:{port}/REST/2.0/rt", timeout=5).status_code == 401
    except httpx.HTTPError:
        return False


def _command(line: list[str], environment: dict[str, str]) -> str:
    """Run a program to its end; what it printed. Raises RequestTrackerError with the end of it."""
    shown = " ".join(line[:3])
    try:
        done = subprocess.run(
            line,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONGEST_COMMAND,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RequestTrackerError(f"`{shown}` did not end within {LONGEST_COMMAND} s") from error
    if done.returncode != 0:
        said = (done.stdout + done.stderr)[-2000:]
        raise RequestTrackerError(f"`{shown}` failed with {done.returncode}:\n{said}")
    return done.stdout


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.real.request_tracker", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".real/request_tracker"))
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--again", action="store_true", help="make it anew even if it is there")
    parser.add_argument("--run", action="store_true", help="keep it running until interrupted")
    given = parser.parse_args(arguments)
    folder = Folder(given.folder.resolve())
    try:
        if given.again or not folder.ready:
            print(f"Request Tracker is ready in {folder.path} ({prepare(folder, given.port):.0f} s)")
        else:
            print(f"Request Tracker is there already: {folder.path}")
        if given.run:
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            with start(folder, given.port) as running:
                print(f"It answers at {running.base_url}; credentials: {folder.credentials}")
                running.wait()
    except (SandboxError, OSError, httpx.HTTPError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
