"""Exceptions from the AWS Solutions rules, each with its reason, made beside what they concern."""

from collections.abc import Mapping

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Accept findings by their id, such as ``SQS3`` or ``IAM5[Resource::*]``, on the construct and all within."""
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason) for rule, reason in reasons.items())
    )


def acknowledge_wildcard(role: IConstruct, resource: str, reason: str) -> None:
    """Accept that the role is granted a resource with a ``*`` in it."""
    acknowledge(role, {f"IAM5[Resource::{_as_found(Stack.of(role).resolve(resource))}]": reason})


def _as_found(resolved: object) -> str:
    """How the rule's finding spells a resource: references in angle brackets, imports by their names."""
    match resolved:
        case str():
            return resolved
        case {"Fn::Join": [str() as separator, list() as parts]}:
            return separator.join(map(_as_found, parts))
        case {"Ref": str() as name}:
            return f"<{name}>"
        case {"Fn::ImportValue": str() as name}:
            return name
        case _:
            raise ValueError(f"no known spelling of {resolved}")
