"""A text that says STOP, from the provider's topic to the list of suppressed addresses and the person's own history."""

import json
from typing import Any

from tests.e2e.conftest import LocalCloud, wait_until
from tests.e2e.storefront import a_person, identify

PHONE = "+353877654321"


def test_a_person_who_texts_stop_is_stopped(cloud: LocalCloud) -> None:
    person = a_person()
    table, dynamodb, sns = cloud.environment["TABLE_NAME"], cloud.client("dynamodb"), cloud.client("sns")
    cloud.send(identify(person, phone=PHONE))

    def items(pk: str, beginning: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = dynamodb.query(
            TableName=table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :beginning)",
            ExpressionAttributeValues={":pk": {"S": pk}, ":beginning": {"S": beginning}},
        )["Items"]
        return found

    wait_until(lambda: bool(items(f"ALIAS#phone#{PHONE}", "ALIAS")), "the person's number")
    [topic] = [t["TopicArn"] for t in sns.list_topics()["Topics"] if t["TopicArn"].endswith("-inbound-texts")]
    text = {
        "originationNumber": PHONE,
        "destinationNumber": "+12125550101",
        "messageKeyword": "KEYWORD_123456789012",
        "messageBody": "“Stop.”",
        "inboundMessageId": person,
    }
    sns.publish(TopicArn=topic, Message=json.dumps(text))

    wait_until(lambda: bool(items(f"PROFILE#{person}", "CONSENT#")), "the statement")
    suppressed = [item for item in dynamodb.scan(TableName=table)["Items"] if item["pk"]["S"].startswith("SUPPRESSED#")]
    assert [sorted(item) for item in suppressed] == [["pk", "sk", "stop"]]
