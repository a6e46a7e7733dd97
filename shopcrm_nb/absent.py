"""What could not be computed: a section that lacks its input says so in its place, and the page goes on."""

import functools
import html
from collections.abc import Callable
from dataclasses import dataclass

from shopcrm_nb.i18n import _


@dataclass(frozen=True)
class NotComputed:
    """Stands where a result would stand, and names the input that is missing."""

    needs: str
    reason: str = ""

    def sentence(self) -> str:
        """Return what is missing, in the language in use."""
        said = _("not computed: needs {needs}").format(needs=self.needs)
        return _("{said} ({reason})").format(said=said, reason=self.reason) if self.reason else said

    def _repr_mimebundle_(self, **_kwargs: object) -> dict:
        text = self.sentence()
        return {"text/plain": text, "text/html": f'<p class="not-computed">{html.escape(text)}</p>'}


def needs(*columns: str) -> Callable:
    """Make a function of a shop return NotComputed where the shop lacks one of ``columns`` (table.column).

    A function that is handed a NotComputed returns it, so that what was missing is said at each place
    that depends on it.
    """

    def wrap(function: Callable) -> Callable:
        @functools.wraps(function)
        def guarded(*args: object, **kwargs: object) -> object:
            for value in (*args, *kwargs.values()):
                if isinstance(value, NotComputed):
                    return value
            missing = args[0].missing(*columns) if columns else None
            return missing or function(*args, **kwargs)

        return guarded

    return wrap
