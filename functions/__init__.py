"""The functions: a folder each, whose handler Lambda calls.

What a cold start imports stays for as long as the process does: Python would look through it for garbage a dozen times
on the way, and find none. A call makes fewer objects than it takes to look.
"""

import gc
from typing import Final

OBJECTS_BETWEEN_COLLECTIONS: Final = 50_000

gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
