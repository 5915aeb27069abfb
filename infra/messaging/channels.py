"""What messages are sent with, by channel, and what the function that sends them may do with it."""

from pathlib import Path

from aws_cdk import ArnFormat
from aws_cdk.aws_iam import Effect, PolicyStatement
from aws_cdk.aws_lambda import Function

from infra.constructs.functions import allow
from infra.messaging.ground import Ground
from infra.operations.webhook_secrets import webhook_secrets
from infra.packaging import PLAYBOOK_SOURCE
from infra.playbook.webhooks import partners_in


def text_settings(ground: Ground) -> dict[str, str]:
    """What the function is told of End User Messaging, where texts go by that."""
    texts = ground.stage.texts
    if texts is None:
        return {}
    return {
        "sms_origination": texts.origination,
        "sms_configuration_set": ground.text_configuration_set,
        "sms_max_price": texts.max_price,
        "sms_time_to_live": str(texts.time_to_live),
        "sms_protect_configuration": texts.protect_configuration,
    }


def let_send(ground: Ground, dispatch: Function) -> None:
    """Each action on what the stage sends with, and on nothing else."""
    format_arn = dispatch.stack.format_arn
    ses = [
        format_arn(service="ses", resource="identity", resource_name=ground.stage.email_identity),
        format_arn(service="ses", resource="configuration-set", resource_name=ground.mail.name),
    ]
    allow(dispatch, "ses:SendEmail", on=ses)
    allow(dispatch, "ses:GetAccount", on=["*"], wildcard_because="SES knows no resource for the account itself.")
    if ground.stage.email_tenant:
        tenant = format_arn(service="ses", resource="tenant", resource_name=f"{ground.stage.email_tenant}/*")
        because = "SES gives a tenant an id of its own, behind its name."
        allow(dispatch, "ses:SendEmail", on=[tenant], wildcard_because=because)
    if ground.stage.documents_bucket:
        documents = format_arn(
            service="s3", region="", account="", resource=ground.stage.documents_bucket, resource_name="*"
        )
        allow(dispatch, "s3:GetObject", on=[documents], wildcard_because="Events say which document it is.")
    _let_text(ground, dispatch)
    _let_sign(ground, dispatch)
    if ground.stage.push_application_id:
        path = f"apps/{ground.stage.push_application_id}/messages"
        allow(
            dispatch,
            "mobiletargeting:SendMessages",
            on=[format_arn(service="mobiletargeting", resource=path, arn_format=ArnFormat.NO_RESOURCE_NAME)],
        )
    if ground.stage.whatsapp_phone_number_id:
        number = ground.stage.whatsapp_phone_number_id.removeprefix("phone-number-id-")
        arn = format_arn(service="social-messaging", resource="phone-number-id", resource_name=number)
        allow(dispatch, "social-messaging:SendWhatsAppMessage", on=[arn])


def _let_sign(ground: Ground, dispatch: Function) -> None:
    """Each secret that the playbook's partners are signed for with; a person makes it, and AWS ends its ARN."""
    playbook = Path(ground.stage.playbook) if ground.stage.playbook else PLAYBOOK_SOURCE
    names = sorted({partner.secret for partner in partners_in(playbook).values()})
    for name in names:
        arn = dispatch.stack.format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name=f"{webhook_secrets(ground.stage.prefix)}{name}-??????",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        allow(dispatch, "secretsmanager:GetSecretValue", on=[arn])


def _let_text(ground: Ground, dispatch: Function) -> None:
    texts = ground.stage.texts
    if texts is not None:
        kind = "pool" if texts.origination.startswith("pool-") else "phone-number"
        is_arn = texts.origination.startswith("arn:")
        on = [texts.origination if is_arn else _text_arn(dispatch, kind, texts.origination)]
        on.append(_text_arn(dispatch, "configuration-set", ground.text_configuration_set))
        if texts.protect_configuration:
            on.append(_text_arn(dispatch, "protect-configuration", texts.protect_configuration))
        allow(dispatch, "sms-voice:SendTextMessage", on=on)
        return
    # A phone number has no ARN, so only what is not wanted can be named: topics, and all else that SNS has.
    allow(dispatch, "sns:Publish", on=["*"], wildcard_because="Texts go to phone numbers; topics are denied below.")
    dispatch.add_to_role_policy(
        PolicyStatement(
            effect=Effect.DENY,
            actions=["sns:Publish"],
            resources=[dispatch.stack.format_arn(service="sns", resource="*", arn_format=ArnFormat.NO_RESOURCE_NAME)],
        )
    )


def _text_arn(dispatch: Function, kind: str, name: str) -> str:
    return dispatch.stack.format_arn(service="sms-voice", resource=kind, resource_name=name)
