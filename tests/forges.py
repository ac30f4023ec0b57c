"""Forges on this machine: what the APIs of GitHub and GitLab answer to a pipeline, and all that was sent to them."""

import asyncio
import io
import socket
import threading
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

Endpoint = Callable[[Request], Awaitable[Response]]
BOT = {"id": 41, "login": "github-actions[bot]", "type": "Bot"}
REPOSITORY = "acme/crm"
REPOSITORY_ID = 7


def zipped(*files: tuple[str, bytes]) -> bytes:
    """An archive with these files."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened:
        for name, data in files:
            opened.writestr(name, data)
    return archive.getvalue()


class Forge:
    """Everything that a forge keeps, and everything that it was sent."""

    def __init__(self) -> None:
        self.port = 0
        self.reset()

    def reset(self) -> None:
        """Forgets everything."""
        self.storage_url = f"http://localhost:{self.port}"
        self.rows_a_page = 2
        self.comments: dict[int, list[dict]] = {}
        self.merged: dict[str, list[dict]] = {}  # by commit
        self.artifacts: list[dict] = []
        self.archives: dict[int, bytes] = {}
        self.closed: set[int] = set()
        self.writer = BOT  # whose the token is
        self.faults: dict[tuple[str, str], list[int]] = {}  # statuses to answer first, by method and end of the path
        self.fault_headers: dict[str, str] = {}
        self.late = 0  # how often it is asked before it knows what was merged
        self.received: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def comment(self, number: int, body: str, user: dict = BOT) -> dict:
        rows = self.comments.setdefault(number, [])
        rows.append({"id": 1000 + len(self.received) * 100 + len(rows), "body": body, "user": user, "author": user})
        return rows[-1]

    def bodies(self, number: int, user: dict = BOT) -> list[str]:
        """The comments of an account."""
        return [row["body"] for row in self.comments.get(number, []) if row["user"] == user]

    def keep(self, name: str, archive: bytes, head: str, *, fork: bool = False) -> None:
        """Keeps an artifact of a run."""
        number = len(self.artifacts) + 1
        run = {"head_sha": head, "repository_id": REPOSITORY_ID, "head_repository_id": 99 if fork else REPOSITORY_ID}
        row = {"id": number, "name": name, "expired": False, "created_at": f"2026-06-{number:02}T00:00:00Z"}
        self.artifacts.append(row | {"workflow_run": run})
        self.archives[number] = archive

    def lose(self) -> None:
        """Lets all artifacts expire."""
        for row in self.artifacts:
            row["expired"] = True


class _Routes:
    """What is at which address of a forge."""

    def __init__(self, forge: Forge) -> None:
        self.forge = forge

    def page(self, request: Request, rows: list[dict], key: str | None = None) -> Response:
        number, asked = (int(request.query_params.get(name, 30)) for name in ("page", "per_page"))
        size = min(asked, self.forge.rows_a_page)
        shown = rows[(number - 1) * size : number * size]
        more = number * size < len(rows)
        headers = {"Link": f'<{request.url.include_query_params(page=number + 1)}>; rel="next"'} if more else {}
        return JSONResponse(shown if key is None else {"total_count": len(rows), key: shown}, headers=headers)

    async def comments(self, request: Request) -> Response:
        number = int(request.path_params["number"])
        if request.method == "POST":
            return JSONResponse(self.forge.comment(number, (await request.json())["body"], self.forge.writer), 201)
        return self.page(request, self.forge.comments.get(number, []))

    async def comment(self, request: Request) -> Response:
        rows = [row for rows in self.forge.comments.values() for row in rows]
        [row] = [row for row in rows if row["id"] == int(request.path_params["id"])]
        if row["user"] != BOT:
            return JSONResponse({"message": "not yours"}, 403)
        row["body"] = (await request.json())["body"]
        return JSONResponse(row)

    async def pull(self, request: Request) -> Response:
        return JSONResponse({"state": "closed" if int(request.path_params["number"]) in self.forge.closed else "open"})

    async def merge_request(self, request: Request) -> Response:
        is_closed = int(request.path_params["number"]) in self.forge.closed
        return JSONResponse({"state": "merged" if is_closed else "opened"})

    async def merged(self, request: Request) -> Response:
        if self.forge.late:
            self.forge.late -= 1
            return self.page(request, [])
        return self.page(request, self.forge.merged.get(request.path_params["sha"], []))

    async def artifacts(self, request: Request) -> Response:
        name = request.query_params["name"]
        return self.page(request, [row for row in self.forge.artifacts if row["name"] == name], "artifacts")

    async def moved(self, request: Request) -> Response:
        return RedirectResponse(f"{self.forge.storage_url}/storage/{request.path_params['id']}", 302)

    async def storage(self, request: Request) -> Response:
        return Response(self.forge.archives[int(request.path_params["id"])])

    async def me(self, _: Request) -> Response:
        return JSONResponse(BOT)

    async def pipelines(self, request: Request) -> Response:
        runs = [(row["id"], row["workflow_run"]) for row in reversed(self.forge.artifacts)]
        rows = [{"id": id_, "sha": run["head_sha"], "project_id": run["head_repository_id"]} for id_, run in runs]
        return self.page(request, rows)

    async def jobs(self, request: Request) -> Response:
        [row] = [row for row in self.forge.artifacts if row["id"] == int(request.path_params["id"])]
        file = None if row["expired"] else {"filename": f"{row['name']}.zip"}
        return self.page(
            request, [{"id": 1}, {"id": 2, "artifacts_file": None}, {"id": row["id"], "artifacts_file": file}]
        )

    async def endless(self, _: Request) -> Response:
        async def drip() -> AsyncIterator[bytes]:
            while True:
                yield b" "
                await asyncio.sleep(0.01)

        return StreamingResponse(drip())

    async def huge(self, _: Request) -> Response:
        return Response(b" " * (21 * 1024 * 1024))

    def noted(self, work: Endpoint) -> Endpoint:
        """Returns the same, but that the request is kept and a fault comes first."""

        async def endpoint(request: Request) -> Response:
            received = (request.method, str(request.url), dict(request.headers), await request.body())
            self.forge.received.append(received)
            for (method, end), statuses in self.forge.faults.items():
                if request.method == method and request.url.path.endswith(end) and statuses:
                    return JSONResponse({"message": "no"}, statuses.pop(0), self.forge.fault_headers)
            return await work(request)

        return endpoint


def create_app(forge: Forge) -> Starlette:
    routes, hub, lab = _Routes(forge), f"/hub/repos/{REPOSITORY}", f"/lab/projects/{REPOSITORY_ID}"
    table: list[tuple[str, Endpoint]] = [
        (f"{hub}/issues/{{number}}/comments", routes.comments),
        (f"{hub}/issues/comments/{{id}}", routes.comment),
        (f"{hub}/pulls/{{number}}", routes.pull),
        (f"{hub}/commits/{{sha}}/pulls", routes.merged),
        (f"{hub}/actions/artifacts", routes.artifacts),
        (f"{hub}/actions/artifacts/{{id}}/zip", routes.moved),
        ("/lab/user", routes.me),
        (f"{lab}/merge_requests/{{number}}", routes.merge_request),
        (f"{lab}/merge_requests/{{number}}/notes", routes.comments),
        (f"{lab}/merge_requests/{{number}}/notes/{{id}}", routes.comment),
        (f"{lab}/repository/commits/{{sha}}/merge_requests", routes.merged),
        (f"{lab}/merge_requests/{{number}}/pipelines", routes.pipelines),
        (f"{lab}/pipelines/{{id}}/jobs", routes.jobs),
        (f"{lab}/jobs/{{id}}/artifacts", routes.moved),
        ("/endless", routes.endless),
        ("/huge", routes.huge),
        ("/storage/{id}", routes.storage),
        ("/moved/storage/{id}", routes.moved),
    ]
    methods = ["GET", "POST", "PUT", "PATCH"]
    return Starlette(routes=[Route(path, routes.noted(work), methods=methods) for path, work in table])


@contextmanager
def served(forge: Forge) -> Iterator[Forge]:
    """Serves a forge on a free port of this machine, and its storage under another name."""
    listener = socket.create_server(("127.0.0.1", 0))
    forge.port = listener.getsockname()[1]
    forge.reset()
    server = uvicorn.Server(uvicorn.Config(create_app(forge), log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield forge
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
