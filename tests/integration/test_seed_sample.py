"""Rocket.Chat's own sample script does what its documentation says."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support import Api

SAMPLE = (
    Path(__file__).parents[2] / "scripts_examples" / "rocketchat_sample" / "script.js"
).read_text(encoding="utf-8")
FIRST = b'{\n"icon_emoji": ":smirk:",\n"text": "Example message"\n}'
SECOND = b'{\n"icon_emoji": ":smirk:",\n"channel": "#notifications",\n"text": "Example message"\n}'


def test_the_two_curl_lines_post_the_example_message(api: Api) -> None:
    """The first to the integration's channel, the second to the one it names."""
    api.post("channels.create", name="notifications")
    hook = api.hook(SAMPLE, overrideDestinationChannelEnabled=True)
    for body, room in ((FIRST, "general"), (SECOND, "notifications")):
        answer = hook.post(data=body, content_type="application/json")
        assert (answer.status_code, answer.get_json()) == (200, {"success": True})
        (message,) = api.messages(room)
        assert (message["msg"], message["emoji"]) == ("Example message", ":smirk:")
    assert "Example message" in hook.last()["console"][0]["text"]


def test_the_commented_error_branch_answers_400_with_its_object(api: Api) -> None:
    """Uncommented, it refuses: exactly that object, and success false."""
    before, last_return = SAMPLE.rsplit("// return {", 1)
    uncommented = before.replace("return {\n", "if (0) return {\n", 1) + re.sub(
        r"^(\s*)// ?", r"\1", "return {" + last_return, flags=re.MULTILINE
    )
    hook = api.hook(uncommented)
    answer = hook.post(data=FIRST, content_type="application/json")
    assert (answer.status_code, answer.get_json()) == (
        400,
        {"success": False, "message": "Error example"},
    )
    assert api.messages() == []
