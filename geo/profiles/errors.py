"""What can be wrong with a profile, said so that whoever wrote the file can mend it in one go."""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Problem", "ProfileError", "UnknownProfileError"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one file.

    Attributes
    ----------
    file : str
        The file that holds the offending value; for an inherited value, the file it comes from.
    key_path : str
        Dotted path within the file, entries of keyed lists by key: `cases.categories[road].geometry[0]`.
    value : str
        The offending value, shortened.
    accepted : str
        What is accepted there.
    """

    file: str
    key_path: str
    value: str
    accepted: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key_path}: got {self.value}; accepted: {self.accepted}"


class ProfileError(Exception):
    """A profile cannot be used; `problems` holds everything that is wrong with it, not the first only."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UnknownProfileError(ProfileError):
    """No file of that name in any of the folders."""
