"""What ``evaluate_events`` is made of."""

from dataclasses import dataclass
from functools import cache

import boto3

from shared.adapters import compiled_playbook
from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.consent_history import DynamoConsentHistory
from shared.adapters.dynamodb.countings import DynamoCountings
from shared.adapters.dynamodb.journey_versions import DynamoJourneyVersions
from shared.adapters.dynamodb.merges import DynamoMerges
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.quality_counts import DynamoQualityCounts
from shared.adapters.dynamodb.timeline import DynamoTimeline
from shared.adapters.event_queue import SqsEventQueue
from shared.adapters.playbook_artefact import playbook_directory
from shared.bootstrap.aws import CALLS
from shared.bootstrap.erased_people import erased_people
from shared.domain.decide import decide
from shared.domain.draft import is_known
from shared.domain.timing import DAY
from shared.services.evaluate_events import EventEvaluator
from shared.services.join_people import PeopleJoiner
from shared.services.keep_count import CountKeeper
from shared.services.keep_versions import VersionKeeper
from shared.services.part_people import PeopleParter
from shared.services.watch_quality import QualityWatch
from shared.settings.evaluate_events import EvaluateSettings


@dataclass(frozen=True, slots=True)
class Evaluate:
    """What decides, and what notices faults in what was decided on."""

    evaluator: EventEvaluator
    quality: QualityWatch


@cache
def evaluate() -> Evaluate:
    settings = EvaluateSettings.from_env()
    dynamodb = boto3.client("dynamodb", config=CALLS)
    kept_for = int(settings.timeline_days) * DAY
    playbook = compiled_playbook.load(playbook_directory())
    timeline = DynamoTimeline(dynamodb, table=settings.table_name, kept_for=kept_for)
    clock = SystemClock(speed=float(settings.clock_speed), epoch=int(settings.clock_epoch))
    countings = DynamoCountings(dynamodb, table=settings.table_name)
    profiles = DynamoProfiles(dynamodb, table=settings.table_name)
    versions = VersionKeeper(playbook=playbook, versions=DynamoJourneyVersions(dynamodb, table=settings.table_name))
    people = PeopleJoiner(
        profiles=profiles,
        timeline=timeline,
        aliases=DynamoAliases(dynamodb, table=settings.table_name),
        queue=SqsEventQueue(boto3.client("sqs", config=CALLS), queue_url=settings.events_queue_url),
    )
    evaluator = EventEvaluator(
        decide=decide,
        is_known=is_known,
        profiles=profiles,
        timeline=timeline,
        counts=CountKeeper(
            playbook=playbook, countings=countings, timeline=timeline, people=people, clock=clock, kept_for=kept_for
        ),
        versions=versions,
        erased=erased_people(dynamodb, table=settings.table_name, digest_secret=settings.digest_secret, clock=clock),
        people=people,
        parter=PeopleParter(
            profiles=profiles,
            merges=DynamoMerges(dynamodb, table=settings.table_name),
            timeline=timeline,
            history=DynamoConsentHistory(dynamodb, table=settings.table_name),
            people=people,
            versions=versions,
            clock=clock,
        ),
        clock=clock,
        max_receives=int(settings.max_receives),
    )
    counts = DynamoQualityCounts(dynamodb, table=settings.table_name)
    return Evaluate(evaluator, QualityWatch(counts=counts, clock=clock, knows=playbook.concerns))
