"""`python -m sandbox --port 8800`: the sandbox as a process, until interrupted."""

import argparse
import sys
import time
from datetime import datetime
from pathlib import Path

from sandbox.serve import HOST, Tls, serve
from sandbox.volume import Volume


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
    parser.add_argument("--tls-certificate", type=Path, metavar="PEM", help="also listen for https with it")
    parser.add_argument("--tls-key", type=Path, metavar="PEM", help="the certificate's private key")
    parser.add_argument("--tls-port", type=int, default=8843, help="where https is spoken")
    parser.add_argument("--tickets", type=int, default=0, metavar="N", help="so many more, of every day")
    parser.add_argument("--invoices", type=int, default=0, metavar="N", help="so many more, with orders")
    parser.add_argument("--page", type=int, default=0, metavar="N", help="rows on a page of SAP; 20")
    given = parser.parse_args()
    if (given.tls_certificate is None) != (given.tls_key is None):
        parser.error("--tls-certificate and --tls-key go together")
    tls = Tls(given.tls_certificate, given.tls_key, given.tls_port) if given.tls_certificate else None
    volume = Volume(given.tickets, given.invoices, given.page)
    try:
        running = serve(
            given.port, given.clock, withhold=given.withhold, host=given.host, tls=tls, volume=volume
        )
    except (OSError, ValueError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    with running:
        secure = f" and {running.secure_url}" if running.secure_url else ""
        sys.stdout.write(f"sandbox at {running.base_url}{secure} ; stop with Ctrl-C\n")
        sys.stdout.flush()
        try:
            while running.thread.is_alive():
                time.sleep(0.5)
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
