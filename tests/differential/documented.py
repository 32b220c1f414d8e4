"""Messages in the forms that other services' documentation shows, in words of our own."""

from __future__ import annotations

from typing import Any

DOCUMENTED: tuple[dict[str, Any], ...] = (
    # An attachment with every member that Slack once documented.
    {
        "text": "",
        "alias": "Tracker",
        "attachments": [
            {
                "fallback": "Plain summary of the ticket",
                "color": "#2eb886",
                "pretext": "Text above the block",
                "author_name": "Grace Hopper",
                "author_link": "https://people.example.com/grace",
                "author_icon": "https://people.example.com/grace.jpg",
                "title": "Tracker documentation",
                "title_link": "https://tracker.example.com/docs",
                "text": "Text within the attachment",
                "fields": [{"title": "Priority", "value": "High", "short": False}],
                "image_url": "https://tracker.example.com/image.jpg",
                "thumb_url": "https://tracker.example.com/thumb.png",
                "footer": "Tracker API",
                "footer_icon": "https://tracker.example.com/footer.png",
                "ts": 1_123_456_789,
            }
        ],
    },
    # Mattermost's example of a test report.
    {
        "text": "| Component | Tests run | Tests failed |\n|:--|:-:|--:|\n"
        "| Server | 948 | :white_check_mark: 0 |\n| Web client | 123 | "
        ":warning: [2 (see details)](https://tests.example.com/web) |\n",
        "attachments": [
            {
                "fallback": "test",
                "color": "#FF8000",
                "pretext": "Optional text above the attachment",
                "text": "This is the text.",
                "fields": [
                    {"short": False, "title": "Long field", "value": "Testing with a long value"},
                    {"short": True, "title": "Column one", "value": "Testing"},
                    {"short": True, "title": "Column two", "value": "Testing"},
                    {"short": False, "title": "Another", "value": "_Testing_"},
                ],
                "footer": "The footer",
            }
        ],
    },
    # Rocket.Chat's example with a quote, a recording and a video.
    {
        "text": "Sample message",
        "attachments": [
            {
                "color": "#ff0000",
                "text": "Yay!",
                "ts": "2016-12-09T16:53:06.761Z",
                "thumb_url": "http://res.example.com/thumb.png",
                "message_link": "https://chat.example.com/channel/general?msg=abc",
                "collapsed": False,
                "author_name": "Bradley Hilton",
                "author_link": "https://chat.example.com/",
                "author_icon": "https://avatars.example.com/u/850391",
                "title": "Attachment example",
                "title_link": "https://youtube.example.com",
                "title_link_download": True,
                "image_url": "http://res.example.com/image.png",
                "audio_url": "http://www.example.com/audio.mp3",
                "video_url": "http://www.example.com/video.mp4",
                "fields": [
                    {
                        "short": True,
                        "title": "Test",
                        "value": "Testing out something or other",
                    },
                    {
                        "short": True,
                        "title": "Another test",
                        "value": "[Link](https://google.example.com/) something and this.",
                    },
                ],
            }
        ],
    },
    # A monitoring system's alert with buttons.
    {
        "text": "*[FIRING:2]* HighLatency `api` <https://alerts.example.com/#/alerts?x=1&y=2|alerts>",
        "alias": "Alertmanager",
        "emoji": ":fire:",
        "attachments": [
            {
                "color": "danger",
                "title": "[FIRING:2] HighLatency (p99 > 2s)",
                "title_link": "https://alerts.example.com/#/alerts?receiver=chat",
                "text": "• *Instance:* `api-1:9090`\n• *Instance:* `api-2:9090`",
                "actions": [
                    {"type": "button", "text": "Runbook", "url": "https://run.example.com/p99"},
                    {"type": "button", "text": "Silence", "url": "https://alerts.example.com/new"},
                    {"type": "button", "text": "Acknowledge", "msg": "/ack 4711"},
                ],
                "ts": "1745301600",
            }
        ],
    },
    # A deployment tool: the title alone.
    {"text": "", "alias": "Deploy", "attachments": [{"title": "Release 4.2.0 is live"}]},
    {
        "text": "",
        "alias": "Deploy",
        "attachments": [
            {"title": "Release 4.2.1", "title_link": "https://deploy.example.com/4.2.1"}
        ],
    },
    # A camera: a picture whose name has blanks.
    {
        "text": "Movement at the door",
        "attachments": [
            {"title": "Front door", "image_url": "https://cam.example.com/Front Door/snap 1.jpg"}
        ],
    },
    # A continuous integration server's table with links.
    {
        "text": "| Job | Result |\n|---|---|\n| [lint](https://ci.example.com/1) | passed |\n"
        "| [test](https://ci.example.com/2) | **failed** in `3m 12s` |\n"
        "| ![badge](https://ci.example.com/3.svg) | skipped |",
        "alias": "CI",
    },
    {
        "text": "[![Build](https://img.example.com/build.svg)](https://ci.example.com/7) passed, "
        "see https://ci.example.com/7/log and <https://ci.example.com/7/junit|the report>.",
    },
    # A backup tool: code, a list and a footer that says a lot.
    {
        "text": "Backup *finished*\n```\nfiles  1,204\nsize   18 GiB\n```\n- [x] verified\n- [ ] copied",
        "attachments": [{"text": "All volumes", "footer": "backup " + "volume7 " * 60, "ts": 1e9}],
    },
    # A ticket system's quote of a message, which quotes another.
    {
        "text": "I agree",
        "attachments": [
            {
                "author_name": "ada",
                "message_link": "https://chat.example.com/channel/ops?msg=1",
                "text": "Shall we roll back?",
                "ts": "2026-02-28T10:00:00.000Z",
                "attachments": [
                    {
                        "author_name": "bob",
                        "message_link": "https://chat.example.com/channel/ops?msg=0",
                        "text": "Errors since the [release](https://git.example.com/r/9)",
                    }
                ],
            }
        ],
    },
    # A file, as Rocket.Chat posts it.
    {
        "text": "",
        "attachments": [
            {
                "title": "minutes.pdf",
                "title_link": "https://chat.example.com/file-upload/7/minutes.pdf",
                "title_link_download": True,
                "description": "Minutes of *Monday*",
                "type": "file",
            }
        ],
    },
    {"text": "", "attachments": [{"audio_url": "https://tel.example.com/voicemail 12.mp3"}]},
    {"text": "", "attachments": [{"video_url": "https://cam.example.com/clip.mp4"}]},
    {"text": "", "attachments": [{"image_url": "http://intranet.example.com/chart.png"}]},
    {"text": "", "attachments": [{"thumb_url": "https://intranet.example.com/small.png"}]},
    {
        "text": "",
        "attachments": [{"fallback": "Only a *fallback* of <https://e.example.com|this>"}],
    },
    {"text": "", "attachments": [{"author_name": "Only an author"}]},
    {"text": "", "attachments": [{"author_link": "https://people.example.com/only"}]},
    {"text": "", "attachments": [{"footer": "Only a footer"}]},
    {"text": "", "attachments": [{"pretext": "Only a pretext"}]},
    {"text": "", "attachments": [{"fields": [{"title": "Only a title", "value": ""}]}]},
    {"text": "", "attachments": [{"fields": [{"title": "", "value": "Only a value"}]}]},
    {"text": "", "attachments": [{"actions": [{"type": "button", "text": "Only a button"}]}]},
    {
        "text": "",
        "attachments": [
            {"actions": [{"type": "button", "url": "https://go.example.com/", "text": "Go"}]}
        ],
    },
    {
        "text": "",
        "attachments": [
            {
                "actions": [
                    {"type": "button", "image_url": "https://go.example.com/b.png", "msg": "yes"}
                ]
            }
        ],
    },
    # A mail gateway.
    {
        "text": "New mail from <mailto:ada@example.org|Ada> to [ops](mailto:ops@example.org)",
        "attachments": [{"title": "Write back", "title_link": "mailto:ada@example.org"}],
    },
    # A shop: prices, phone numbers, other scripts.
    {
        "text": "Заказ №1042 на 1 999,00 ₽ — тел. +7 495 123-45-67",
        "attachments": [
            {"title": "注文番号 1042", "text": "合計 ¥12,000", "title_link": "tel:+74951234567"}
        ],
    },
)
