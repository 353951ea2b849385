"""A registry of images over HTTP, as strict as real ones: it wants a token for the very repository, and media types."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

INDEX = "application/vnd.oci.image.index.v1+json"
_WANTED = {INDEX, "application/vnd.docker.distribution.manifest.list.v2+json"}


@dataclass
class Registry:
    """Manifests by repository and tag. lies: repositories whose digest header is wrong; busy: those that answer 429."""

    address: str = ""
    manifests: dict[tuple[str, str], bytes] = field(default_factory=dict)
    lies: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def push(self, path: str, tag: str, content: str) -> str:
        """Store an index and return its digest."""
        body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [], "content": content}).encode()
        self.manifests[path, tag] = body
        return f"sha256:{hashlib.sha256(body).hexdigest()}"


@contextmanager
def running_registry() -> Iterator[Registry]:
    """Serve until the end of the block."""
    registry = Registry()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/token":
                query = parse_qs(url.query)
                if query.get("service") != ["fake"]:
                    return self._answer(400, b"{}")
                return self._answer(200, json.dumps({"token": f"for {query['scope'][0]}"}).encode())
            path, _, tag = url.path.removeprefix("/v2/").rpartition("/manifests/")
            scope = f"repository:{path}:pull"
            if self.headers.get("Authorization") != f"Bearer for {scope}":
                realm = f'Bearer realm="http://{registry.address}/token",service="fake",scope="{scope}"'
                return self._answer(401, b"{}", {"WWW-Authenticate": realm})
            registry.asked.append(f"{path}:{tag}")
            if path in registry.busy:
                return self._answer(429, b"{}")
            body = registry.manifests.get((path, tag))
            accepted = {one.strip() for one in self.headers.get("Accept", "").split(",")}
            if body is None or not accepted >= _WANTED:
                return self._answer(404, b"{}")
            digest = hashlib.sha256(b"another" if path in registry.lies else body).hexdigest()
            return self._answer(200, body, {"Content-Type": INDEX, "Docker-Content-Digest": f"sha256:{digest}"})

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        registry.address = f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield registry
        finally:
            server.shutdown()
            thread.join()
