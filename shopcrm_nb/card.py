"""Card: one customer on one page, for looking closer; no name, number or address is ever on it (CU-03)."""

import html
from collections.abc import Callable, Iterable

import ibis.expr.types as ir
import ipywidgets as widgets

from shopcrm_nb import facts, i18n, person, scene_words, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.person import Person

# JupyterLab has no style of ours: side by side there too, as far as there is room.
FLOW = "display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr))"
BREAK = "overflow-wrap: anywhere"  # an id may be one long word; in a table it would break every other word
Part = ir.Table | NotComputed


class Said:
    """A sentence in the place of a card."""

    def __init__(self, text: str) -> None:
        """Keep the sentence."""
        self.text = text

    def _repr_mimebundle_(self, **_kwargs: object) -> dict:
        return {"text/plain": self.text, "text/html": f'<p class="not-computed">{html.escape(self.text)}</p>'}


class Card:
    """What is known of one customer, to read."""

    def __init__(self, known: Person, shop: Shop) -> None:
        """Keep what is known, and how the shop writes it."""
        self.known, self.currency = known, shop.settings.currency
        self.tag_rules = shop.settings.rules.tags.each()

    def _repr_mimebundle_(self, **_kwargs: object) -> dict:
        told = [pair for block in facts.BLOCKS for pair in facts.of(self.known, block, self.currency)]
        lines = [_("{name}: {value}").format(name=name, value=value) for name, value in told]
        plain = "\n".join([self._title(), facts.summary(self.known), *lines])
        return {"text/plain": plain, "text/html": self._html()}

    def _title(self) -> str:
        return _("Customer {id}").format(id=person.short(self.known.customer_id))

    def _html(self) -> str:
        blocks = "".join(self._block(name, title) for name, title in facts.titles().items())
        parts = [
            f'<h3 style="{BREAK}">{html.escape(self._title())}</h3>',
            f"<p>{html.escape(facts.summary(self.known))} {_marks(facts.standing(self.known))}</p>",
            f'<div class="kpis" style="{FLOW}; {BREAK}">{blocks}</div>',
            self._part("tags", _("Tags"), lambda: _marks(facts.tags(self.known, self.tag_rules))),
            self._part("groups", _("Groups"), lambda: _marks(facts.groups(self.known))),
            self._part("scenes", _("Services that are due"), self._scenes),
            _section(_("Order history"), self._orders()),
        ]
        return "".join(parts)

    def _block(self, block: str, title: str) -> str:
        rows = [
            f'<p class="fact"><span>{html.escape(name)}</span> <span>{html.escape(value)}</span></p>'
            for name, value in facts.of(self.known, block, self.currency)
        ]
        content = "".join(rows) or _note(_("nothing known"))
        return f'<section class="kpi"><h4>{html.escape(title)}</h4>{content}</section>'

    def _part(self, name: str, title: str, content: Callable[[], str]) -> str:
        """Return the section of a further table: what it holds or lacks; nothing where it was not given."""
        if name in self.known.missing:
            return _section(title, self.known.missing[name]._repr_mimebundle_()["text/html"])
        if name not in self.known.parts:
            return ""
        return _section(title, content() if len(self.known.parts[name]) else _note(_("none")))

    def _scenes(self) -> str:
        due, words = self.known.parts["scenes"].drop(columns="urgency", errors="ignore"), scene_words.codes()
        due = due.rename(columns={"days": "days_since", "amount": "waiting_amount"})
        told = [name for name in due if name in words]
        readable = {name: [words[name].get(code, code) for code in due[name]] for name in told}
        return table.show(due.assign(**readable), self.currency)._repr_html_()

    def _orders(self) -> str:
        orders = self.known.orders
        if orders.empty:
            return _note(_("none"))
        empty = [name for name in ("main_product", "main_category") if orders[name].isna().all()]
        shown = table.show(orders.drop(columns=empty), self.currency, folded=True)._repr_html_()
        more = self.known.orders_in_all - len(orders)
        said = ngettext("and {n} earlier order", "and {n} earlier orders", more).format(n=i18n.count(more))
        return shown + (_note(said) if more else "")


def _section(title: str, content: str) -> str:
    return f'<h4>{html.escape(title)}</h4><div class="scroll">{content}</div>'


def _note(text: str) -> str:
    return f'<p class="note">{html.escape(text)}</p>'


def _marks(texts: Iterable[str]) -> str:
    return " ".join(f'<span class="tag">{html.escape(text)}</span>' for text in texts)


def plain(shop: Shop, people: Part, customer_id: str = "", **parts: Part) -> Card | Said | NotComputed:
    """Return the card of one customer; "" is the one with the largest net sales.

    ``people`` is the table of ``features.people``; ``parts`` are tables of ``person.PARTS``, by name: scores,
    relationship, tags, groups, scenes. One that is NotComputed says so on the card. An id that is not there
    gives a sentence, with ids that are written much like it.
    """
    unknown = sorted(set(parts) - set(person.PARTS))
    if unknown:
        raise TypeError(f"a card has no part {', '.join(unknown)}")
    if isinstance(people, NotComputed):
        return people
    found = person.find(people, customer_id)
    return (
        _missing(shop, people, customer_id)
        if found is None
        else Card(person.read(shop, people, found, parts), shop)
    )


def _missing(shop: Shop, people: ir.Table, text: str) -> Said:
    said = _("There is no customer “{id}” in the shop's files up to {day}.")
    said = said.format(id=person.asked(text)[: person.LONGEST], day=i18n.day(shop.as_of))
    near = person.near(people, text)
    return Said(
        i18n.sentences([said, _("Did you mean {ids}?").format(ids=_(" or ").join(near)) if near else ""])
    )


def show(shop: Shop, people: Part, customer_id: str = "", **parts: Part) -> widgets.Widget | NotComputed:
    """Show the card of a customer whose id is picked or typed, beginning with ``plain``'s (live only)."""
    if isinstance(people, NotComputed):
        return people
    return Picker(shop, people, customer_id, parts).box


class Picker:
    """A field for an id, which offers those that hold what was typed, and the card below it."""

    def __init__(self, shop: Shop, people: ir.Table, customer_id: str, parts: dict[str, Part]) -> None:
        """Build the field and show the first card."""
        self.shop, self.people, self.parts = shop, people, parts
        self.board = widgets.HTML()
        self.field = widgets.Combobox(
            description=_("Customer"),
            placeholder=_("type a part of an id"),
            options=person.suggested(people, ""),
            continuous_update=True,
        )
        self._showing(customer_id)
        self.field.observe(self._typed, "value")
        self.box = widgets.VBox([self.field, self.board])

    def _typed(self, change: dict) -> None:
        text = person.asked(change["new"])
        offered = person.suggested(self.people, text)
        self.field.options = offered
        if text and person.find(self.people, text) is None and offered:
            said = ngettext(
                "{n} id that holds this is offered: pick it, or type on.",
                "{n} ids that hold this are offered: pick one, or type on.",
                len(offered),
            )
            self.board.value = _note(said.format(n=i18n.count(len(offered))))
        else:
            self._showing(text)

    def _showing(self, text: str) -> None:
        shown = plain(self.shop, self.people, text, **self.parts)
        self.board.value = shown._repr_mimebundle_()["text/html"]
