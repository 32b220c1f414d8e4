"""Google Chat's cards of both formats, and both spellings of its names (`google/chat/v1`, `google/apps/card/v1`)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.integration.test_dialect_googlechat import FALLBACK, made
from tests.support import Api, Hook, script

LINK = {"openLink": {"url": "https://e.org/open"}}


@pytest.fixture
def google(api: Api) -> Hook:
    return made(api)


def snake(value: Any) -> Any:
    """Return a JSON value with every name in the other spelling."""
    if isinstance(value, list):
        return [snake(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        re.sub(r"(?<=[a-z])([A-Z])", lambda found: f"_{found[1].lower()}", name): snake(member)
        for name, member in value.items()
    }


def shown(api: Api, hook: Hook, *widgets: Any, name: str = "cardsV2") -> list[dict[str, Any]]:
    """Post a card with these widgets; return the attachments it became, once for each spelling."""
    card: dict[str, Any] = {"header": {"title": "T"}, "sections": [{"widgets": list(widgets)}]}
    given = {name: [card if name == "cards" else {"cardId": "c", "card": card}]}
    found = []
    for body in (given, snake(given)):
        answer = hook.post(body)
        assert answer.status_code == 200, answer.get_json()
        found.append(api.messages()[0]["attachments"])
    assert found[0] == found[1]
    return list(found[0])


def test_cards_of_the_older_format_are_read_alone(api: Api, google: Hook) -> None:
    """As Grafana, Gatus and Flux send them, null members and all."""
    given = {
        "previewText": "[FIRING:1] disk",
        "fallbackText": "[FIRING:1] disk is full",
        "cardsV2": None,
        "text": None,
        "cards": [
            None,
            {
                "name": None,
                "header": {
                    "title": "[FIRING:1] disk",
                    "subtitle": "eu",
                    "imageUrl": "https://e.org/a.png",
                    "imageStyle": "AVATAR",
                },
                "sections": [
                    None,
                    {"header": None, "widgets": None},
                    {
                        "header": "<b>Now</b>",
                        "widgets": [
                            None,
                            {"textParagraph": {"text": "disk is full"}, "keyValue": None},
                            {
                                "textParagraph": None,
                                "keyValue": {
                                    "topLabel": "host",
                                    "content": "db1",
                                    "contentMultiline": True,
                                    "bottomLabel": "rack 7",
                                    "icon": "STAR",
                                    "button": {"textButton": {"text": "Host", "onClick": LINK}},
                                },
                            },
                            {
                                "buttons": [
                                    {"textButton": {"text": "OPEN", "onClick": LINK}},
                                    {
                                        "imageButton": {
                                            "icon": "EMAIL",
                                            "name": "Mail",
                                            "onClick": LINK,
                                        },
                                        "textButton": None,
                                    },
                                    {"textButton": {"text": "Ack", "onClick": {"action": {}}}},
                                ]
                            },
                            {
                                "image": {
                                    "imageUrl": "https://e.org/i.png",
                                    "onClick": LINK,
                                    "aspectRatio": 1.5,
                                }
                            },
                        ],
                    },
                ],
                "cardActions": [{"actionLabel": "Silence", "onClick": LINK}],
            },
        ],
    }
    answer = google.post(given)
    assert answer.status_code == 200
    assert answer.get_json()["cards"][0]["header"]["title"] == "[FIRING:1] disk"
    button = {"type": "button", "url": "https://e.org/open"}
    assert api.messages()[0]["attachments"] == [
        {
            "title": "[FIRING:1] disk",
            "thumb_url": "https://e.org/a.png",
            "text": "eu\n**Now**\ndisk is full\nhost: db1\nrack 7",
            "fallback": "[FIRING:1] disk is full",
            "actions": [{**button, "text": text} for text in ("Host", "OPEN", "Mail", "Silence")],
        },
        {
            "title": "Open",
            "title_link": "https://e.org/open",
            "image_url": "https://e.org/i.png",
        },
    ]


def test_cards_of_both_formats_stand_beside_a_text(api: Api, google: Hook) -> None:
    """The text is the message's, the cards follow in their order."""
    old = {"sections": [{"widgets": [{"textParagraph": {"text": "old"}}]}]}
    new = {"sections": [{"widgets": [{"textParagraph": {"text": "new"}}]}]}
    google.post({"text": "said", "cards": [old], "cards_v2": [{"card_id": "c", "card": new}]})
    posted = api.messages()[0]
    assert posted["msg"] == "said"
    assert [one["text"] for one in posted["attachments"]] == ["old", "new"]


@pytest.mark.parametrize("name", ["cards", "cardsV2"])
@pytest.mark.parametrize(
    ("widget", "text"),
    [
        ({"textParagraph": {"text": "a <i>b</i>"}}, "a _b_"),
        ({"keyValue": {"topLabel": "k", "content": "v", "bottomLabel": "b"}}, "k: v\nb"),
        ({"keyValue": {"content": "v"}}, "v"),
        ({"decoratedText": {"topLabel": "k", "text": "v", "bottomLabel": "b"}}, "k: v\nb"),
        (
            {
                "decoratedText": {
                    "topLabelText": {"text": "k"},
                    "contentText": {"text": "v"},
                    "bottomLabelText": {"text": "b"},
                }
            },
            "k: v\nb",
        ),
        ({"divider": {}}, "---"),
        (
            {
                "grid": {
                    "title": "G",
                    "items": [{"title": "a", "subtitle": "b"}, {"title": "c", "image": None}],
                }
            },
            "G\na b\nc",
        ),
        (
            {
                "columns": {
                    "columnItems": [
                        {"widgets": [{"textParagraph": {"text": "left"}}]},
                        {"widgets": [{"decoratedText": {"text": "right"}}, {"divider": {}}]},
                    ]
                }
            },
            "left\nright\n---",
        ),
        ({"chipList": {"chips": [{"label": "one"}, {"label": "two"}]}}, "one\ntwo"),
        (
            {
                "carousel": {
                    "carouselCards": [
                        {
                            "widgets": [{"textParagraph": {"text": "first"}}],
                            "footerWidgets": [{"textParagraph": {"text": "below"}}],
                        }
                    ]
                }
            },
            "first\nbelow",
        ),
        (
            {
                "textInput": {
                    "name": "n",
                    "label": "Mail",
                    "value": "a@e.org",
                    "hintText": "yours",
                    "placeholderText": "name@host",
                    "initialSuggestions": {"items": [{"text": "x"}, {"text": "y"}]},
                }
            },
            "Mail: a@e.org\nyours\nname@host\nx, y",
        ),
        (
            {
                "selectionInput": {
                    "label": "Size",
                    "items": [
                        {"text": "S", "value": "s"},
                        {"text": "M", "selected": True, "bottomText": "usual"},
                    ],
                }
            },
            "Size\n\N{BALLOT BOX} S\n\N{BALLOT BOX WITH CHECK} M usual",
        ),
        (
            {"dateTimePicker": {"label": "When", "valueMsEpoch": "1672574400000"}},
            "When: 2023-01-01 12:00 UTC",
        ),
        (
            {"dateTimePicker": {"label": "Day", "type": "DATE_ONLY", "valueMsEpoch": 0}},
            "Day: 1970-01-01",
        ),
        (
            {"dateTimePicker": {"label": "At", "type": "TIME_ONLY", "valueMsEpoch": "43200000"}},
            "At: 12:00 UTC",
        ),
        ({"dateTimePicker": {"label": "When", "valueMsEpoch": "soon"}}, "When: soon"),
        ({"notYetKnown": {"title": "New", "rows": [{"label": "one"}, "x"]}}, "New\none"),
        ({"image": {"altText": "a graph"}}, "a graph"),
    ],
)
def test_the_words_of_every_widget_are_kept(
    api: Api, google: Hook, widget: dict[str, Any], text: str, name: str
) -> None:
    """Of the older format and of the newer one, in either list, in either spelling."""
    assert shown(api, google, widget, name=name) == [{"title": "T", "text": text}]


@pytest.mark.parametrize(
    ("widget", "label"),
    [
        ({"buttonList": {"buttons": [{"text": "Log", "onClick": LINK}]}}, "Log"),
        ({"buttonList": {"buttons": [{"icon": {"altText": "Bin"}, "onClick": LINK}]}}, "Bin"),
        ({"buttonList": {"buttons": [{"altText": "Bin", "onClick": LINK}]}}, "Bin"),
        ({"buttons": [{"textButton": {"text": "Log", "onClick": LINK}}]}, "Log"),
        ({"buttons": [{"imageButton": {"iconUrl": "https://e.org/i", "onClick": LINK}}]}, "Open"),
        (
            {
                "buttonList": {
                    "buttons": [
                        {
                            "text": "More",
                            "onClick": {
                                "overflowMenu": {"items": [{"text": "L", "onClick": LINK}]}
                            },
                        }
                    ]
                }
            },
            "L",
        ),
        ({"keyValue": {"topLabel": "Host", "onClick": LINK}}, "Host"),
        ({"decoratedText": {"topLabel": "Host", "onClick": LINK}}, "Host"),
        ({"decoratedText": {"button": {"text": "Go", "onClick": LINK}}}, "Go"),
        ({"chipList": {"chips": [{"label": "one", "onClick": LINK}]}}, "one"),
        ({"grid": {"title": "G", "onClick": LINK}}, "G"),
        (
            {
                "columns": {
                    "columnItems": [
                        {"widgets": [{"buttonList": {"buttons": [{"text": "C", "onClick": LINK}]}}]}
                    ]
                }
            },
            "C",
        ),
    ],
)
def test_what_opens_an_address_is_a_button(
    api: Api, google: Hook, widget: dict[str, Any], label: str
) -> None:
    """Wherever it stands in a card."""
    button = {"type": "button", "text": label, "url": "https://e.org/open"}
    assert shown(api, google, widget)[0]["actions"] == [button]


@pytest.mark.parametrize(
    "widget",
    [
        {"image": {"imageUrl": "https://e.org/i.png", "altText": "graph"}},
        {"grid": {"items": [{"image": {"imageUri": "https://e.org/i.png", "altText": "graph"}}]}},
        {
            "columns": {
                "columnItems": [
                    {
                        "widgets": [
                            {"image": {"imageUrl": "https://e.org/i.png", "altText": "graph"}}
                        ]
                    }
                ]
            }
        },
    ],
)
def test_pictures_are_attachments_of_their_own(
    api: Api, google: Hook, widget: dict[str, Any]
) -> None:
    """Those of grids and columns, too."""
    picture = {"title": "graph", "image_url": "https://e.org/i.png"}
    assert shown(api, google, widget) == [{"title": "T"}, picture]


def test_buttons_below_a_message_and_a_card_are_kept(api: Api, google: Hook) -> None:
    """`accessoryWidgets` of the message, `fixedFooter` of the card."""
    button = {"text": "B", "onClick": LINK}
    card = {"header": {"title": "T"}, "fixedFooter": {"primaryButton": button}}
    google.post(
        {
            "text": "x",
            "cardsV2": [{"card": card}],
            "accessoryWidgets": [{"buttonList": {"buttons": [button]}}],
        }
    )
    action = {"type": "button", "text": "B", "url": "https://e.org/open"}
    assert api.messages()[0]["attachments"] == [
        {"title": "T", "actions": [action]},
        {"actions": [action]},
    ]


@pytest.mark.parametrize("name", ["fallbackText", "fallback_text", "previewText", "preview_text"])
def test_a_summary_alone_is_the_text(api: Api, google: Hook, name: str) -> None:
    """Cards that show nothing have somebody to speak for them."""
    assert google.post({name: "in short", "cards": [{"sections": []}]}).status_code == 200
    assert api.messages()[0]["msg"] == "in short"


@pytest.mark.parametrize("body", ["threadKey", "thread_key"])
@pytest.mark.parametrize("option", ["messageReplyOption", "message_reply_option"])
def test_threads_are_named_in_either_spelling(
    api: Api, google: Hook, body: str, option: str
) -> None:
    """In the body, and in the query."""
    path = f"{google.path}&{option}=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
    google.post({"text": "one", "thread": {body: "k"}}, path=path)
    google.post({"text": "two"}, path=f"{google.path}{FALLBACK}&thread_key=k")
    second, first = api.messages()
    assert first["tmid"] == second["tmid"]


def test_ids_in_the_query_are_named_in_either_spelling(api: Api, google: Hook) -> None:
    """A repeated `request_id` posts once; `message_id` names the message."""
    path = f"{google.path}&request_id=r-1&message_id=client-a1"
    first, again = (google.post({"text": text}, path=path) for text in ("one", "two"))
    assert first.get_json() == again.get_json()
    assert first.get_json()["clientAssignedMessageId"] == "client-a1"
    assert len(api.messages()) == 1


def test_a_script_sees_names_as_they_were_sent(api: Api) -> None:
    """Only what is posted is read in one spelling; Rocket.Chat's own names stay."""
    code = script(
        "return {content: {cards_v2: request.content.cards_v2, "
        "attachments: [{title_link: 'https://e.org/', title: Object.keys(request.content).join()}]}}"
    )
    paragraph = {"text_paragraph": {"text": "p"}}
    made(api, code).post({"cards_v2": [{"card": {"sections": [{"widgets": [paragraph]}]}}]})
    assert api.messages()[0]["attachments"] == [
        {"text": "p"},
        {"title_link": "https://e.org/", "title": "cards_v2"},
    ]
