"""ServiceNow's connector against its stand-in: the ways to log on."""

from typing import Any

import pytest

from sandbox import RunningSandbox
from tests.tools.conformance import read_all
from tests.tools.sandbox.reading import asked, opened
from tools.kit import Unauthorised

pytestmark = pytest.mark.xdist_group("tools-sandbox")


def servicenow(box: RunningSandbox, secret: str = "servicenow-demo-secret") -> Any:
    oauth = {
        "type": "oauth2",
        "token_url": f"{box.servicenow_url}/oauth_token.do",
        "client_id": "pacta-servicenow-client",
        "client_secret": secret,
        "client_auth": "form",
    }
    return opened("servicenow", {"base_url": f"{box.servicenow_url}/api/now", "auth": oauth})


def test_client_credentials_open_every_table(box: RunningSandbox) -> None:
    connector = servicenow(box)
    assert connector.check().ok
    kind = connector.discover()[0].kind
    assert len(set(read_all(connector, kind)[0])) > 20
    assert len(asked(box, "/oauth_token.do")) == 1


def test_a_token_that_was_refused_is_renewed_once(box: RunningSandbox) -> None:
    connector = servicenow(box)
    kind = connector.discover()[0].kind
    box.order_fault("401", vendor="servicenow", path="/table/")
    assert read_all(connector, kind)[0]
    assert len(asked(box, "/oauth_token.do")) == 2


def test_a_wrong_secret_is_refused(box: RunningSandbox) -> None:
    connector = servicenow(box, "guessed")
    with pytest.raises(Unauthorised):
        read_all(connector, connector.discover()[0].kind)
