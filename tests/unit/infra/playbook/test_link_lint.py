"""No address that a message shows, on whatever channel, is one that others could read and change on the way."""

from pathlib import Path

import pytest

from infra.playbook.build import review_playbook
from tests.unit.infra.playbook_folder import write_playbook

TEXT = "messages/hello/sms.txt"
PUSH = "messages/hello/push.yaml"
WHATSAPP = "messages/hello/whatsapp.yaml"
NOTE = "title: Hello\nbody: Hello\n"


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        (TEXT, "Your cart: https://shop.example/cart", None),
        (TEXT, "Your cart: http://shop.example/cart", "http://shop.example/cart is not https"),
        (
            TEXT,
            "Hello\n{% if traits.firstName == 'Bo' %}HTTP://shop.example{% endif %}",
            "HTTP://shop.example is not https",
        ),
        (TEXT, "Hello {{ traits.firstName }}://shop", None),
        (PUSH, NOTE + "link: https://shop.example/cart\n", None),
        (PUSH, NOTE + "link: myshop://cart\n", None),
        (PUSH, NOTE + "link: http://shop.example/cart\n", "http://shop.example/cart is not https"),
        (PUSH, NOTE + 'link: "javascript:alert(1)"\n', "`link` is javascript: an address of the shop's, or of the"),
        (PUSH, NOTE + "image: http://shop.example/mug.jpg\n", "`image` is not https"),
        (PUSH, NOTE + "image: mug.jpg\n", "`image` is not https"),
        (PUSH, "title: Hello\nbody: See http://shop.example\n", "http://shop.example is not https"),
        (WHATSAPP, "text: See http://shop.example\n", "http://shop.example is not https"),
    ],
)
def test_an_address_is_of_https(tmp_path: Path, file: str, content: str, said: str | None) -> None:
    faults = list(map(str, review_playbook(write_playbook(tmp_path, {file: content})).faults))

    assert [fault for fault in faults if "https" in fault or "`link`" in fault] == faults
    assert bool(faults) == (said is not None), faults
    if said is not None:
        assert faults[0].startswith(f"{file}:")
        assert said in faults[0]


def test_a_text_part_of_its_own_is_held_to_the_same(tmp_path: Path) -> None:
    mail = "<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>"
    playbook = write_playbook(
        tmp_path,
        {
            "messages/hello/message.yaml": "title: Hello\nsubject: Hello\npreheader: Hello\n",
            "messages/hello/email.mjml": mail,
            "messages/hello/email.txt": "Hello, see http://shop.example/cart.\n",
        },
    )

    (fault,) = map(str, review_playbook(playbook).faults)
    assert fault.startswith("messages/hello/email.txt:1: http://shop.example/cart. is not https")
