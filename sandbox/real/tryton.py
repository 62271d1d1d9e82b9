"""A real Tryton on this machine, playing the invented company's purchases.

    python -m sandbox.real.tryton --folder .real/tryton [--port 8069]

The first start makes a virtual environment of its own from requirements/tryton.lock, a SQLite database with
Tryton's modules for purchases, invoices, payments and stock, and fills it with the world
(`sandbox.real.tryton_seed`); later starts take what is there. It listens on the loopback interface only.
"""

import argparse
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib import error, request

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements" / "tryton.lock"
MODULES = ("account_invoice_stock", "account_payment_clearing", "purchase", "account")
DATABASE, USER = "pacta", "admin"
STARTS_WITHIN = 60.0
LISTEN = "127.0.0.1"


class NotReady(RuntimeError):
    """Tryton could not be made or started; the message says what to look at."""


@dataclass
class RunningTryton:
    """Answers at `base_url`, the address of its database; leaving the context ends it."""

    base_url: str
    user: str
    password: str
    process: "subprocess.Popen[bytes]"

    def __enter__(self) -> "RunningTryton":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()


@dataclass(frozen=True)
class Folder:
    """Where everything of it lies."""

    path: Path

    @property
    def python(self) -> Path:
        return self.path / "venv" / "bin" / "python"

    @property
    def settings(self) -> Path:
        return self.path / "trytond.conf"

    @property
    def database(self) -> Path:
        return self.path / "db" / f"{DATABASE}.sqlite"

    @property
    def password(self) -> str:
        return (self.path / "password").read_text().strip()

    @property
    def is_made(self) -> bool:
        """Was it made to the end? `finished` is written last."""
        return (self.path / "finished").is_file()


def make(path: Path) -> Folder:
    """Install, create and fill what is not there yet; minutes the first time."""
    folder = Folder(path.resolve())
    if not folder.is_made:
        shutil.rmtree(folder.path, ignore_errors=True)
        (folder.path / "db").mkdir(parents=True)
        _install(folder)
        _create(folder)
        _fill(folder)
        (folder.path / "finished").touch()
    return folder


def _install(folder: Folder) -> None:
    _tell("installing Tryton")
    _run([sys.executable, "-m", "venv", folder.path / "venv"])
    uv = Path(sys.executable).with_name("uv")
    locked = ["--quiet", "--require-hashes", "--no-deps", "-r", LOCK]
    if uv.is_file():
        _run([uv, "pip", "install", "--python", folder.python, *locked])
    else:
        _run([folder.python, "-m", "pip", "install", "--disable-pip-version-check", *locked])


def _create(folder: Folder) -> None:
    """An empty database with the modules active."""
    _tell("creating its database")
    folder.settings.write_text(_settings(folder, 0))
    (folder.path / "password").write_text(secrets.token_urlsafe(16))
    folder.database.touch()
    admin = [folder.python.with_name("trytond-admin"), "-c", folder.settings, "-d", DATABASE]
    asked = ["--email", "clerk@tessaly.example", "-u", *MODULES, "--activate-dependencies", "-l", "en", "-p"]
    _run([*admin, *asked], TRYTONPASSFILE=str(folder.path / "password"))


def _fill(folder: Folder) -> None:
    _tell("entering the story's orders, invoices and payments")
    _run([folder.python, "-m", "sandbox.real.tryton_seed", folder.settings, DATABASE, folder.database])


def _settings(folder: Folder, port: int) -> str:
    return (
        f"[database]\nuri = sqlite://\npath = {folder.database.parent}\n"
        f"[web]\nlisten = {LISTEN}:{port}\n[session]\nauthentications = password\n"
    )


def start(path: Path, port: int) -> RunningTryton:
    """A Tryton that answers on `port`; made first where it is not there. Raises NotReady."""
    folder = make(path)
    folder.settings.write_text(_settings(folder, port))
    log = (folder.path / "trytond.log").open("wb")
    command = [str(folder.python.with_name("trytond")), "-c", str(folder.settings), "-d", DATABASE]
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    running = RunningTryton(f"http://{LISTEN}:{port}/{DATABASE}", USER, folder.password, process)
    until = time.monotonic() + STARTS_WITHIN
    while not _answers(running.base_url):
        if process.poll() is not None or time.monotonic() > until:
            running.stop()
            raise NotReady(f"Tryton did not start; see {log.name}")
        time.sleep(0.2)
    return running


def _answers(base_url: str) -> bool:
    asked = request.Request(f"{base_url}/rpc/", b"{}", {"Content-Type": "application/json"})
    try:
        with request.build_opener(request.ProxyHandler({})).open(asked, timeout=5):
            return True
    except error.HTTPError:
        return True  # it refuses us, so it is there
    except OSError:
        return False


def _run(command: Sequence[object], **environment: str) -> None:
    held = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(
        [str(part) for part in command],
        env=held,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        said = done.stdout.decode("utf-8", "replace").strip().splitlines()[-5:]
        raise NotReady(f"{Path(str(command[0])).name} failed: " + " / ".join(said))


def _tell(what: str) -> None:
    sys.stderr.write(f"Tryton: {what} …\n")
    sys.stderr.flush()


def backdate(database: Path, statements: Iterable[tuple[str, tuple[str, str, int]]]) -> None:
    """Give records the times of the story, as an import of old papers would."""
    with sqlite3.connect(database) as tx:
        for sql, values in statements:
            tx.execute(sql, values)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.real.tryton", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".real/tryton"))
    parser.add_argument("--port", type=int, default=8069)
    parser.add_argument("--make-only", action="store_true", help="install and fill it, then end")
    given = parser.parse_args()
    try:
        if given.make_only:
            make(given.folder)
            return 0
        running = start(given.folder, given.port)
    except (NotReady, OSError) as failure:
        sys.stderr.write(f"{failure}\n")
        return 2
    with running:
        sys.stdout.write(f"Tryton at {running.base_url} as {running.user} {running.password}; Ctrl-C stops\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            running.process.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
