"""What each function is told, as types: written into its environment by the CDK, read from there in Lambda.

Plain ``str`` where the CDK passes tokens. A missing variable fails type checks and synthesis, not the night. Plain
dataclasses, each in a module of its function's name, since every cold start pays for what is imported.
"""

import os
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Base: the clock that every function shares. ``CLOCK_SPEED`` is 1 but in the local cloud."""

    clock_speed: str = "1"
    clock_epoch: str = "0"
    """Milliseconds: the instant at which the local clock began to run at its speed."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        """The settings as the environment has them.

        Raises:
            KeyError: naming every variable that is missing.
        """
        found = {field.name: env[field.name.upper()] for field in fields(cls) if field.name.upper() in env}
        missing = [f.name.upper() for f in fields(cls) if f.default is MISSING and f.name not in found]
        if missing:
            raise KeyError(f"{cls.__name__} needs {', '.join(missing)} in the environment")
        return cls(**found)

    def to_env(self) -> dict[str, str]:
        return {name.upper(): str(value) for name, value in asdict(self).items()}
