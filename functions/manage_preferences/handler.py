"""The pages behind the links of a message: the preference centre, opt-outs, and mail programs' one click (RFC 8058).

``GET`` shows how things stand and changes nothing; ``POST`` is the person's word.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions import http_api
from functions.manage_preferences.answers import answer
from functions.manage_preferences.forms import CHOICE, Form, choice_in, field, is_one_click, read_form
from functions.manage_preferences.views import preferences_view, wordings_of
from functions.manage_preferences.visits import asked_language, evidence, header, is_from_elsewhere
from shared.adapters.sources.http_body import read_body
from shared.bootstrap.manage_preferences import preferences
from shared.domain.consent.masking import mask_email
from shared.domain.consent.preferences import wording_of
from shared.domain.consent.words import Channel
from shared.domain.events import NOTHING
from shared.domain.locales.languages import choose_language
from shared.domain.profiles import email_of
from shared.errors import ExpiredLinkError, InvalidInputError, InvalidLinkError
from shared.observability import error_fields
from shared.services.address_changes import AddressChange
from shared.services.confirmations import Confirmation
from shared.services.links import UnsubscribeLink
from shared.services.manage_preferences import Choice
from shared.services.preference_centre import Action, Asked, Centre

MAX_FORM_SIZE: Final = 20_000
MAX_ADDRESS: Final = 254
FORM_FAULT: Final = "form"
CONFIRM: Final = "confirm"
ADDRESS: Final = "address"

logger = Logger(service="manage_preferences")
metrics = Metrics(namespace="Carillon", service="manage_preferences")
app = APIGatewayHttpResolver()


@app.get("/v1/unsubscribe/<token>")
@app.head("/v1/unsubscribe/<token>")
def show_unsubscribe(token: str) -> Response[str]:
    return _unsubscribe_page("unsubscribe", HTTPStatus.OK, preferences().desk.read(token))


@app.post("/v1/unsubscribe/<token>")
def unsubscribe(token: str) -> Response[str]:
    form = _form()
    choice = choice_in(form)
    if choice is None or (_is_from_elsewhere() and not is_one_click(form)):
        status = HTTPStatus.BAD_REQUEST if choice is None else HTTPStatus.FORBIDDEN
        return _unsubscribe_page("unsubscribe", status, preferences().desk.read(token))
    link = preferences().desk.take(token, choice)
    name = "Subscribed" if choice is Choice.UNDO else "Unsubscribed"
    metrics.add_metric(name=f"Preferences{name}", unit=MetricUnit.Count, value=1)
    _log(choice, profile=link.profile_id, message_id=link.message_id, channel=link.channel)
    return _unsubscribe_page(name.lower(), HTTPStatus.OK, link, choice)


@app.get("/v1/preferences/<token>")
@app.head("/v1/preferences/<token>")
def show_preferences(token: str) -> Response[str]:
    return _preferences_page(preferences().centre.open(token))


@app.post("/v1/preferences/<token>")
def change_preferences(token: str) -> Response[str]:
    centre = preferences().centre.open(token)
    form = _form()
    action = field(form, "action")
    if action == ADDRESS and centre.is_known and preferences().may_change_address and not _is_from_elsewhere():
        return _ask_address(token, centre, field(form, "address").strip())
    if action not in set(Action):
        return _preferences_page(centre, HTTPStatus.BAD_REQUEST, error=FORM_FAULT)
    if _is_from_elsewhere():
        return _preferences_page(centre, HTTPStatus.FORBIDDEN, error=FORM_FAULT)
    asked = Asked(
        action=Action(action),
        form=field(form, "form"),
        on={int(number) for number in form.get("on", ()) if number.isdecimal() and len(number) < 4},
        wordings=wordings_of(centre, preferences().pages, _language(centre.person.traits)),
        evidence=_evidence(),
    )
    try:
        centre = preferences().centre.take(token, asked)
    except InvalidLinkError:
        return _preferences_page(centre, HTTPStatus.BAD_REQUEST, error=FORM_FAULT)
    if centre.outcome is not None:
        metrics.add_metric(name=f"Preferences{centre.outcome.title()}", unit=MetricUnit.Count, value=1)
        _log(centre.outcome, profile=centre.link.profile_id, message_id=centre.link.message_id)
    return _preferences_page(centre)


@app.get("/v1/confirm/<token>")
@app.head("/v1/confirm/<token>")
def show_confirmation(token: str) -> Response[str]:
    confirmation = preferences().confirmations.open(token)
    return _confirm_page("confirm", HTTPStatus.OK, confirmation)


@app.post("/v1/confirm/<token>")
def confirm(token: str) -> Response[str]:
    confirmation = preferences().confirmations.open(token)
    if field(_form(), CHOICE) != CONFIRM or _is_from_elsewhere():
        return _confirm_page("confirm", HTTPStatus.BAD_REQUEST, confirmation)
    pages, language = preferences().pages, _language(confirmation.person.traits)

    def wording(topic: str | None) -> str:
        return wording_of(language, pages.agreement(language, "confirm", topic, confirmation.link.channel))

    confirmation = preferences().confirmations.confirm(token, wording, _evidence)
    if not confirmation.topics:
        return _confirm_page("confirm", HTTPStatus.OK, confirmation)
    metrics.add_metric(name="PreferencesConfirmed", unit=MetricUnit.Count, value=1)
    _log(CONFIRM, profile=confirmation.link.profile_id, channel=confirmation.link.channel)
    return _confirm_page("confirmed", HTTPStatus.OK, confirmation)


def _ask_address(token: str, centre: Centre, entered: str) -> Response[str]:
    """Have the new address asked, or say beside its field what is wrong with it."""
    address = email_of(entered[:MAX_ADDRESS])
    if address is None or len(entered) > MAX_ADDRESS:
        return _preferences_page(centre, HTTPStatus.BAD_REQUEST, error="address", entered=entered[:MAX_ADDRESS])
    if address in centre.person.known_addresses(Channel.EMAIL):
        return _preferences_page(centre, HTTPStatus.BAD_REQUEST, error="address_same", entered=entered)
    preferences().addresses.ask(centre.person, address, token, _evidence())
    metrics.add_metric(name="PreferencesAddressAsked", unit=MetricUnit.Count, value=1)
    _log("address", profile=centre.person.id, message_id=centre.link.message_id)
    return _preferences_page(centre, status_text="asked")


@app.get("/v1/address/<token>")
@app.head("/v1/address/<token>")
def show_address(token: str) -> Response[str]:
    return _address_page("address", HTTPStatus.OK, preferences().addresses.open(token))


@app.post("/v1/address/<token>")
def change_address(token: str) -> Response[str]:
    if field(_form(), CHOICE) != CONFIRM or _is_from_elsewhere():
        return _address_page("address", HTTPStatus.BAD_REQUEST, preferences().addresses.open(token))
    change = preferences().addresses.change(token)
    if not change.is_open:
        return _address_page("address", HTTPStatus.OK, change)
    metrics.add_metric(name="PreferencesAddressChanged", unit=MetricUnit.Count, value=1)
    _log("address_changed", profile=change.person.id)
    return _address_page("address_changed", HTTPStatus.OK, change)


@app.exception_handler(ExpiredLinkError)  # type: ignore[untyped-decorator]
def refuse_expired(_error: ExpiredLinkError) -> Response[str]:
    return _page("link_expired", HTTPStatus.GONE)


@app.exception_handler(InvalidInputError)  # type: ignore[untyped-decorator]
def refuse(_error: InvalidInputError) -> Response[str]:
    return _page("link_invalid", HTTPStatus.BAD_REQUEST)


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def apologise(error: Exception) -> Response[str]:
    """Nobody is told that something was changed when that is not certain; the same click again is harmless."""
    logger.error("a request could not be served", extra=error_fields(error))
    return _page("try_again", HTTPStatus.SERVICE_UNAVAILABLE)


@app.not_found
def not_found(_error: NotFoundError) -> Response[str]:
    return _page("link_invalid", HTTPStatus.NOT_FOUND)


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http_api.answer(app, metrics, event, context)


def _form() -> Form:
    request = app.current_event.raw_event
    return read_form(read_body(request, limit=MAX_FORM_SIZE), header(request, "content-type"))


def _is_from_elsewhere() -> bool:
    return is_from_elsewhere(app.current_event.raw_event, preferences().public_url)


def _log(what: str, **fields: object) -> None:
    logger.info("a person changed what they hear of", extra={"choice": str(what), **fields})


def _language(traits: Mapping[str, Any] | None = None) -> str:
    request = app.current_event.raw_event
    return choose_language(
        preferences().pages.languages(),
        asked=asked_language(request),
        traits=traits,
        accepted=header(request, "accept-language"),
    )


def _unsubscribe_page(
    name: str, status: HTTPStatus, link: UnsubscribeLink, choice: Choice | None = None
) -> Response[str]:
    """In the person's language, but for a mail program: that one is in a hurry, and reads nothing."""
    traits = {} if choice is Choice.ONE_CLICK else preferences().traits_of(link.profile_id)
    language = _language(traits)
    return _page(
        name,
        status,
        language,
        {
            "channel": link.channel.value,
            "topic": preferences().pages.title(link.topic, language),
            "choice": choice or "",
            "preferences": f"../preferences/{preferences().desk.way_to_preferences(link)}",
        },
    )


def _confirm_page(name: str, status: HTTPStatus, confirmation: Confirmation) -> Response[str]:
    pages, language = preferences().pages, _language(confirmation.person.traits)
    return _page(
        name,
        status,
        language,
        {
            "channel": confirmation.link.channel.value,
            "titles": [pages.title(topic, language) for topic in confirmation.topics],
            "preferences": f"../preferences/{preferences().confirmations.way_to_preferences(confirmation)}",
        },
    )


def _evidence() -> Mapping[str, str]:
    return evidence(app.current_event.raw_event, preferences().digest_key)


def _address_page(name: str, status: HTTPStatus, change: AddressChange) -> Response[str]:
    return _page(
        name,
        status,
        _language(change.person.traits),
        {
            "address": mask_email(change.link.address) if change.is_open else "",
            "preferences": f"../preferences/{preferences().addresses.way_to_preferences(change)}",
        },
    )


def _preferences_page(
    centre: Centre, status: HTTPStatus = HTTPStatus.OK, *, error: str = "", status_text: str = "", entered: str = ""
) -> Response[str]:
    pages, language = preferences().pages, _language(centre.person.traits)
    view = preferences_view(
        centre,
        pages,
        language,
        form=preferences().centre.form_of(centre, wordings_of(centre, pages, language)),
        now=preferences().clock.now(),
        timezone=preferences().timezone,
        error=error,
    ) | {"entered": entered, "may_change_address": preferences().may_change_address and centre.is_known}
    if status_text:
        view["status"] = status_text
    return _page("preferences", status, language, view)


def _page(name: str, status: HTTPStatus, language: str = "", context: Mapping[str, Any] = NOTHING) -> Response[str]:
    return answer(
        preferences().pages,
        name,
        status,
        language or _language(),
        context,
        is_head=app.current_event.http_method == "HEAD",
    )
