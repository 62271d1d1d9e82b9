"""`python -m sandbox --port 8800`: the sandbox as a process, until interrupted."""

import argparse
import sys
import time
from datetime import datetime

from sandbox.serve import HOST, serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default=HOST, help="address to listen on; loopback unless in a container")
    parser.add_argument("--port", type=int, default=8800)
    parser.add_argument(
        "--clock", type=datetime.fromisoformat, help="zone-aware instant, 2026-11-10T12:00+01:00"
    )
    parser.add_argument(
        "--withhold", action="append", default=[], metavar="IC-n", help="record not signed yet"
    )
    given = parser.parse_args()
    try:
        running = serve(given.port, given.clock, withhold=given.withhold, host=given.host)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    with running:
        sys.stdout.write(f"sandbox at {running.base_url} ; stop with Ctrl-C\n")
        sys.stdout.flush()
        try:
            while running.thread.is_alive():
                time.sleep(0.5)
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
