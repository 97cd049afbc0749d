"""The HTML pages: empty, but for the JSON that scripts read."""

import msgspec

from tests.ytsim.innertube import VISITOR, Json
from tests.ytsim.player_js import PLAYER_URL, SIGNATURE_TIMESTAMP
from tests.ytsim.reply import Reply

_CONFIGURATION: Json = {
    "INNERTUBE_CONTEXT": {
        "client": {
            "clientName": "WEB",
            "clientVersion": "2.20260708.00.00",
            "hl": "en",
            "visitorData": VISITOR,
        }
    },
    "INNERTUBE_CONTEXT_CLIENT_NAME": 1,
    "INNERTUBE_API_KEY": "sim",
    "VISITOR_DATA": VISITOR,
    "STS": SIGNATURE_TIMESTAMP,
    "PLAYER_JS_URL": PLAYER_URL,
}
IFRAME_API = f"var scriptUrl = '{PLAYER_URL.rpartition('/player_ias')[0]}/www-widgetapi.js';"


def page(data: Json, player_response: Json | None = None) -> Reply:
    """Give a page that shows `data`, on a watch page with the player's response."""
    player = f"var ytInitialPlayerResponse = {_json(player_response)};" if player_response else ""
    script = f"ytcfg.set({_json(_CONFIGURATION)});{player}var ytInitialData = {_json(data)};"
    return Reply(f"<!DOCTYPE html><html><body><script>{script}</script></body></html>".encode())


def _json(value: Json) -> str:
    return msgspec.json.encode(value).decode()
