"""Planner: the next campaign, a text message and an offer, with numbers that one types (live only)."""

import html
from collections.abc import Callable

import ipywidgets as widgets
import pandas as pd

from shopcrm_nb import discount, plan, planning, sms, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.i18n import _
from shopcrm_nb.plan import Plan

DIGITS = 6  # of a measured number in a field
MESSAGES = 1000  # that a text goes to, until a plan tells
MEASURED = {"base_share", "net_sales_per_buyer", "deviation"}
WIDE = {"width": "28rem", "max_width": "100%"}
SPACED = 'style="border-spacing: 16px 3px; margin: 0 0 16px -16px"'  # JupyterLab has no style of ours
NAMES = {"description_width": "15rem"}


def show(planned: Plan | NotComputed, rules: CampaignRules, currency: str) -> widgets.Widget:
    """Show fields for the next campaign, for the text of a message and for an offer, and what follows.

    The fields begin with what ``planned`` rests on; where that is not computed, its reason stands there.
    """
    told = None if isinstance(planned, NotComputed) else planned
    first = Campaign(told, rules, currency).box if told else _html(planned._repr_mimebundle_()["text/html"])
    messages, margin = (told.messages, told.margin) if told else (MESSAGES, float("nan"))
    parts = {
        _("The next campaign"): first,
        _("A text message"): Text(messages, rules, currency).box,
        _("An offer"): Offer(margin).box,
    }
    titled = [widgets.VBox([_html(f"<h4>{html.escape(title)}</h4>"), part]) for title, part in parts.items()]
    return widgets.VBox(titled)


class Fields:
    """Fields by name, and below them what follows from their values, or why these cannot be."""

    def __init__(self, fields: dict[str, widgets.Widget]) -> None:
        """Keep the fields and show what follows from their first values."""
        self.fields, self.said = fields, _html("")
        for field in fields.values():
            field.observe(self._changed, "value")
        self.box = widgets.VBox([*fields.values(), self.said])
        self._changed(None)

    def follows(self) -> str:
        """Return what follows as html; raises ShopcrmError for values that cannot be."""
        raise NotImplementedError

    def value(self, name: str) -> float | str | bool:
        """Return the value of a field."""
        return self.fields[name].value

    def _changed(self, _change: dict | None) -> None:
        try:
            self.said.value = self.follows()
        except ShopcrmError as error:
            name, colon, rest = str(error).partition(":")
            title = self.fields[name].description if name in self.fields else name
            self.said.value = _paragraph(f"{title}{colon}{rest}", "finding warning")


class Campaign(Fields):
    """The next campaign: whom to hold out, what that tells, and what must come back."""

    def __init__(self, planned: Plan, rules: CampaignRules, currency: str) -> None:
        """Begin with what ``planned`` rests on."""
        self.planned, self.rules, self.currency = planned, rules, currency
        titles = _campaign_titles(currency)
        self.first = {name: _short(value) for name, value in _of(planned).items()}
        super().__init__({name: _number(titles[name], value) for name, value in self.first.items()})

    def follows(self) -> str:
        """Return the plan's sentence, and its two tables."""
        made = self.made()
        tables = (planning.by_holdout(made), planning.needed(made))
        shown = "".join(_table(frame, self.currency) for frame in tables)
        return _paragraph(planning.sentence(made, self.currency), "said") + shown

    def made(self) -> Plan:
        """Return the plan of the fields' values; where nobody has typed, what was measured is not rounded."""
        values = {name: self.value(name) for name in self.fields}
        values |= {name: float("nan") for name in ("cost_per_message", "margin") if not values[name]}
        kept = {
            name: value for name, value in _of(self.planned).items() if self.value(name) == self.first[name]
        }
        rests_on = self.planned.rests_on if kept.keys() >= MEASURED else "typed"
        return plan.of(rules=self.rules, rests_on=rests_on, **values | kept)


def _of(planned: Plan) -> dict[str, float]:
    """Return what a plan was made from, by the names of ``plan.of``; 0 is not told."""
    return {
        "customers": planned.customers,
        "holdout_share": planned.holdout_share,
        "base_share": planned.base_share,
        "net_sales_per_buyer": planned.net_sales_per_buyer,
        "deviation": planned.deviation,
        "cost_per_message": planned.cost_per_message,
        "margin": planned.margin,
    }


def _campaign_titles(currency: str) -> dict[str, str]:
    return {
        "customers": _("Customers"),
        "holdout_share": _("Share held out (0.1 is 10 %)"),
        "base_share": _("Share that buys anyway"),
        "net_sales_per_buyer": _("Net sales per buyer ({currency})").format(currency=currency),
        "deviation": _("Standard deviation per head ({currency})").format(currency=currency),
        "cost_per_message": _("Cost of one message ({currency})").format(currency=currency),
        "margin": _("Margin (0 is not known)"),
    }


class Text(Fields):
    """The text of a message: how long it is, by how many parts it is billed, and what it costs."""

    def __init__(self, messages: int, rules: CampaignRules, currency: str) -> None:
        """Begin with an empty text to so many people."""
        self.rules, self.currency = rules, currency
        text = widgets.Textarea(description=_("Text, with its signature"), rows=4, style=NAMES, layout=WIDE)
        super().__init__({"text": text, "messages": _number(_("People written to"), messages)})

    def follows(self) -> str:
        """Return the sentence of the bill."""
        bill = sms.bill(self.value("text"), self.value("messages"), self.rules)
        return _paragraph(sms.sentence(bill, self.currency), "said")


OFFERS: dict[str, Callable[..., float]] = {
    "rate": discount.of_rate,
    "amount_off": discount.of_amount_off,
    "free_pieces": discount.of_free_pieces,
    "price": discount.of_price,
}


class Offer(Fields):
    """An offer of one of four kinds: what it gives away, and how much more it must sell."""

    def __init__(self, margin: float) -> None:
        """Begin with a rate, at the shop's margin where it is told."""
        kinds = {
            "rate": _("a rate of the price (8.5折)"),
            "amount_off": _("an amount off from a threshold on (满减)"),
            "free_pieces": _("buy some, get some free (买送)"),
            "price": _("a lower price (原价, 现价)"),
        }
        options = [(word, kind) for kind, word in kinds.items()]
        kind = widgets.Dropdown(options=options, description=_("Kind of offer"), style=NAMES, layout=WIDE)
        self.asked = _offer_fields()
        every = {name: field for fields in self.asked.values() for name, field in fields.items()}
        margin_field = _number(_("Margin (0 is not known)"), _short(margin))
        super().__init__({"kind": kind, "margin": margin_field, **every})

    def follows(self) -> str:
        """Show the fields of the kind, and return what the offer gives away."""
        kind = self.value("kind")
        fields = self.asked[kind]
        shown = (self.fields["kind"], *fields.values(), self.fields["margin"], self.said)
        if self.box.children != shown:
            self.box.children = shown
        given = OFFERS[kind](**{name: field.value for name, field in fields.items()})
        return _paragraph(discount.sentence(given, self.value("margin") or None), "said")


def _offer_fields() -> dict[str, dict[str, widgets.Widget]]:
    repeated = widgets.Checkbox(description=_("each time the threshold is reached"), indent=False)
    return {
        "rate": {"tenths": _number(_("Tenths of the price (折)"), 8.5)},
        "amount_off": {
            "threshold": _number(_("From an order of"), 300),
            "off": _number(_("this amount off"), 30),
            "order_amount": _number(_("on an order of"), 400),
            "repeated": repeated,
        },
        "free_pieces": {"buy": _number(_("Pieces bought"), 2), "free": _number(_("Pieces free"), 1)},
        "price": {"was": _number(_("Price before"), 200), "now": _number(_("Price now"), 150)},
    }


def _number(title: str, value: float) -> widgets.FloatText:
    # Not a bounded field: that would move what cannot be to its bound and say nothing.
    return widgets.FloatText(value=value, description=title, continuous_update=True, style=NAMES, layout=WIDE)


def _short(value: float) -> float:
    return 0.0 if pd.isna(value) else float(f"{value:.{DIGITS}g}") if value != int(value) else float(value)


def _table(frame: pd.DataFrame, currency: str) -> str:
    shown = table.show(frame, currency)._repr_html_()
    return f'<div class="scroll">{shown.replace("<table", f"<table {SPACED}", 1)}</div>'


def _html(content: str) -> widgets.HTML:
    return widgets.HTML(content)


def _paragraph(text: str, kind: str) -> str:
    return f'<p class="{kind}">{html.escape(text)}</p>'
