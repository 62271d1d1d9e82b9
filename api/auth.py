"""Who calls: a bearer key gives a principal with a role and a scope; routes ask for the role they need."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from api.problems import Forbidden
from store import Principal, Role

if TYPE_CHECKING:
    from flows.durable import Work
    from flows.wiring import Pacta

bearer = HTTPBearer(auto_error=False, description="A key made with `pacta keys create`: pk_…")


def pacta_of(request: Request) -> "Pacta":
    return cast("Pacta", request.app.state.pacta)


def work_of(request: Request) -> "Work | None":
    """The durable worker, when this process does the work too."""
    return cast("Work | None", request.app.state.work)


def principal(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Principal:
    """The caller; 401 without a key in force."""
    caller = pacta_of(request).store.principal(credentials.credentials) if credentials else None
    if caller is None:
        raise HTTPException(
            401,
            "this needs an API key in force: Authorization: Bearer pk_…",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return caller


def needs(role: Role) -> Callable[[Principal], Principal]:
    """A dependency that lets callers with `role` or one above it through."""

    def check(caller: Annotated[Principal, Depends(principal)]) -> Principal:
        if not caller.may(role):
            raise Forbidden(
                f"this needs the role {role}; your key has {caller.role}",
                remedy="ask for a key with that role",
            )
        return caller

    return check


Caller = Annotated[Principal, Depends(principal)]
Reviewer = Annotated[Principal, Depends(needs("reviewer"))]
Approver = Annotated[Principal, Depends(needs("approver"))]
Admin = Annotated[Principal, Depends(needs("admin"))]
Product = Annotated["Pacta", Depends(pacta_of)]
Worker = Annotated["Work | None", Depends(work_of)]
