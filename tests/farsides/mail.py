"""A mail server that takes every mail and keeps it."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from email.message import EmailMessage
from typing import Self


class MailSide(socketserver.ThreadingTCPServer):
    """Speaks as much SMTP as is needed to get a mail."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails: list[EmailMessage] = []
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,))
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    @property
    def address(self) -> str:
        """The address for Apprise."""
        port = self.server_address[1]
        return f"mailto://127.0.0.1:{port}/?mode=insecure&from=bot@a.example&to=ada@b.example"

    def part(self, number: int, kind: str) -> str:
        """Return a mail's part of a type: `plain` or `html`."""
        found = self.mails[number].get_body((kind,))
        assert found is not None, f"no {kind} in it"
        return str(found.get_content()).replace("\r\n", "\n")


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, MailSide)
        self._say("220 mail.example.org")
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self._say("354 go on")
                raw = self._data()
                message = email.message_from_bytes(raw, policy=email.policy.default)
                server.mails.append(message)
                self._say("250 taken")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 mail.example.org" if word in (b"EHLO", b"HELO") else "250 ok")

    def _data(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) and line != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())
