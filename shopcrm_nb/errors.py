"""Errors a user can mend: each is one sentence that says where, what, how much and what to do."""

import difflib
from collections.abc import Iterable


class ShopcrmError(Exception):
    """A user's mistake; anything else that is raised is a bug and keeps its traceback."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean "x"?)`` for the closest known word, or an empty string."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f' (did you mean "{close[0]}"?)' if close else ""


def shortened(text: str, most: int = 160) -> str:
    """Return a text on one line, of at most ``most`` characters, to be quoted in a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
