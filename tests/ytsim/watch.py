"""What ``/youtubei/v1/next`` answers: all that stands around the player, and the comments."""

from typing import Final

from tests.ytsim import chat
from tests.ytsim.catalogue import Video
from tests.ytsim.innertube import Json, byline, channel_endpoint, continuation, nested, runs, text

COMMENTS: Final = 25
_COMMENTS_PER_PAGE: Final = 10
_MARKERS: Final = 100
_LIKE_BUTTON: Final = (
    "segmentedLikeDislikeButtonViewModel.likeButtonViewModel.likeButtonViewModel.toggleButtonViewModel."
    "toggleButtonViewModel.defaultButtonViewModel.buttonViewModel.accessibilityText"
)


def watch(video: Video | None) -> Json:
    """Give what stands around the player; nothing around a video that is unknown."""
    if video is None:
        return {"contents": {}}
    sections = [
        {"videoPrimaryInfoRenderer": _primary(video)},
        nested("videoSecondaryInfoRenderer.owner.videoOwnerRenderer", _owner()),
        _section(
            "comments-entry-point",
            nested("commentsEntryPointHeaderRenderer.commentCount", text(str(COMMENTS))),
        ),
        _section("comment-item-section", continuation(f"comments:{video.id}:head")),
    ]
    beside = {"conversationBar": chat.bar(video.id)} if video.streamed else {}
    results = nested("results.results.contents", sections)
    return {
        "contents": {"twoColumnWatchNextResults": {**results, **beside}},
        "engagementPanels": [_chapters()],
        "frameworkUpdates": nested("entityBatchUpdate.mutations", [_heatmap()]),
    }


def comments(token: str) -> Json:
    """Give the page of comments that a continuation token ``comments:VIDEO:PAGE`` asks for."""
    _, video, page = token.split(":")
    if page == "head":
        return {"onResponseReceivedEndpoints": [_comments_head(video)]}
    first = int(page) * _COMMENTS_PER_PAGE
    numbers = range(first, min(first + _COMMENTS_PER_PAGE, COMMENTS))
    items = [_thread(video, number) for number in numbers]
    if numbers.stop < COMMENTS:
        items.append(continuation(f"comments:{video}:{int(page) + 1}"))
    return {
        "onResponseReceivedEndpoints": [nested("appendContinuationItemsAction.continuationItems", items)],
        "frameworkUpdates": nested("entityBatchUpdate.mutations", [_comment(video, n) for n in numbers]),
    }


def _section(identifier: str, content: Json) -> Json:
    return {"itemSectionRenderer": {"sectionIdentifier": identifier, "contents": [content]}}


def _primary(video: Video) -> Json:
    like = nested(_LIKE_BUTTON, "like this video along with 1,234 other people")
    return {
        "title": runs(video.title),
        "viewCount": nested("videoViewCountRenderer.viewCount", text(f"{video.views:,} views")),
        "videoActions": nested("menuRenderer.topLevelButtons", [like]),
    }


def _owner() -> Json:
    return {
        "title": byline(),
        "subscriberCountText": text("1.5M subscribers"),
        "navigationEndpoint": channel_endpoint(),
        "badges": [nested("metadataBadgeRenderer.style", "BADGE_STYLE_TYPE_VERIFIED")],
    }


def _chapters() -> Json:
    chapters = [
        {"macroMarkersListItemRenderer": {"title": text(title), "timeDescription": text(start)}}
        for title, start in (("Intro", "0:00"), ("Middle", "0:04"), ("End", "0:08"))
    ]
    return nested(
        "engagementPanelSectionListRenderer.content.macroMarkersListRenderer.contents",
        chapters,
    )


def _heatmap() -> Json:
    markers = [
        {"startMillis": str(i * 120), "durationMillis": "120", "intensityScoreNormalized": i % 10 / 10}
        for i in range(_MARKERS)
    ]
    return nested(
        "payload.macroMarkersListEntity.markersList",
        {"markerType": "MARKER_TYPE_HEATMAP", "markers": markers},
    )


def _comments_head(video: str) -> Json:
    orders = [
        {
            "title": title,
            "serviceEndpoint": nested("continuationCommand.token", f"comments:{video}:0"),
        }
        for title in ("Top comments", "Newest first")
    ]
    header = {
        "countText": runs(str(COMMENTS)),
        "sortMenu": nested("sortFilterSubMenuRenderer.subMenuItems", orders),
    }
    return nested("reloadContinuationItemsCommand.continuationItems", [{"commentsHeaderRenderer": header}])


def _thread(video: str, number: int) -> Json:
    return nested(
        "commentThreadRenderer.commentViewModel.commentViewModel",
        {"commentKey": f"c{number}", "commentId": _comment_id(video, number)},
    )


def _comment(video: str, number: int) -> Json:
    comment = {
        "properties": {
            "commentId": _comment_id(video, number),
            "content": {"content": f"Comment {number} \N{GRINNING FACE}"},
            "publishedTime": "2 years ago",
        },
        "author": {
            "channelId": f"UC{number:022d}",
            "displayName": f"@user{number}",
            "avatarThumbnailUrl": "https://yt3.ggpht.com/a.jpg",
            "isCreator": number == 0,
            "isVerified": False,
        },
        "toolbar": {"likeCountA11y": f"{number} likes"},
    }
    return {"entityKey": f"c{number}", "payload": {"commentEntityPayload": comment}}


def _comment_id(video: str, number: int) -> str:
    return f"Ug{video}{number}"
