"""Signing in for a session: credentials are posted, a token comes back and goes into a header of its own.

Vendors differ in what they want and what they answer, so a connector derives its own settings from
`LoginAuth` and puts them into its field `auth`, beside other schemes where there are any:

    class Password(LoginAuth):
        header = "X-Session"
        user: str
        password: Secret

        def login(self) -> Call:
            return Call("POST", "/login", body={"name": self.user, "word": self.password.get_secret_value()})

        def session(self, answer: Answer) -> Token:
            return Token(value=SecretStr(answer.data["token"]), expires_in=900)

        def hidden(self) -> tuple[str, ...]:
            return (self.password.get_secret_value(),)
"""

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from tools.kit.call import Answer, Call
from tools.kit.errors import WrongAnswer
from tools.kit.schemes import Door, Scheme, Token, TokenAuth


class LoginAuth(Scheme):
    """A sign-in that a connector defines. `header` and `prefix` are what the token travels in."""

    type: Literal["login"] = "login"
    header: ClassVar[str] = "Authorization"
    prefix: ClassVar[str] = "Bearer "

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if type(self) is LoginAuth:
            raise ValueError("this system has no sign-in of its own; use another type")
        return self

    def login(self) -> Call:
        """The request that signs us in; `path` is below the base address unless `address` says else."""
        raise NotImplementedError

    def session(self, answer: Answer) -> Token:
        """The token in the answer, in whatever shape; KeyError, TypeError or ValueError where it is none."""
        raise NotImplementedError

    def hidden(self) -> tuple[str, ...]:
        """The secrets that `login` sends."""
        raise NotImplementedError

    def address(self) -> str:
        """The whole address of the sign-in where it lies elsewhere."""
        return ""

    def refused(self, answer: Answer) -> bool:
        """Does this answer say that the session is over?"""
        return answer.status == 401

    def addresses(self) -> tuple[str, ...]:
        return (self.address(),) if self.address() else ()

    def authenticator(self, door: Door) -> TokenAuth:
        return _Session(self, door)


class _Session(TokenAuth):
    """A token by a connector's own sign-in."""

    def __init__(self, settings: LoginAuth, door: Door) -> None:
        super().__init__(self._sign_in, settings.hidden, header=settings.header, prefix=settings.prefix)
        self._settings = settings
        self._door = door

    def refused(self, answer: Answer) -> bool:
        return self._settings.refused(answer)

    def _sign_in(self) -> Token:
        call = self._settings.login()
        answer = self._door.ask(call, self._settings.address())
        try:
            return self._settings.session(answer)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            raise WrongAnswer(
                self._door.vendor,
                "the sign-in gave no token",
                place=call.place,
                remedy="Check base_url and the credentials; an error page may stand in between.",
            ) from None
