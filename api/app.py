"""The HTTP API: routes, authentication, problem+json. `create_app` is all a server needs."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.routing import Route

from api import mcp, problems
from api.limits import BodyLimit
from api.routes import (
    actions,
    ask,
    assessments,
    chat,
    contracts,
    facts,
    obligations,
    parties,
    prompts,
    reports,
    system,
    webhooks,
)

if TYPE_CHECKING:
    from flows.durable import Work
    from flows.wiring import Pacta

ABOUT = """Contract performance engine. Ask in words, or read contracts, obligations, facts, assessments and
actions as data. Every query is limited to the scope of the key; every error is problem+json."""


def create_app(pacta: "Pacta", work: "Work | None" = None) -> FastAPI:
    """The application over an opened product; with a worker, webhooks and approvals are done at once."""
    # Serves the OpenAPI page's own files, so that it works where no other address can be reached.
    app = FastAPIOffline(title="Pacta", version="0.1.0", description=ABOUT)
    app.state.pacta, app.state.work = pacta, work
    app.add_middleware(BodyLimit)
    problems.install(app)
    for part in (
        ask,
        chat,
        contracts,
        obligations,
        assessments,
        reports,
        actions,
        facts,
        parties,
        prompts,
        webhooks,
        system,
    ):
        _name_routes(part.router)
        app.include_router(part.router)
    # An ASGI application of its own: the protocol speaks for itself, errors included.
    app.router.routes.append(Route(mcp.PATH, mcp.Endpoint(pacta), methods=["GET", "POST", "DELETE"]))
    return app


def _name_routes(router: APIRouter) -> None:
    """The first line of a route's docstring is its title on the OpenAPI page."""
    for route in router.routes:
        if isinstance(route, APIRoute) and route.endpoint.__doc__:
            route.summary = route.endpoint.__doc__.strip().split("\n")[0].rstrip(".")
