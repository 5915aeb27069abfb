"""What the services need of the world, as Protocols; ``adapters`` implement them, ``tests/fakes`` imitates them.

Unless a docstring says otherwise, an implementation raises ``RetryableError`` when trying again may help and
``PermanentError`` when it cannot, and every write may be repeated without harm.
"""
