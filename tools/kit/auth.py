"""Who we are to an outside system: every scheme by its `type`.

`basic`, `bearer` and `header` never change; `oauth2`, `oauth2_refresh` and `oauth2_jwt` fetch tokens
(tools/kit/oauth2.py); `oauth1` signs each request (oauth1.py); `login` is a connector's own (sessions.py).
"""

from typing import Annotated, Literal

from pydantic import Field

from tools.kit.oauth1 import OAuth1
from tools.kit.oauth2 import ClientCredentials, JwtBearer, RefreshToken, basic_header
from tools.kit.schemes import Authenticator, Beside, Door, Scheme, Static, Token
from tools.kit.secrets import Secret
from tools.kit.sessions import LoginAuth

__all__ = [
    "AuthSettings",
    "Authenticator",
    "BasicAuth",
    "BearerAuth",
    "ClientCredentials",
    "HeaderAuth",
    "JwtBearer",
    "LoginAuth",
    "OAuth1",
    "RefreshToken",
    "Scheme",
    "Secret",
    "Token",
    "authenticator",
]


class BasicAuth(Scheme):
    type: Literal["basic"] = "basic"
    user: str
    password: Secret

    def authenticator(self, door: Door) -> Authenticator:
        password = self.password.get_secret_value()
        value = basic_header(self.user, password)
        return Static("Authorization", value, password, value.partition(" ")[2])


class BearerAuth(Scheme):
    type: Literal["bearer"] = "bearer"
    token: Secret

    def authenticator(self, door: Door) -> Authenticator:
        token = self.token.get_secret_value()
        return Static("Authorization", f"Bearer {token}", token)


class HeaderAuth(Scheme):
    """A token in a header of the vendor's choice, behind `prefix` as written (`Token token=`)."""

    type: Literal["header"] = "header"
    header: str = Field(pattern=r"^[A-Za-z0-9-]+$")
    prefix: str = ""
    token: Secret

    def authenticator(self, door: Door) -> Authenticator:
        token = self.token.get_secret_value()
        return Static(self.header, self.prefix + token, token)


AuthSettings = Annotated[
    BasicAuth | BearerAuth | HeaderAuth | ClientCredentials | RefreshToken | JwtBearer | OAuth1 | LoginAuth,
    Field(discriminator="type"),
]


def authenticator(settings: Scheme, door: Door) -> Authenticator:
    """The authenticator for some settings; tokens are asked for through `door`."""
    inner = settings.authenticator(door)
    return Beside(inner, settings.also) if settings.also else inner
