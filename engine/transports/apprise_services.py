"""
The services of Apprise that messages may be sent to.

All of them are reached over the network and need nothing from this machine. Left out are those that
show something on this machine's desktop or write to its log, and those that read keys from files or
need a library that is not installed.
"""

from __future__ import annotations

from collections.abc import Iterable

SERVICES = frozenset(
    """
    46elks apprise apprises aprs atalk azure bark barks betterstack bluesky brevo
    bsky bulksms bulkvs burstsms chanify clickatell clicksend cliq cm d7sms dapnet deltachat
    deltachats dingtalk discord dot eight00com elks emby embys enigma2 enigma2s evolution
    evolutions exotel feishu firehydrant flock flowtriq flowtriqs fluxer fluxers form forms
    freemobile gchat github goalert goalerts gorush gorushs gotify gotifys groundmail groupme
    guilded gupshup hassio hassios httpsms humhub humhubs ifttt ilert incidentio infobip irc
    ircs jellyfin jellyfins jira join json jsons kakao kakaotalk kaleyra kavenegar klr kodi
    kodis kook kudosity kumulos lametric lametrics lark lauther lfg line mailersend mailgun
    mailto mailtos mastodon mastodons matrix matrixs misskey misskeys mmost mmosts mobilemessage
    mobilemsg msg91 msgbird ncloud nclouds nctalk nctalks nexmo nostr notica noticas notifiarr
    notifico notificos notifyre ntfy ntfys o365 octopush onebot onebots onesignal opsgenie
    pagerduty pagertree parsep parseps pbul pinglet pinglets pingram pjet pjets plivo postmark
    pover prowl psafer psafers push pushdeer pushdeers pushed pushme pushplus pushward pushy qq
    reddit resend revolt ringc rocket rockets rsyslog ryver schan sendgrid sendpulse serwersms
    ses session sessions seven sfr signal signalgrid signals signl4 simplepush sinch slack smsc
    smseagle smseagles smsmanager smsmgr smstunnel smtp2go sns sogs sparkpost spike splunk
    spugpush spush squadcast stackfield strmlabs synology synologys telesign telnyx tgram
    threema toot toots trigv trigvs tweet twilio twist twitter viber victorops voipms vonage
    webex wechat wecom wecombot whapi whatsapp workflow workflows wpush wxpusher wxteams x xbmc
    xbmcs xmatters xml xmls youlmk zalo zcliq zohocliq zoom zulip
    """.split()  # noqa: SIM905 - a word a line would be two hundred lines
)

#: These show HTML. Of Markdown the library makes it in ways that lose line ends and indentation.
SHOW_HTML = frozenset(("matrix", "matrixs", "pover", "tgram"))

#: Parameters that name a file, or an address to fetch one from.
_FILE_PARAMETERS = frozenset(("keyfile", "pgp", "pgpkey", "pgpprv", "pgppub", "subfile", "wkd"))
#: To these `template` is such a file; to others it is the name of one kept there.
_TEMPLATE_FILES = frozenset(("discord", "slack", "tgram", "workflow", "workflows"))


def file_parameter(service: str, parameters: Iterable[str]) -> str | None:
    """Return the first parameter that would make a service read a file."""
    refused = _FILE_PARAMETERS | ({"template"} if service in _TEMPLATE_FILES else set())
    return next((name for name in parameters if name.lower().lstrip("+-:") in refused), None)
