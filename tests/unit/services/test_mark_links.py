"""Links as they go out: the shop's own say which message they stand in, all others stay as they are."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.channels.content import Content, EmailContent, PushContent, SmsContent, WhatsAppContent
from shared.domain.channels.short_links import MAX_TARGETS, token_of
from shared.domain.channels.tracking import read_tracking
from shared.domain.channels.utm import Utm, with_parameters
from shared.domain.consent.words import Channel
from shared.domain.language.reading import Faults
from shared.services.mark_links import LinkMarks
from tests.builders import a_message
from tests.fakes.clock import FakeClock
from tests.fakes.sending import FakeSentLinks

UTM = "utm_source=carillon&utm_medium=email&utm_campaign=cart_abandonment&utm_content=cart_reminder"


def marks(utm: Utm | None = Utm(), own: Any = None, **changes: Any) -> LinkMarks:  # noqa: B008
    settings: dict[str, Any] = {
        "hosts": {"shop.example"},
        "public_url": "https://api.shop.example",
        "utm": utm,
        "own_of": lambda _: {} if own is None else None if own is False else own,
        "links": FakeSentLinks(),
        "clock": FakeClock(),
    }
    return LinkMarks(**settings | changes)


def html_of(content: Content) -> str:
    assert isinstance(content, EmailContent)
    return content.html


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://shop.example/cart", f"https://shop.example/cart?{UTM}"),
        ("https://www.shop.example", f"https://www.shop.example?{UTM}"),
        ("https://shop.example/cart?id=1", f"https://shop.example/cart?id=1&{UTM}"),
        ("https://shop.example/cart?id=1#top", f"https://shop.example/cart?id=1&{UTM}#top"),
        ("https://shop.example/?utm_source=own&x=%C3%A9", None),
        ("https://api.shop.example/v1/unsubscribe/abc", "https://api.shop.example/v1/unsubscribe/abc"),
        ("https://elsewhere.example/", "https://elsewhere.example/"),
        ("https://notshop.example/", "https://notshop.example/"),
        ("mailto:care@shop.example", "mailto:care@shop.example"),
        ("http://shop.example/", "http://shop.example/"),
    ],
)
def test_only_the_shops_own_links_are_marked_and_what_they_said_stays(written: str, sent: str | None) -> None:
    html = f'<a class="x" href="{written.replace("&", "&amp;")}">Basket</a><img src="https://shop.example/a.png">'
    content = EmailContent(subject="s", html=html, text=f"See {written}.\n")
    marked = marks().mark(content, a_message(), Channel.EMAIL)
    if sent is None:
        sent = f"{written}&{UTM.removeprefix('utm_source=carillon&')}"

    assert isinstance(marked, EmailContent)
    assert marked.html == html.replace(written.replace("&", "&amp;"), sent.replace("&", "&amp;"))
    assert marked.text == f"See {sent}.\n"


@pytest.mark.parametrize(
    ("utm", "own", "changes", "query"),
    [
        (Utm("shop", {"email": "newsletter"}), None, {}, "shop newsletter cart_abandonment cart_reminder"),
        (Utm(by_message=True), None, {}, "carillon email cart_reminder -"),
        (Utm(), None, {"journey": ""}, "carillon email cart_reminder -"),
        (Utm(), None, {"step": "2.discount.0"}, "carillon email cart_abandonment discount"),
        (Utm(), None, {"step": "3.then.0.late.1"}, "carillon email cart_abandonment late"),
        (Utm(), {"campaign": "spring sale", "content": "hero"}, {}, "carillon email spring_sale hero"),
    ],
    ids=str,
)
def test_what_they_say(utm: Utm, own: Any, changes: dict[str, Any], query: str) -> None:
    content = EmailContent("s", '<a href="https://shop.example/">x</a>', "")
    html = html_of(marks(utm, own).mark(content, a_message(**changes), Channel.EMAIL)).replace("&amp;", "&")
    found = dict(parse_qsl(urlsplit(html.split('"')[1]).query))

    names = ("utm_source", "utm_medium", "utm_campaign", "utm_content")
    assert " ".join(found.get(name, "-").replace(" ", "_") for name in names) == query


@pytest.mark.parametrize(("utm", "own"), [(None, None), (Utm(), False)], ids=str)
def test_nothing_is_said_where_the_brand_or_the_message_says_nothing(utm: Utm | None, own: Any) -> None:
    content = EmailContent("s", '<a href="https://shop.example/">x</a>', "https://shop.example/")

    assert marks(utm, own).mark(content, a_message(), Channel.EMAIL) == content


def test_a_notification_and_whatsapp_are_marked_too_and_a_text_is_not() -> None:
    address, query = "https://shop.example/cart", "utm_source=carillon&utm_medium={}&utm_campaign=j&utm_content=m"
    message = a_message(journey="j", name="m")
    whatsapp = WhatsAppContent(
        "t", "en", (("1", "Ana"), ("2", address)), ("image", "https://shop.example/a.png"), f"See {address}!"
    )
    push = PushContent("t", "b", link=address, image="https://shop.example/a.png")
    to = marks()

    marked = f"{address}?{query.format('push')}"
    assert to.mark(push, message, Channel.PUSH) == PushContent(
        "t", "b", link=marked, image="https://shop.example/a.png"
    )
    assert to.mark(PushContent("t", "b", link="shop://cart"), message, Channel.PUSH).link == "shop://cart"  # type: ignore[union-attr]
    marked = f"{address}?{query.format('whatsapp')}"
    assert to.mark(whatsapp, message, Channel.WHATSAPP) == WhatsAppContent(
        "t", "en", (("1", "Ana"), ("2", marked)), ("image", "https://shop.example/a.png"), f"See {marked}!"
    )
    assert to.mark(SmsContent(address), message, Channel.SMS) == SmsContent(address)


class TestOurOwnLinks:
    BASE = "https://api.shop.example/l/" + token_of(a_message().id)

    def test_a_texts_links_are_short_and_what_they_lead_to_is_kept(self) -> None:
        links, clock = FakeSentLinks(), FakeClock()
        to = marks(clicks={Channel.SMS}, links=links, clock=clock)
        text = "See https://shop.example/cart?id=1, https://elsewhere.example/ and https://shop.example/cart?id=1!"
        marked = to.mark(SmsContent(text), a_message(), Channel.SMS)

        assert marked == SmsContent(f"See {self.BASE}0, https://elsewhere.example/ and {self.BASE}0!")
        query = UTM.replace("email", "sms")
        [kept] = links.kept.values()
        assert kept.targets == (f"https://shop.example/cart?id=1&{query}",)
        assert (kept.message_id, kept.channel, kept.at) == (a_message().id, Channel.SMS, clock.now())
        assert to.mark(SmsContent(text), a_message(), Channel.SMS) == marked

    def test_a_mails_links_ask_ses_to_leave_them_alone(self) -> None:
        html = '<a href="https://shop.example/?a=1&amp;b=2">x</a><a href="https://elsewhere.example/">y</a>'
        links = FakeSentLinks()
        marked = marks(None, clicks={Channel.EMAIL}, links=links).mark(
            EmailContent("s", html, "https://shop.example/b"), a_message(), Channel.EMAIL
        )

        assert html_of(marked) == (
            f'<a ses:no-track href="{self.BASE}0">x</a><a href="https://elsewhere.example/">y</a>'
        )
        assert [kept.targets for kept in links.kept.values()] == [
            ("https://shop.example/?a=1&b=2", "https://shop.example/b")
        ]

    @pytest.mark.parametrize(
        ("written", "sent"),
        [
            ('<link href="https://shop.example/font.css" rel="stylesheet">', None),
            ('<v:roundrect href="https://shop.example/" fill="t">', '<v:roundrect href="{base}0" fill="t">'),
            ('<a class="x" href="https://shop.example/">x</a>', '<a class="x" ses:no-track href="{base}0">x</a>'),
            ('<A HREF="https://shop.example/">x</A>', '<A ses:no-track HREF="{base}0">x</A>'),
            ('<p title="href=https://shop.example/">x</p>', None),
        ],
    )
    def test_what_nobody_follows_is_no_link(self, written: str, sent: str | None) -> None:
        to = marks(None, clicks={Channel.EMAIL})
        marked = to.mark(EmailContent("s", written, "t"), a_message(), Channel.EMAIL)

        assert html_of(marked) == (written if sent is None else sent.format(base=self.BASE))

    @pytest.mark.parametrize("behind", ["，谢谢", "。", "…", "」", "’", "» merci", "입니다", "でご確認"])
    def test_the_words_around_an_address_are_not_its_own(self, behind: str) -> None:
        links = FakeSentLinks()
        to = marks(None, clicks={Channel.SMS}, links=links)
        marked = to.mark(SmsContent(f"看https://shop.example/cart{behind}"), a_message(), Channel.SMS)

        assert marked == SmsContent(f"看{self.BASE}0{behind}")
        assert [kept.targets for kept in links.kept.values()] == [("https://shop.example/cart",)]

    def test_other_channels_and_our_own_pages_are_left_alone(self) -> None:
        links = FakeSentLinks()
        to = marks(None, clicks={Channel.SMS}, links=links)
        own = SmsContent("https://api.shop.example/v1/unsubscribe/x")

        assert to.mark(own, a_message(), Channel.SMS) == own
        assert to.mark(PushContent("t", "b", link="https://shop.example/"), a_message(), Channel.PUSH) == PushContent(
            "t", "b", link="https://shop.example/"
        )
        assert not links.kept

    def test_what_is_beyond_the_most_leads_there_directly(self) -> None:
        links = FakeSentLinks()
        text = " ".join(f"https://shop.example/{n}" for n in range(MAX_TARGETS + 1))
        marked = marks(None, clicks={Channel.SMS}, links=links).mark(SmsContent(text), a_message(), Channel.SMS)

        assert isinstance(marked, SmsContent)
        assert marked.text.endswith(f"{self.BASE}{MAX_TARGETS - 1} https://shop.example/{MAX_TARGETS}")
        [kept] = links.kept.values()
        assert len(kept.targets) == MAX_TARGETS


@settings(max_examples=80)
@given(
    query=st.lists(st.tuples(st.text("abuüé&=#%_ ", max_size=5), st.text("ab&=#é ", max_size=4)), max_size=4),
    fragment=st.text("ab/?", max_size=4),
)
def test_what_an_address_says_already_stays_and_is_not_said_twice(query: list[tuple[str, str]], fragment: str) -> None:
    from urllib.parse import urlencode

    address = "https://shop.example/a?" + urlencode(query) + (f"#{fragment}" if fragment else "")
    marked = with_parameters(address, {"utm_source": "c", "utm_medium": "e m"})

    before, after = urlsplit(address), urlsplit(marked)
    kept = parse_qsl(before.query, keep_blank_values=True)
    assert parse_qsl(after.query, keep_blank_values=True) == [*kept, ("utm_source", "c"), ("utm_medium", "e m")]
    assert (after.path, after.fragment) == (before.path, before.fragment)
    assert with_parameters(marked, {"utm_source": "c", "utm_medium": "e m"}) == marked


@pytest.mark.parametrize(
    ("said", "utm"),
    [
        ({}, None),
        ({"utm": False}, None),
        ({"utm": True}, Utm()),
        ({"utm": {"source": "s", "medium": {"push": "app_push"}}}, Utm("s", {"push": "app_push"})),
        ({"utm": {"campaign": "message"}}, Utm(by_message=True)),
    ],
    ids=str,
)
def test_what_the_brand_says(said: dict[str, Any], utm: Utm | None) -> None:
    faults = Faults()

    assert read_tracking({"tracking": said}, faults).utm == utm
    assert not [*faults]


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"utm": "yes"}, "tracking.utm"),
        ({"utm": {"sorce": "x"}}, "tracking.utm"),
        ({"utm": {"medium": {"fax": "x"}}}, "tracking.utm.medium.fax"),
        ({"utm": {"campaign": "both"}}, "tracking.utm.campaign"),
        ({"tap": True}, "tracking"),
        ({"taps": "yes"}, "tracking.taps"),
        ({"clicks": ["fax"]}, "tracking.clicks"),
    ],
    ids=str,
)
def test_what_it_cannot_say(said: dict[str, Any], path: str) -> None:
    faults = Faults()
    read_tracking({"tracking": said}, faults)

    assert [".".join(fault.path) for fault in faults] == [path]
