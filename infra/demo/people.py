"""Forty people who do not exist, and what the shop sells them."""

from types import MappingProxyType
from typing import Any, Final

from infra.demo.script import Person, Tracks

CATALOGUE: Final = MappingProxyType(
    {
        "mug": ("p-118", "KIL-MUG-OAT", "Kilkenny stoneware mug", 34.5, "mugs/kilkenny-oatmeal"),
        "towel": ("p-204", "VIL-TOWEL", "Vilnius linen tea towel", 29.0, "linen/vilnius-towel"),
        "teapot": ("p-131", "KIL-POT-MOSS", "Kilkenny teapot, moss glaze", 78.0, "teapots/kilkenny-moss"),
        "board": ("p-310", "OAK-BOARD-L", "Oak serving board, large", 56.0, "wood/oak-board"),
        "bowl": ("p-122", "KIL-BOWL-ASH", "Ash-glazed breakfast bowl", 27.5, "bowls/ash-breakfast"),
        "apron": ("p-221", "VIL-APRON", "Vilnius linen apron", 64.0, "linen/vilnius-apron"),
        "candle": ("p-415", "BEES-TAPER-4", "Beeswax tapers, set of four", 18.0, "candles/beeswax-tapers"),
        "jug": ("p-140", "KIL-JUG-SLATE", "Slate milk jug", 41.0, "jugs/slate-milk"),
    }
)
"""Key → product id, SKU, name, price in euros, page."""

SHOP: Final = "https://alderandoat.example"
IMAGES: Final = "https://images.alderandoat.example"


def product(key: str, quantity: int = 1) -> dict[str, Any]:
    """A product in the words of the Segment spec."""
    product_id, sku, name, price, page = CATALOGUE[key]
    return {
        "product_id": product_id,
        "sku": sku,
        "name": name,
        "price": price,
        "quantity": quantity,
        "currency": "EUR",
        "url": f"{SHOP}/{page}",
        "image_url": f"{IMAGES}/{page}.jpg",
    }


def adds(key: str, cart: str, *, minutes_ago: int = 0, times: int = 1) -> Tracks:
    return Tracks("Product Added", {"cart_id": cart, **product(key)}, minutes_ago=minutes_ago, times=times)


def views(key: str, *, minutes_ago: int = 0) -> Tracks:
    return Tracks("Product Viewed", product(key), minutes_ago=minutes_ago)


def checks_out(number: int, *keys: str, cart: str | None = None) -> Tracks:
    known = {"cart_id": cart} if cart else {}
    return Tracks(
        "Checkout Started", {"checkout_id": f"k-{number}", **known, "products": [product(key) for key in keys]}
    )


def order(number: int, *keys: str, cart: str | None = None) -> dict[str, Any]:
    """The properties of an ``Order Completed``."""
    products = [product(key) for key in keys]
    total = sum(each["price"] for each in products)
    facts: dict[str, Any] = {
        "order_id": f"AO-{number}",
        "total": total + 4.5,
        "revenue": total,
        "shipping": 4.5,
        "currency": "EUR",
        "products": products,
    }
    return facts | ({"cart_id": cart} if cart else {})


def buys(number: int, *keys: str, cart: str | None = None, times: int = 1) -> Tracks:
    return Tracks("Order Completed", order(number, *keys, cart=cart), times=times)


def parcel(event: str, number: int) -> Tracks:
    """What happened to the parcel of an order."""
    return Tracks(event, {"order_id": f"AO-{number}", "carrier": "An Post", "tracking_number": f"CE{number:09}IE"})


def _mail(id_: str, name: str, **more: str) -> Person:
    return Person(id_, name, email=f"{id_}@example.com", **more)


AOIFE: Final = _mail("aoife.brennan", "Aoife Brennan")
MATEUS: Final = _mail("mateus.oliveira", "Mateus Oliveira")
YUKI: Final = _mail("yuki.tanaka", "Yuki Tanaka")
IDRIS: Final = _mail("idris.bello", "Idris Bello")
SANNE: Final = _mail("sanne.devries", "Sanne de Vries")
PRIYA: Final = _mail("priya.raman", "Priya Raman", device="apns-7d1f0c92e4")
LEVENT: Final = Person("levent.aydin", "Levent Aydın", device="fcm-51ab8e07c3", platform="android")

GRETA: Final = _mail("greta.lund", "Greta Lund")
OSKAR: Final = _mail("oskar.nemeth", "Oskar Németh", device="fcm-7be2210c4d", platform="android")

MAREN: Final = _mail("maren.holt", "Maren Holt")
TOMASZ: Final = _mail("tomasz.zielinski", "Tomasz Zieliński")
CLAIRE: Final = _mail("claire.dubois", "Claire Dubois")
NIAMH: Final = _mail("niamh.keane", "Niamh Keane", phone="+353871234501")
ANSEL: Final = _mail("ansel.weber", "Ansel Weber", phone="+4915112345602")
LUCIA: Final = _mail("lucia.romano", "Lucia Romano", device="apns-0be7714f2d")
OWEN: Final = _mail("owen.pryce", "Owen Pryce", phone="+447700900603", device="fcm-93c40ad1b6", platform="android")
FATIMA: Final = Person("fatima.zahra", "Fatima Zahra", phone="+33612345604", device="apns-c6620e19fa")
KOFI: Final = Person("kofi.mensah", "Kofi Mensah", phone="+233241234605")

HELGA: Final = _mail("helga.sigurdar", "Helga Sigurðardóttir")
RAFAEL: Final = _mail("rafael.moreno", "Rafael Moreno", phone="+34612345606")
DEVIKA: Final = _mail("devika.nair", "Devika Nair", device="fcm-2f8801d57e", platform="android")
JONAS: Final = _mail("jonas.lindqvist", "Jonas Lindqvist")
ELENI: Final = _mail("eleni.papadaki", "Eleni Papadaki")

BRAM: Final = _mail("bram.janssens", "Bram Janssens")
SOLVEIG: Final = _mail("solveig.dahl", "Solveig Dahl", phone="+4790112607")
MARCO: Final = _mail("marco.bianchi", "Marco Bianchi")
INES: Final = _mail("ines.carvalho", "Inês Carvalho", device="apns-aa90b3d815")

LIV: Final = _mail("liv.solberg", "Liv Solberg", phone="+4790112612")
RUBEN: Final = _mail("ruben.castro", "Rubén Castro", device="apns-3d9f10c7ab")

TARIQ: Final = _mail("tariq.hassan", "Tariq Hassan")
WREN: Final = _mail("wren.calloway", "Wren Calloway")
PETRA: Final = _mail("petra.novakova", "Petra Nováková", phone="+420601234608")

ODILE: Final = _mail("odile.laurent", "Odile Laurent", phone="+33612345609")
GARETH: Final = _mail("gareth.mcnally", "Gareth McNally")
MEI: Final = _mail("mei.ling", "Mei Ling")

SEAMUS: Final = _mail("seamus.doyle", "Séamus Doyle")
ANIKA: Final = _mail("anika.schmidt", "Anika Schmidt")
HUGO: Final = _mail("hugo.lefevre", "Hugo Lefèvre", phone="+33612345610")

NOOR: Final = _mail("noor.khalil", "Noor Khalil")
BEATRIX: Final = _mail("beatrix.hahn", "Beatrix Hahn")
DAAN: Final = _mail("daan.visser", "Daan Visser")

CYRIL: Final = Person("cyril.ashdown", "Cyril Ashdown", email="bounce+cyril@simulator.amazonses.com")
TILDA: Final = Person("tilda.berg", "Tilda Berg", email="bounce+tilda@simulator.amazonses.com", phone="+46701234611")
VERA: Final = Person("vera.stoica", "Vera Stoica", email="complaint+vera@simulator.amazonses.com")
LOU: Final = Person("lou.fontaine", "Lou Fontaine")
