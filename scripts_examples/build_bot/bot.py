"""Answers `#build status` for an outgoing integration, in Rocket.Chat's dialect and in Mattermost's."""

import http.server
import json
import os
from urllib.parse import parse_qsl

TOKEN, PORT = os.environ["BOT_TOKEN"], int(os.environ.get("BOT_PORT", "8099"))
BUILDS = {"main": "passed", "release": "still running"}  # ask your CI here


class Bot(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        is_json = self.headers.get_content_type() == "application/json"
        told = json.loads(body) if is_json else dict(parse_qsl(body))
        is_ours = told.get("token") == TOKEN and not told.get("bot")
        asked = is_ours and told.get("text", "").split() == ["#build", "status"]
        said = "\n".join(f"{branch}: {state}" for branch, state in BUILDS.items())
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"text": said} if asked else {}).encode())


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Bot).serve_forever()
