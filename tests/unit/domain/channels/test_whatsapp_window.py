"""When free words may go by WhatsApp, and what goes instead."""

import pytest

from shared.domain.channels.content import WhatsAppContent
from shared.domain.channels.whatsapp_window import WINDOW, allowed
from shared.domain.events import Trust
from shared.domain.profiles import Profile
from shared.domain.timing import DAY
from tests.builders import NOON
from tests.stories import Story, a_playbook

TEMPLATE = WhatsAppContent("reminder", "en")
FREE = WhatsAppContent(text="Still there")
BOTH = WhatsAppContent("reminder", "en", text="Still there")


@pytest.mark.parametrize(
    ("content", "wrote_at", "sent"),
    [
        (BOTH, NOON - WINDOW + 1, BOTH),
        (BOTH, NOON - WINDOW, TEMPLATE),
        (BOTH, 0, TEMPLATE),
        (BOTH, NOON, BOTH),
        (BOTH, NOON + 1, TEMPLATE),
        (TEMPLATE, NOON - 1, TEMPLATE),
        (FREE, NOON - 1, FREE),
        (FREE, NOON - DAY, None),
    ],
)
def test_free_words_go_within_a_day_of_the_person_s_own(
    content: WhatsAppContent, wrote_at: int, sent: WhatsAppContent | None
) -> None:
    assert allowed(content, wrote_at, NOON) == sent


def test_the_latest_of_what_the_person_wrote_opens_the_window() -> None:
    story = Story(a_playbook(), Profile(id="u1"))
    for at in (NOON + 5, NOON + 9, NOON + 7):
        story.happens("Message Received", at, arrives=NOON + DAY, trust=Trust.SYSTEM)
    assert story.profile.wrote_at == NOON + 9
