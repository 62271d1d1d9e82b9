"""Docusign: account server, CLM with its hosts, Navigator, Connect.

Base `<sandbox>/docusign`. Each of the vendor's hosts is a folder of its own: `account` (OAuth), `springcm`
(discovery), `apiuatna11`, `apidownloaduatna11`, `apiuploaduatna11` (CLM), `api` (Navigator), `esign`.
"""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from sandbox.docusign.accounts import AccountServer, Desk
from sandbox.docusign.clm import Clm
from sandbox.docusign.clm_writes import ClmWrites
from sandbox.docusign.connect import Connect
from sandbox.docusign.navigator import Navigator
from sandbox.docusign.text import docusign_failure
from sandbox.docusign.world import fill
from sandbox.state import Sandbox
from sandbox.vendors import Vendor


class Docusign:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.desk = Desk()
        self.accounts = AccountServer(self.desk)
        self.clm = Clm(sandbox, self.desk)
        self.writes = ClmWrites(self.clm)
        self.navigator = Navigator(self.clm, self.desk)
        self.connect = Connect(self.clm, self.desk)
        self.reset()

    def reset(self) -> None:
        account = fill(self.sandbox.world, self.sandbox.corpus)
        self.desk.begin()
        self.accounts.account = account
        self.clm.begin(account)
        self.navigator.deleted.clear()
        self.connect.begin()

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/docusign/_setup/public-key", self.accounts.register, methods=["PUT"])
        router.add_api_route("/docusign/account/oauth/token", self.accounts.token, methods=["POST"])
        router.add_api_route("/docusign/account/oauth/auth", self.accounts.consent, methods=["GET"])
        router.add_api_route("/docusign/account/oauth/userinfo", self.accounts.userinfo, methods=["GET"])
        for part in (self.clm, self.writes, self.navigator, self.connect):
            router.include_router(part.router())
        return router

    def sent(self) -> list[dict[str, Any]]:
        return [asdict(one) for one in self.connect.deliveries]

    async def emit(self, event: str, record: str, to: str | None = None) -> list[dict[str, Any]]:
        """Let `event` happen to the envelope of the contract `record`; see `Emitter`."""
        return await self.connect.emit(event, record, to)


VENDOR = Vendor("docusign", "docusign", Docusign, docusign_failure)
