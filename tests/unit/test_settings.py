"""Settings go through the environment and come back the same; what is missing is named."""

import pytest

from shared.settings import Settings
from shared.settings.evaluate_events import EvaluateSettings
from shared.settings.record_feedback import FeedbackSettings


def test_settings_survive_the_environment() -> None:
    settings = FeedbackSettings(
        table_name="t", digest_secret="d", events_queue_url="e", feedback_queue_url="f", clock_speed="3600"
    )

    assert FeedbackSettings.from_env(settings.to_env() | {"PATH": "/bin"}) == settings


def test_what_has_a_default_may_be_missing() -> None:
    told = {"TABLE_NAME": "t", "EVENTS_QUEUE_URL": "q", "DIGEST_SECRET": "d"}

    assert EvaluateSettings.from_env(told) == EvaluateSettings(table_name="t", events_queue_url="q", digest_secret="d")


def test_every_missing_variable_is_named() -> None:
    with pytest.raises(KeyError, match="FeedbackSettings needs TABLE_NAME, DIGEST_SECRET, FEEDBACK_QUEUE_URL"):
        FeedbackSettings.from_env({"EVENTS_QUEUE_URL": "e"})


@pytest.mark.parametrize("settings", Settings.__subclasses__(), ids=lambda settings: settings.__name__)
def test_every_setting_is_text(settings: type[Settings]) -> None:
    assert set(settings.__annotations__.values()) == {str}
