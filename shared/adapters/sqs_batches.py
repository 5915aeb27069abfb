"""Sends any number of SQS messages in as few calls as SQS allows, in order, and again where SQS took only some."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from shared.adapters.aws_errors import AWS_ERRORS, translate
from shared.adapters.batches import ATTEMPTS, in_batches
from shared.errors import PermanentError, RetryableError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

TOO_LONG: Final = frozenset({"AWS.SimpleQueueService.BatchRequestTooLong", "InvalidMessageContents"})


def send_all(client: "SQSClient", queue_url: str, entries: Sequence["SendMessageBatchRequestEntryTypeDef"]) -> None:
    """Send the entries in order; bodies are ASCII. All are durable on return.

    What SQS did not take is sent again before anything that follows it, so on a FIFO queue an event is overtaken at
    most by those of its own call.

    Raises:
        RetryableError: SQS took not all of them; those before are sent.
        PermanentError: it never will.
    """
    for batch in in_batches(entries, lambda entry: len(entry["MessageBody"])):
        _send(client, queue_url, batch)


def _send(client: "SQSClient", queue_url: str, batch: Sequence["SendMessageBatchRequestEntryTypeDef"]) -> None:
    pending = list(batch)
    for _ in range(ATTEMPTS):
        try:
            answer = client.send_message_batch(QueueUrl=queue_url, Entries=pending)
        except AWS_ERRORS as error:
            raise translate(error, permanent=TOO_LONG) from error
        failures = {failure["Id"]: failure for failure in answer.get("Failed", ())}
        if not failures:
            return
        codes = sorted({failure["Code"] for failure in failures.values()})
        if any(failure["SenderFault"] for failure in failures.values()):
            raise PermanentError(f"SQS refuses {len(failures)} messages", code=codes[0], codes=codes)
        pending = [entry for entry in pending if entry["Id"] in failures]
    raise RetryableError(f"SQS did not take {len(pending)} messages", codes=codes)
