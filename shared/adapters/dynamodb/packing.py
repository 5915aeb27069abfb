"""Plain values in few bytes: compact JSON, compressed with a dictionary. Capacity is charged by the kilobyte."""

import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

# What a shop's events and people are full of, the commonest last (the nearest is the cheapest to point at). What was
# packed with a dictionary can only be read with it, so these stay as they are for ever; a better one is added.
EVENTS_2026: Final = (
    b'"asset":{"link":"os":{"name":"iOS","version":"device":{"manufacturer":"Apple","type":"ios","model":"iPhone'
    b'"query":"filters":[{"sorts":[{"list_id":"rating":"review_id":"wishlist_id":"promotion_id":"creative":"banner'
    b'"address":{"street":"city":"country":"postalCode":"birthday":"createdAt":"locale":"language":"timezone":"Europe/'
    b'"America/New_York","ip":"","campaign":{"source":"google","medium":"cpc","name":"content":"term":"newsletter'
    b'"message":"message_id":"channel":"email","sms","push","journey":"Message SentMessage DeliveredMessage Opened'
    b'"library":{"name":"analytics-python","analytics-node","analytics.js","version":"next-1.'
    b'"userAgent":"Mozilla/5.0 (Linux; Android 10; K) (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/'
    b"15E148 (Windows NT 10.0; Win64; x64) (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)"
    b' Chrome/131.0.0.0 Safari/537.36"Products SearchedProduct ClickedCoupon AppliedOrder RefundedOrder Cancelled'
    b"Payment Info EnteredCheckout Step CompletedCheckout StartedProduct RemovedProduct Added to WishlistSigned Up"
    b'Product List ViewedCart ViewedPage ViewedProduct ViewedOrder CompletedProduct Added"checkout_id":"affiliation":'
    b'"coupon":"discount":"subtotal":"tax":"shipping":"order_id":"total":"revenue":"value":"products":[{"product_id":'
    b'"sku":"name":"brand":"variant":"category":"position":"image_url":"https://www."price":"quantity":1,"currency":'
    b'"USD","GBP","EUR"},"cart_id":"search":"","title":"referrer":"https://"path":"/products/","url":"https://shop.'
    b'"email":"@example.com","phone":"+","firstName":"lastName":"context":{"page":{"properties":{"traits":{'
    b'"trust":"public","secret","system","source":"http","eventbridge","anonymousId":"userId":"type":"page","identify",'
    b'"track","event":"messageId":"ajs-next-","receivedAt":"2026-"timestamp":"2026-'
)

PROFILES_2026: Final = (
    b'"birthday":"gender":"language":"en","loyaltyTier":"createdAt":"address":{"street":"city":"postalCode":"state":'
    b'"America/New_York","timezone":"Europe/London","Etc/UTC","country":"US","GB","DE","phone":"+44'
    b'"s":[["email","hard_bounce","complaint",17"d":[["android",17"ios",17"exit_event","x":[["'
    b'"c":[["email","*",1,17"sms","push","preferences","one_click","identify","checkout","newsletter","offers",'
    b'"u":[["push","sms","email","email"],["transactional","marketing","marketing"],[1792"welcome_email","order_shipped",'
    b'"cart_reminder","cart_last_call","order_confirmation","order_confirmation"]]'
    b'"w":[null,3600000,null,82800000,"p":["2","1","0","0"],"x":[null,0,0],"r":["completed","completed"],"k":["\\"'
    b'"e":["16:"t":{"firstName":"lastName":"email":"@example.com","tt":[["firstName","lastName","email","country"],[1792'
    b',0,0,0,0]],"i":[["anonymous","user","phone","+"],["email"]],"g":{"":[179"r":{"i":"20:"j":["winback","order_shipped",'
    b'"cart_abandonment","welcome","order_confirmation","order_confirmation"],"v":["","a":[{"v":1,"a":1793'
)

_DICTIONARIES: Final = {zlib.adler32(dictionary): dictionary for dictionary in (EVENTS_2026, PROFILES_2026)}
"""By the checksum under which a zlib stream names the dictionary that it needs."""


def pack(plain: object, dictionary: bytes = EVENTS_2026) -> bytes:
    """The value as compressed JSON; mappings of any kind become objects.

    Raises:
        ValueError: it holds a number that JSON does not know (NaN, an infinity).
    """
    text = json.dumps(plain, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_as_dict)
    compressor = zlib.compressobj(9, zdict=dictionary)
    # Half a surrogate pair is legal in the JSON that clients send, and must come back as it went in.
    return compressor.compress(text.encode("utf-8", "surrogatepass")) + compressor.flush()


def unpack(packed: bytes) -> Any:
    """What ``pack`` wrote.

    Raises:
        ValueError: it did not write this.
    """
    dictionary = _DICTIONARIES.get(int.from_bytes(packed[2:6]))
    if dictionary is None:
        raise ValueError("not packed, or with an unknown dictionary")
    decompressor = zlib.decompressobj(zdict=dictionary)
    try:
        text = decompressor.decompress(packed)
    except zlib.error as error:
        raise ValueError(f"not packed: {error}") from None
    if not decompressor.eof:
        raise ValueError("not packed: cut short")
    return json.loads(text.decode("utf-8", "surrogatepass"))


def _as_dict(value: object) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
