"""Starting and stopping: on the loopback interface, as a thread and as a process."""

import re
import ssl
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from sandbox import serve
from sandbox.serve import Tls
from tests.sandbox.tls import certificate

LOOPBACK = "http://127.0.0.1:"


def test_it_starts_and_stops() -> None:
    with serve() as sandbox:
        assert sandbox.base_url.startswith(LOOPBACK)
        index = httpx.get(sandbox.base_url, trust_env=False).json()
        assert index["servicenow"] == sandbox.servicenow_url
    with pytest.raises(httpx.ConnectError):
        httpx.get(sandbox.base_url, trust_env=False)


def test_two_run_side_by_side_without_sharing_state() -> None:
    noon = datetime.fromisoformat("2026-10-01T12:00:00+02:00")
    with serve() as one, serve(clock=noon) as other:
        clocks = [
            httpx.get(f"{box.base_url}/_sandbox/clock", trust_env=False).json()["now"] for box in (one, other)
        ]
    assert clocks == ["2026-11-10T12:00:00+01:00", "2026-10-01T12:00:00+02:00"]


def test_a_clock_without_zone_and_a_taken_port_are_refused() -> None:
    with pytest.raises(ValueError, match="zone-aware"):
        serve(clock=datetime(2026, 11, 10, 12))
    with serve() as sandbox, pytest.raises(OSError):
        serve(port=int(sandbox.base_url.rsplit(":", 1)[1]))


def test_as_a_process() -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--clock", "2026-11-01T00:00+01:00"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert found
            answer = httpx.get(f"{found[0]}/_sandbox/clock", trust_env=False)
            assert answer.json() == {"now": "2026-11-01T00:00:00+01:00"}
        finally:
            process.terminate()


def test_a_clock_without_zone_ends_the_process_with_a_reason() -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--clock", "2026-11-01T00:00"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "zone-aware" in done.stderr


def test_https_beside_http_is_the_same_sandbox(tmp_path: Path) -> None:
    files = certificate(tmp_path)
    trusted = ssl.create_default_context(cafile=str(files.certificate))
    with serve(tls=files) as sandbox:
        assert sandbox.secure_url.startswith("https://localhost:")
        web = httpx.Client(verify=trusted, trust_env=False)
        web.put(f"{sandbox.base_url}/_sandbox/clock", json={"now": "2026-11-01T00:00:00+01:00"})
        seen = web.get(f"{sandbox.secure_url}/_sandbox/clock").json()
        assert seen == {"now": "2026-11-01T00:00:00+01:00"}
        with pytest.raises(httpx.ConnectError):
            httpx.get(sandbox.secure_url, trust_env=False)
    assert not sandbox.thread.is_alive()
    with pytest.raises(OSError):
        serve(tls=Tls(tmp_path / "absent.crt", files.key))
