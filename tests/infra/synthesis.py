"""A stage as CloudFormation would see it, made once a session and without building what is packed."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aws_cdk import App

from infra.app import FEATURES, build, chosen_stage
from infra.stages import Stage

REPOSITORY = "your-shop/carillon"

Resources = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Synthesised:
    """A stage's templates, and what the rules found in them."""

    stage: Stage
    templates: Mapping[str, Mapping[str, Any]]
    findings: list[str]

    def whole(self, kind: str) -> Resources:
        """All resources of a CloudFormation type, by logical id."""
        return {
            name: resource
            for template in self.templates.values()
            for name, resource in template["Resources"].items()
            if resource["Type"] == kind
        }

    def resources(self, kind: str) -> Resources:
        """Their properties alone."""
        return {name: resource.get("Properties", {}) for name, resource in self.whole(kind).items()}

    def only(self, kind: str) -> Mapping[str, Any]:
        """The one resource of its kind, whole."""
        (resource,) = self.whole(kind).values()
        return resource

    @property
    def kinds(self) -> set[str]:
        """The types of all resources."""
        return {resource["Type"] for template in self.templates.values() for resource in template["Resources"].values()}


@cache
def stage_of(name: str) -> Synthesised:
    return synthesised(chosen_stage({"stage": name, "github_repository": None if name == "local" else REPOSITORY}))


def synthesised(stage: Stage) -> Synthesised:
    with tempfile.TemporaryDirectory() as folder:
        app = offline_app(folder)
        build(app, stage)
        return Synthesised(stage, *synthesise(app, Path(folder)))


def offline_app(folder: str, **context: str) -> App:
    """An app that packs nothing; CloudFormation's own rules, which take seconds, are a test's business."""
    return App(
        context={**FEATURES, **context, "aws:cdk:bundling-stacks": []},
        outdir=folder,
        builtin_cloud_formation_validation=False,
        tree_metadata=False,
    )


def synthesise(app: App, folder: Path) -> tuple[dict[str, Any], list[str]]:
    """The templates by stack, and the findings: the exception that tells of them names none, but the report does."""
    findings = []
    try:
        app.synth()
    except RuntimeError:
        report = json.loads((folder / "validation-report.json").read_text())
        findings = [json.dumps(violation) for plugin in report["pluginReports"] for violation in plugin["violations"]]
    suffix = ".template.json"
    found = sorted(folder.glob(f"*{suffix}"))
    return {path.name.removesuffix(suffix): json.loads(path.read_text()) for path in found}, findings


def spell(value: Any) -> str:
    """A resolved value for people: references by the names that the code gives, without the CDK's hashes."""
    match value:
        case str():
            return value
        case {"Ref": str() as name} if name.startswith("AWS::"):
            return f"<{name.removeprefix('AWS::')}>"
        case {"Ref": str() as name} | {"Fn::GetAtt": [str() as name, _]}:
            return _unhashed(name)
        case {"Fn::ImportValue": str() as name} if "ExportsOutput" in name:
            exported = name.split("ExportsOutput")[1].removeprefix("FnGetAtt").removeprefix("Ref")
            return _unhashed(exported[:-8].removesuffix("StreamArn").removesuffix("Arn"))
        case {"Fn::ImportValue": str() as name}:
            return name
        case {"Fn::Join": [str() as separator, list() as parts]}:
            return separator.join(map(spell, parts))
        case _:
            raise ValueError(f"cannot spell {value}")


def _unhashed(name: str) -> str:
    return name[:-8]
