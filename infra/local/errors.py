"""What can go wrong while the local cloud starts, told in one sentence with the remedy."""


class LocalCloudError(Exception):
    """The local cloud cannot start or go on; the remedy says what a person can do about it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}: {remedy}.")
        self.problem = problem
        self.remedy = remedy
