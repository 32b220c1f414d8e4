"""Google Chat and Teams, which show cards."""

from __future__ import annotations

import hashlib
import re
from typing import Any, ClassVar

from tests.farsides.base import (
    Failures,
    FarSide,
    Got,
    Reply,
    js_length,
    json_reply,
    need,
    only,
    text_reply,
    web,
)


def _google_error(code: int, status: str, message: str, **more: Any) -> Reply:
    return json_reply(code, {"error": {"code": code, "message": message, "status": status, **more}})


class GoogleChatSide(FarSide):
    path = "/v1/spaces/AAAAxyz/messages"
    query = "key=AIzaSyD-aKeyOf39Characters-0123456789&token=aToken_1234%3D"
    failures: ClassVar[Failures] = {
        "429": lambda: _google_error(429, "RESOURCE_EXHAUSTED", "Quota exceeded."),
        "429-delay": lambda: _google_error(
            429,
            "RESOURCE_EXHAUSTED",
            "Quota exceeded.",
            details=[{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12.5s"}],
        ),
        "403": lambda: _google_error(
            403, "PERMISSION_DENIED", "The caller does not have permission"
        ),
        "404": lambda: _google_error(404, "NOT_FOUND", "Space not found"),
        "409": lambda: _google_error(409, "ABORTED", "The operation was aborted."),
        "409-exists": lambda: _google_error(409, "ALREADY_EXISTS", "Requested entity exists."),
        "409-proxy": lambda: text_reply(409, "Conflict"),
        "499": lambda: _google_error(499, "CANCELLED", "The operation was cancelled."),
        "504": lambda: _google_error(504, "DEADLINE_EXCEEDED", "Deadline expired."),
        "503": lambda: _google_error(503, "UNAVAILABLE", "The service is currently unavailable."),
    }

    def __init__(self) -> None:
        super().__init__()
        self._messages: dict[str, dict[str, Any]] = {}

    @property
    def url(self) -> str:
        return f"{self.base}{self.path}?{self.query}"

    def take(self, got: Got) -> Reply:
        need(got.path == self.path, "path")
        need(set(got.query) <= {"key", "token", "requestId", "messageReplyOption"}, "query")
        need(got.query.get("key", "").startswith("AIza"), "key")
        need(got.query.get("token") == "aToken_1234=", "token")
        need(len(got.body) <= 32_000, "Message is too long")
        members = got.json
        only(
            members, {"text": str, "fallbackText": str, "cardsV2": list, "thread": dict}, "Message"
        )
        need(members.get("text") or members.get("cardsV2"), "Message cannot be empty")
        need(js_length(members.get("text", "")) <= 4096, "text is too long")
        if "thread" in members:
            only(members["thread"], {"threadKey": str}, "thread")
            need(
                got.query.get("messageReplyOption") == "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
                "messageReplyOption",
            )
        for card in members.get("cardsV2", ()):
            only(card, {"cardId": str, "card": dict}, "cardsV2")
            _check_card(card["card"])
        request_id = got.query["requestId"]
        number = len(self._messages)
        key = members.get("thread", {}).get("threadKey", f"new{number}")
        message = {
            "name": f"spaces/AAAAxyz/messages/M{number}",
            "thread": {"name": f"spaces/AAAAxyz/threads/{hashlib.sha1(key.encode()).hexdigest()}"},
        }
        return json_reply(200, self._messages.setdefault(request_id, message))

    def refuse(self, why: str) -> Reply:
        return _google_error(400, "INVALID_ARGUMENT", why)

    def shown(self) -> str:
        return "\n".join(got.json.get("text", "") for got in self.got)

    def cards(self) -> list[dict[str, Any]]:
        return [card["card"] for got in self.got for card in got.json.get("cardsV2", ())]


def _check_card(card: dict[str, Any]) -> None:
    only(card, {"header": dict, "sections": list}, "card")
    header = card.get("header")
    if header is not None:
        kinds = dict.fromkeys(["title", "subtitle", "imageUrl", "imageType", "imageAltText"], str)
        only(header, kinds, "header")
        need(header.get("title"), "header.title")
        if "imageUrl" in header:
            web(header["imageUrl"], "header.imageUrl", https=True)
    need(card["sections"], "sections")
    widgets = [widget for section in card["sections"] for widget in section["widgets"]]
    need(0 < len(widgets) <= 100, "number of widgets")
    for widget in widgets:
        [(kind, value)] = widget.items()
        if kind == "textParagraph":
            only(value, {"text": str}, kind)
            _check_html(value["text"])
        elif kind == "decoratedText":
            members = {
                "topLabel": str,
                "text": str,
                "wrapText": bool,
                "startIcon": dict,
                "onClick": dict,
            }
            only(value, members, kind)
            need(value.get("text"), "decoratedText.text")
            _check_html(value["text"])
        elif kind == "image":
            only(value, {"imageUrl": str, "onClick": dict}, kind)
            web(value["imageUrl"], "image.imageUrl", https=True)
        else:
            need(kind == "buttonList", f"widget {kind}")
            for button in value["buttons"]:
                only(button, {"text": str, "onClick": dict}, "button")
                need(button["text"], "button.text")
                web(button["onClick"]["openLink"]["url"], "button")


def _check_html(text: str) -> None:
    need(text.strip(), "empty text")
    allowed = r'</?(?:b|i|s|u)>|<br>|<a href="(?:https?://|mailto:)[^"<>]*">|</a>|</?font[^<>]*>'
    rest = re.sub(allowed, "", text)
    need("<" not in rest and ">" not in rest, f"HTML {rest:.80}")


class TeamsSide(FarSide):
    path = "/workflows/0a1b2c3d/triggers/manual/paths/invoke"
    query = "api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sig=aSignature_0123456789"
    failures: ClassVar[Failures] = {
        "413-inside": lambda: text_reply(
            200,
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned "
            "HTTP error 413 with ContextId tcid=1,server=X.",
        ),
        "429-inside": lambda: text_reply(
            200,
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned "
            "HTTP error 429 with ContextId tcid=0,server=Y.",
        ),
        "502-inside": lambda: text_reply(
            200, "Webhook message delivery failed with error: returned HTTP error 502"
        ),
        "one": lambda: text_reply(200, "1"),
        "no-text": lambda: text_reply(200, "Summary or Text is required."),
        "bad-payload": lambda: text_reply(200, "Bad payload received by generic incoming webhook."),
        "as-json": lambda: json_reply(200, "Invalid webhook request - Empty Payload"),
        "wrapped": lambda: json_reply(200, {"statusCode": 200, "isSuccessStatusCode": True}),
        "wrapped-failure": lambda: json_reply(200, {"isSuccessStatusCode": False, "message": "no"}),
        "own-words": lambda: text_reply(202, "Thank you, it was queued."),
        "412": lambda: text_reply(412, ""),
        "502": lambda: text_reply(502, ""),
        "login-page": lambda: text_reply(200, "<!DOCTYPE html><title>Sign in</title>"),
        "429": lambda: text_reply(429, "", **{"Retry-After": "15"}),
        "off": lambda: json_reply(
            400,
            {"error": {"code": "WorkflowTriggerIsNotEnabled", "message": "The trigger is off."}},
        ),
    }

    @property
    def url(self) -> str:
        return f"{self.base}{self.path}?{self.query}"

    def take(self, got: Got) -> Reply:
        need(got.path == self.path and got.query.get("sig") == "aSignature_0123456789", "path")
        need(len(got.body) <= 28_000, "larger than 28 KB")
        members = got.json
        need(members["type"] == "message", "type")
        [attachment] = members["attachments"]
        need(attachment["contentType"] == "application/vnd.microsoft.card.adaptive", "contentType")
        need(attachment["contentUrl"] is None, "contentUrl")
        card = attachment["content"]
        need(card["type"] == "AdaptiveCard" and card["version"] == "1.4", "card")
        need(card["body"], "an empty card")
        for element in card["body"]:
            _check_element(element)
        return Reply(202)

    def shown(self) -> str:
        return "\n".join(_element_text(one) for got in self.got for one in self._body(got))

    def elements(self) -> list[dict[str, Any]]:
        return [element for got in self.got for element in self._body(got)]

    @staticmethod
    def _body(got: Got) -> list[dict[str, Any]]:
        body: list[dict[str, Any]] = got.json["attachments"][0]["content"]["body"]
        return body


def _check_element(element: dict[str, Any]) -> None:
    kind = element["type"]
    if kind == "TextBlock":
        need(element["text"].strip() and element["wrap"] is True, "TextBlock")
    elif kind == "Image":
        # Adaptive Cards 1.2: "Supports data URI"; Teams shows PNG, JPEG and GIF.
        if not re.match(r"data:image/(?:png|jpeg|gif);base64,", element["url"]):
            web(element["url"], "Image")
        else:
            need("selectAction" not in element, "Image.selectAction")
    elif kind == "FactSet":
        for fact in element["facts"]:
            only(fact, {"title": str, "value": str}, "fact")
    elif kind == "ActionSet":
        for action in element["actions"]:
            need(action["type"] == "Action.OpenUrl" and action["title"], "action")
            web(action["url"], "action")
        need(len(element["actions"]) <= 6, "actions")
    elif kind == "Container":
        styles = (None, "good", "warning", "attention", "emphasis")
        need(element.get("style") in styles and element["items"], "Container")
        for item in element["items"]:
            _check_element(item)
    else:
        need(kind == "ColumnSet", f"element {kind}")
        for column in element["columns"]:
            for item in column["items"]:
                _check_element(item)


def _element_text(element: dict[str, Any]) -> str:
    inner = [*element.get("items", ())]
    for column in element.get("columns", ()):
        inner += column["items"]
    facts = [f"{fact['title']} {fact['value']}" for fact in element.get("facts", ())]
    return "\n".join([element.get("text", ""), *facts, *map(_element_text, inner)])
