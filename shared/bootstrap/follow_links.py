"""What ``follow_links`` is made of."""

from functools import cache

import boto3

from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.sent_links import DynamoSentLinks
from shared.adapters.playbook_artefact import load_plain, playbook_directory
from shared.adapters.sources.link_clicks import SqsClicks
from shared.bootstrap.aws import CALLS
from shared.services.follow_links import LinkFollower
from shared.settings.follow_links import FollowSettings


@cache
def follower() -> LinkFollower:
    settings = FollowSettings.from_env()
    clock = SystemClock(speed=float(settings.clock_speed), epoch=int(settings.clock_epoch))
    return LinkFollower(
        links=DynamoSentLinks(boto3.client("dynamodb", config=CALLS), table=settings.table_name, clock=clock),
        clicks=SqsClicks(boto3.client("sqs", config=CALLS), queue_url=settings.feedback_queue_url),
        clock=clock,
    )


@cache
def front_door() -> str:
    """Where links lead that nobody knows any more: the shop's own front page, if it has said which that is."""
    links = load_plain(playbook_directory())["brand"].get("links") or {}
    return str(links.get("shop") or "")
