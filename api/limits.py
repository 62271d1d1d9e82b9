"""A ceiling on request bodies, whether or not they announce their length."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

MOST_BYTES = 1_000_000


class BodyLimit:
    """Refuses a body over `MOST_BYTES` with 413 before anything reads it whole."""

    def __init__(self, app: ASGIApp, most: int = MOST_BYTES) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self.most:
            await self._refuse(scope, receive, send)
            return
        taken: list[Message] = []
        size, more = 0, scope["method"] in ("POST", "PUT", "PATCH")
        while more:
            message = await receive()
            size += len(message.get("body", b""))
            if size > self.most:
                await self._refuse(scope, receive, send)
                return
            taken.append(message)
            more = message["type"] == "http.request" and message.get("more_body", False)
        taken.reverse()

        async def replay() -> Message:
            return taken.pop() if taken else await receive()

        await self.app(scope, replay, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = problem(413, f"the body is larger than {self.most:,} bytes", remedy="send less at once")
        await refusal(scope, receive, send)
