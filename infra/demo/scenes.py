"""The morning, scene by scene. What each person must receive is written by hand, not worked out from what they do."""

from typing import Final

from infra.demo import people
from infra.demo.people import adds, buys, checks_out, order, parcel, views
from infra.demo.script import (
    AgreesToTexts,
    Arrived,
    Browses,
    Deed,
    Expected,
    Identifies,
    OptsOut,
    Part,
    PaysAtTill,
    Person,
    Role,
    Scene,
    Tracks,
)

WELCOME_MAIL: Final = Expected("welcome", "email")
WELCOME_PUSH: Final = Expected("welcome", "push")
REMINDER_MAIL: Final = Expected("cart_reminder", "email")
REMINDER_PUSH: Final = Expected("cart_reminder", "push")
LAST_CALL_MAIL: Final = Expected("cart_last_call", "email")
LAST_CALL_SMS: Final = Expected("cart_last_call", "sms")
BROWSE_MAIL: Final = Expected("browse_reminder", "email")
CHECKOUT_MAIL: Final = Expected("checkout_reminder", "email")
CHECKOUT_PUSH: Final = Expected("checkout_reminder", "push")
SHIPPED_MAIL: Final = Expected("order_shipped", "email")
OUT_TEXT: Final = Expected("order_out_for_delivery", "sms")
OUT_PUSH: Final = Expected("order_out_for_delivery", "push")
DELIVERED_MAIL: Final = Expected("order_delivered", "email")
DELIVERED_PUSH: Final = Expected("order_delivered", "push")
CONFIRMATION_MAIL: Final = Expected("order_confirmation", "email")

REMINDED: Final = Arrived("cart_reminder")


def _role(person: Person, *parts: Part, receives: tuple[Expected, ...] = ()) -> Role:
    return Role(person, parts, receives)


def _at_first(*deeds: Deed) -> Part:
    return Part((Browses(("Home", "Mugs")), Identifies(), *deeds))


SIGNED_UP: Final = Tracks("Signed Up", {"source": "website"})

SCENES: Final = (
    Scene(
        "New here: sign up and look round",
        (
            _role(people.AOIFE, _at_first(SIGNED_UP, views("mug")), receives=(WELCOME_MAIL,)),
            _role(people.MATEUS, _at_first(SIGNED_UP, views("teapot")), receives=(WELCOME_MAIL,)),
            _role(people.YUKI, _at_first(SIGNED_UP), receives=(WELCOME_MAIL,)),
            _role(people.IDRIS, _at_first(SIGNED_UP, views("board")), receives=(WELCOME_MAIL,)),
            _role(people.PRIYA, _at_first(SIGNED_UP), receives=(WELCOME_MAIL,)),
            _role(people.LEVENT, _at_first(SIGNED_UP, views("jug")), receives=(WELCOME_PUSH,)),
        ),
    ),
    Scene(
        "Look twice and leave: a reminder after four hours",
        (
            _role(
                people.SANNE,
                _at_first(views("bowl", minutes_ago=20), views("candle", minutes_ago=5)),
                receives=(BROWSE_MAIL,),
            ),
        ),
    ),
    Scene("Cannot be reached: nothing", (_role(people.LOU, _at_first(adds("candle", "c-1007"))),)),
    Scene(
        "Leave at the checkout: one reminder of the basket, not two",
        (
            _role(
                people.GRETA,
                _at_first(adds("apron", "c-1008"), checks_out(501, "apron", cart="c-1008")),
                receives=(CHECKOUT_MAIL,),
            ),
            _role(people.OSKAR, _at_first(adds("jug", "c-1009"), checks_out(502, "jug")), receives=(CHECKOUT_PUSH,)),
        ),
    ),
    Scene(
        "Leave a cart: a reminder after an hour, one more a day later",
        (
            _role(people.MAREN, _at_first(adds("teapot", "c-1010")), receives=(REMINDER_MAIL, LAST_CALL_MAIL)),
            _role(
                people.TOMASZ,
                _at_first(adds("mug", "c-1011", minutes_ago=30)),
                receives=(REMINDER_MAIL, LAST_CALL_MAIL),
            ),
            _role(
                people.CLAIRE,
                _at_first(adds("apron", "c-1012"), adds("towel", "c-1012")),
                receives=(REMINDER_MAIL, LAST_CALL_MAIL),
            ),
            _role(
                people.NIAMH, _at_first(AgreesToTexts(), adds("jug", "c-1013")), receives=(REMINDER_MAIL, LAST_CALL_SMS)
            ),
            _role(
                people.ANSEL,
                _at_first(AgreesToTexts(), adds("board", "c-1014", minutes_ago=45)),
                receives=(REMINDER_MAIL, LAST_CALL_SMS),
            ),
            _role(people.LUCIA, _at_first(adds("bowl", "c-1015")), receives=(REMINDER_PUSH, LAST_CALL_MAIL)),
            _role(
                people.OWEN, _at_first(AgreesToTexts(), adds("mug", "c-1016")), receives=(REMINDER_PUSH, LAST_CALL_SMS)
            ),
            _role(
                people.FATIMA,
                _at_first(AgreesToTexts(), adds("candle", "c-1017")),
                receives=(REMINDER_PUSH, LAST_CALL_SMS),
            ),
            # A text is no way to remind of a cart in this playbook; the last call is.
            _role(people.KOFI, _at_first(AgreesToTexts(), adds("teapot", "c-1018")), receives=(LAST_CALL_SMS,)),
        ),
    ),
    Scene(
        "Buy at once: a confirmation, and no reminder",
        (
            _role(
                people.HELGA,
                _at_first(views("mug"), adds("mug", "c-1020"), buys(7001, "mug", cart="c-1020")),
                receives=(CONFIRMATION_MAIL,),
            ),
            _role(
                people.RAFAEL,
                _at_first(adds("board", "c-1021", minutes_ago=25), buys(7002, "board", cart="c-1021")),
                receives=(CONFIRMATION_MAIL,),
            ),
            _role(
                people.DEVIKA,
                _at_first(
                    adds("towel", "c-1022"), adds("apron", "c-1022"), buys(7003, "towel", "apron", cart="c-1022")
                ),
                receives=(CONFIRMATION_MAIL,),
            ),
            _role(
                people.JONAS,
                _at_first(SIGNED_UP, adds("jug", "c-1023"), buys(7004, "jug", cart="c-1023")),
                receives=(WELCOME_MAIL, CONFIRMATION_MAIL),
            ),
            _role(
                people.ELENI,
                _at_first(adds("bowl", "c-1024"), buys(7005, "bowl", cart="c-1024")),
                receives=(CONFIRMATION_MAIL,),
            ),
        ),
    ),
    Scene(
        "Buy late, after the reminder: no last call",
        (
            _role(
                people.BRAM,
                _at_first(adds("teapot", "c-1030")),
                Part((buys(7010, "teapot", cart="c-1030"),), after=REMINDED),
                receives=(REMINDER_MAIL, CONFIRMATION_MAIL),
            ),
            _role(
                people.SOLVEIG,
                _at_first(adds("mug", "c-1031")),
                Part((buys(7011, "mug", cart="c-1031"),), after=REMINDED),
                receives=(REMINDER_MAIL, CONFIRMATION_MAIL),
            ),
            _role(
                people.MARCO,
                _at_first(adds("apron", "c-1032")),
                Part((buys(7012, "apron", cart="c-1032"),), after=REMINDED),
                receives=(REMINDER_MAIL, CONFIRMATION_MAIL),
            ),
            _role(
                people.INES,
                _at_first(adds("bowl", "c-1033")),
                Part((buys(7013, "bowl", cart="c-1033"),), after=REMINDED),
                receives=(REMINDER_PUSH, CONFIRMATION_MAIL),
            ),
        ),
    ),
    Scene(
        "Buy twice: two orders, two confirmations",
        (
            _role(
                people.TARIQ,
                _at_first(buys(7020, "candle")),
                Part((buys(7021, "candle", "jug"),), after=Arrived("order_confirmation")),
                receives=(CONFIRMATION_MAIL, CONFIRMATION_MAIL),
            ),
            _role(
                people.WREN,
                _at_first(adds("mug", "c-1041"), buys(7022, "mug", cart="c-1041")),
                Part((buys(7023, "mug"),), after=Arrived("order_confirmation")),
                receives=(CONFIRMATION_MAIL, CONFIRMATION_MAIL),
            ),
        ),
    ),
    Scene(
        "Follow the parcel: shipped, in the van, there",
        (
            _role(
                people.LIV,
                _at_first(buys(7025, "teapot")),
                Part((parcel("Order Shipped", 7025),), after=Arrived("order_confirmation")),
                Part((parcel("Order Out for Delivery", 7025),), after=Arrived("order_shipped")),
                Part((parcel("Order Delivered", 7025),), after=Arrived("order_out_for_delivery")),
                receives=(CONFIRMATION_MAIL, SHIPPED_MAIL, OUT_TEXT, DELIVERED_MAIL),
            ),
            _role(
                people.RUBEN,
                _at_first(buys(7026, "candle")),
                Part((parcel("Order Shipped", 7026),), after=Arrived("order_confirmation")),
                Part((parcel("Order Out for Delivery", 7026),), after=Arrived("order_shipped")),
                Part((parcel("Order Delivered", 7026),), after=Arrived("order_out_for_delivery")),
                receives=(CONFIRMATION_MAIL, SHIPPED_MAIL, OUT_PUSH, DELIVERED_PUSH),
            ),
        ),
    ),
    Scene(
        "Come back with another cart, then buy",
        (
            _role(
                people.PETRA,
                _at_first(adds("board", "c-1050")),
                Part((adds("candle", "c-1051"),), after=REMINDED),
                Part((buys(7030, "board", "candle", cart="c-1051"),), after=Arrived("cart_reminder", 2)),
                receives=(REMINDER_MAIL, REMINDER_MAIL, CONFIRMATION_MAIL),
            ),
            _role(
                people.MEI,
                _at_first(adds("jug", "c-1052")),
                Part((adds("teapot", "c-1053"), buys(7031, "jug", "teapot", cart="c-1053")), after=REMINDED),
                receives=(REMINDER_MAIL, CONFIRMATION_MAIL),
            ),
        ),
    ),
    Scene(
        "Opt out with one click: never again about carts",
        (
            _role(
                people.ODILE,
                _at_first(adds("towel", "c-1060")),
                Part((OptsOut(), adds("apron", "c-1061")), after=REMINDED),
                receives=(REMINDER_MAIL,),
            ),
            _role(
                people.GARETH,
                _at_first(adds("mug", "c-1062")),
                Part((OptsOut(), adds("bowl", "c-1063")), after=REMINDED),
                receives=(REMINDER_MAIL,),
            ),
        ),
    ),
    Scene(
        "Pay at the till, known by an email alone: the cart is left in peace",
        (
            _role(
                people.SEAMUS,
                _at_first(adds("board", "c-1070")),
                Part((PaysAtTill(order(9001, "board")),), after=REMINDED),
                receives=(REMINDER_MAIL, CONFIRMATION_MAIL),
            ),
            _role(
                people.ANIKA,
                _at_first(adds("candle", "c-1071")),
                Part((PaysAtTill(order(9002, "candle", "towel")),), after=REMINDED),
                receives=(REMINDER_MAIL, CONFIRMATION_MAIL),
            ),
            _role(
                people.HUGO,
                _at_first(adds("jug", "c-1072")),
                Part((PaysAtTill(order(9003, "jug")),), after=REMINDED),
                receives=(REMINDER_MAIL, CONFIRMATION_MAIL),
            ),
        ),
    ),
    Scene(
        "Reported three times: counted once",
        (
            _role(
                people.NOOR,
                _at_first(adds("apron", "c-1080", times=3)),
                receives=(REMINDER_MAIL, LAST_CALL_MAIL),
            ),
            _role(people.BEATRIX, _at_first(buys(7040, "bowl", times=3)), receives=(CONFIRMATION_MAIL,)),
            _role(
                people.DAAN,
                _at_first(Tracks("Signed Up", {"source": "website"}, times=3)),
                receives=(WELCOME_MAIL,),
            ),
        ),
    ),
    Scene(
        "An address that bounces or complains: no second mail",
        (
            _role(people.CYRIL, _at_first(adds("mug", "c-1090")), receives=(REMINDER_MAIL,)),
            _role(
                people.TILDA,
                _at_first(AgreesToTexts(), adds("teapot", "c-1091")),
                receives=(REMINDER_MAIL, LAST_CALL_SMS),
            ),
            _role(people.VERA, _at_first(adds("bowl", "c-1092")), receives=(REMINDER_MAIL,)),
        ),
    ),
)
