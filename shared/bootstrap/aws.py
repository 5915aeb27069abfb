"""How the functions call AWS: patient for seconds, not minutes, since a queue or a stream tries again anyway."""

from typing import Final

from botocore.config import Config

CALLS: Final = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
"""For calls that may be repeated without harm."""

SENDS: Final = Config(connect_timeout=2, read_timeout=8, retries={"total_max_attempts": 1})
"""For calls that must not be repeated unknowingly: botocore by itself tries again where an answer was lost."""
