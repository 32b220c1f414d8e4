"""
The hundred services that the library Apprise knows, in a process of their own.

Some of them speak protocols of their own, so the library sends by itself. In a child process it can
be stopped when it takes too long, take no more memory than it may, and write nothing to the disk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from engine.errors import Invalid
from engine.outbound.entries import parse_entries
from engine.transports.answers import quoted
from engine.transports.apprise_process import AppriseProcesses, ChildLost, ChildSlow
from engine.transports.apprise_services import SERVICES, file_parameter
from engine.transports.attachments import Feature, read_attachments, write_features
from engine.transports.base import Network, SendingTransport
from engine.transports.markdown.dialects import Dialect, PlainText, without_controls
from engine.transports.markdown.escaping import CommonMark, without_calls, without_everyone
from engine.transports.markdown.html import Html
from engine.transports.markdown.layout import Page, Span
from engine.transports.markdown.lines import Border
from engine.transports.markdown.splitting import cut
from engine.transports.message import CanonicalMessage, Target, Verdict
from engine.transports.options import Field, Kind

_PLAIN, _MARKDOWN, _HTML = "text", "markdown", "html"
_ADDRESS = re.compile(r"([a-z0-9]{1,30})://[!-~]{1,2000}", re.IGNORECASE)
_CHECK_S = 10.0
#: Beside what the library allows a service, for the rest of the work.
_GRACE_S = 2.0
_STATUS = re.compile(r"error=(\d{3})\b")
_RETRIED = frozenset({408, 425, 429})
_MAX_UNITS = 30_000
_LEAST_UNITS = 20


class AppriseTransport(SendingTransport):
    type = "apprise"
    label = "Apprise"
    url = Field(
        "url",
        "Apprise address",
        required=True,
        secret=True,
        help="tgram://…, ntfy://…, mailtos://…: see the services at appriseit.com.",
    )
    fields = (
        Field(
            "format",
            "Text is sent as",
            Kind.CHOICE,
            default=_PLAIN,
            choices={_PLAIN: "plain text", _MARKDOWN: "Markdown, or HTML where that is shown"},
            help="A service that takes no plain text gets what it takes.",
        ),
        Field("title", "Title", help="Empty: the sender's name.", pattern=r".{1,200}"),
    )

    def __init__(self, network: Network | None = None, processes: int = 2) -> None:
        super().__init__(network)
        parse_entries(self.network.allowed)
        self._processes = AppriseProcesses(processes)

    def check_url(self, url: str) -> str:
        address = url.strip() if isinstance(url, str) else ""
        match = _ADDRESS.fullmatch(address)
        if match is None:
            raise Invalid("The address is service://… in ASCII without blanks", field="url")
        service = match[1].lower()
        if service not in SERVICES:
            raise Invalid(f"There is no service {service}:// for messages here", field="url")
        query = address.partition("?")[2]
        names = [name for name, _ in parse_qsl(query, keep_blank_values=True)]
        if refused := file_parameter(service, names):
            raise Invalid(f"{refused} would make the service read a file", field="url")
        try:
            known = self._ask(address, None, _CHECK_S)["known"]
        except ChildLost as exc:
            raise Invalid(f"The address could not be checked: {exc}", field="url") from exc
        if not known:
            raise Invalid(f"Apprise does not understand this {service}:// address", field="url")
        return address

    def send(
        self, message: CanonicalMessage, target: Target, timeout_s: float, parts_done: int = 0
    ) -> Verdict:
        try:
            wanted = {"format": self.option(target, "format")}
            checked = self._ask(target.url, None, timeout_s, **wanted)
            if not checked["known"]:
                return Verdict.permanent(f"Apprise refuses the address: {_last(checked)}")
            title = self.option(target, "title") or message.name
            job, parts = _written(message, title, checked)
            if not parts:
                return Verdict.delivered("there is nothing to show")
            answer = self._ask(target.url, parts, timeout_s, partsDone=parts_done, **job)
        except ChildLost as exc:
            slow = isinstance(exc, ChildSlow)
            reason = f"no answer within {timeout_s:g} s" if slow else str(exc)
            return replace(Verdict.retry(reason), parts_done=max(parts_done, exc.sent))
        sent = max(parts_done, answer["sent"])
        return replace(_verdict(answer, sent, len(parts)), parts_done=sent)

    def close(self) -> None:
        """End the processes that Apprise runs in."""
        self._processes.close()

    def _ask(
        self, url: str, parts: Sequence[str] | None, timeout_s: float, **more: Any
    ) -> dict[str, Any]:
        job: dict[str, Any] = {
            "url": url,
            "parts": parts,
            "timeoutS": timeout_s,
            "publicOnly": self.network.public_only,
            "allowed": list(self.network.allowed),
            **more,
        }
        return self._processes.ask(job, timeout_s + _GRACE_S)


class _QuietText(PlainText):
    """Plain text that calls nobody, whatever the service takes for a mention."""

    def text(self, raw: str) -> str:
        return without_everyone(without_calls(without_controls(raw)))

    def code_text(self, raw: str) -> str:
        return self.text(raw)

    def bare(self, raw: str) -> str:
        return self.text(raw)


_DIALECTS: dict[str, type[Dialect]] = {_PLAIN: _QuietText, _MARKDOWN: CommonMark, _HTML: Html}


def _written(
    message: CanonicalMessage, title: str, wants: dict[str, Any]
) -> tuple[dict[str, str], list[str]]:
    """
    Return title and format for the service, and its texts, none when there is nothing to show.

    A title that has no place of its own, or not enough, is the first line of the text.
    """
    dialect = _DIALECTS[wants["format"]]()
    most = min(max(wants["maxChars"] or _MAX_UNITS, _LEAST_UNITS), _MAX_UNITS)
    shown = dialect.bare(" ".join(title.split()))
    fitting = cut(shown, wants["titleChars"])[0] if wants["titleChars"] > 0 else ""
    job = {"title": fitting, "format": wants["format"]}
    if not _page(message, dialect):
        return job, []
    return job, _page(message, dialect, "" if fitting == shown else title).parts(most)


def _page(message: CanonicalMessage, dialect: Dialect, title: str = "") -> Page:
    page = Page(dialect)
    page.line(Span(title, bold=True))
    page.markdown(message.text, border=Border.BLOCK)
    for attachment in read_attachments(message.attachments):
        page.gap()
        write_features(page, attachment, Feature)
        if attachment.is_empty:
            page.line(attachment.fallback)
    return page


def _verdict(answer: dict[str, Any], sent: int, parts: int) -> Verdict:
    if sent == parts:
        return Verdict.delivered()
    if name := answer.get("refused"):
        return Verdict.permanent(
            f"{quoted(name)} has no public address, and is not allowed by name"
        )
    reason = _last(answer)
    if sent:
        reason = f"{reason} (after {sent} of {parts} parts)"
    statuses = [int(found) for line in answer["logs"] for found in _STATUS.findall(line)]
    if statuses and 300 <= statuses[-1] < 500 and statuses[-1] not in _RETRIED:
        return Verdict.permanent(reason, gone=statuses[-1] == 410)
    return Verdict.retry(reason)


def _last(answer: dict[str, Any]) -> str:
    """Return the last thing the library said, which is why it failed."""
    said = [line for line in answer.get("logs", ()) if line.strip()]
    return quoted(said[-1]) if said else "the service refused it and did not say why"
