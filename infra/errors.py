"""What a person at the command line can mend, told in one sentence with the remedy."""


class CommandError(Exception):
    """A command cannot go on; the remedy says what a person can do about it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}: {remedy}.")
        self.problem = problem
        self.remedy = remedy
