"""Designer: sliders for cut points, weights and limits, and what would become of the grades (live only)."""

import datetime as dt
import html

import ibis.expr.types as ir
import ipywidgets as widgets
import pandas as pd
from pydantic import ValidationError

from shopcrm_nb import calibration, glossary, i18n, partition, rule_text, scale, what_if
from shopcrm_nb.absent import needs
from shopcrm_nb.calibration import Proposal
from shopcrm_nb.chart import FACT
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.rules import Rules
from shopcrm_nb.segment_rules import RfmRules, Weights

MOST_ORDERS = 30  # that a slider of frequency offers, unless a cut point is above it
BAR_WIDTH = 160
EMPTY = "#E6EBF0"  # what a bar does not fill
STEPS_OF_MONEY = 1.2  # each amount that a slider offers is about as much larger than the one before


@needs()
def show(shop: Shop, scored: ir.Table, proposed: dict[str, Proposal]) -> widgets.Widget:
    """Show the designer of a shop's grades, beginning with the rules in force."""
    return Designer(shop, what_if.customers(scored), proposed).box


class Designer:
    """Sliders, what follows from them, and a button that writes them into the shop's settings."""

    def __init__(self, shop: Shop, measured: what_if.Customers, proposed: dict[str, Proposal]) -> None:
        """Build the controls for a shop at the end of its day."""
        self.shop, self.measured, self.as_of = shop, measured, shop.as_of
        rules = shop.settings.rules
        self.tables = calibration.tables(rules, proposed)
        self.sizes = {name: what_if.sizes(measured, self.as_of, each) for name, each in self.tables.items()}
        self.rules, self.controls = rules, {}
        names = glossary.rule_tables()
        self.start = widgets.Dropdown(
            options=[(names[name], name) for name in self.tables],
            value="in_force" if "in_force" in self.tables else "source",
            description=_("Start from"),
        )
        self.board, self.text, self.said = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.sliders = widgets.HBox(layout={"flex_flow": "row wrap"})
        self.button = widgets.Button(
            description=_("Write into shop.toml"), button_style="primary", layout={"width": "auto"}
        )
        self.button.layout.align_self = "flex-start"
        self.start.observe(self._started, "value")
        self.button.on_click(self._written)
        self._set(rules)
        self.box = widgets.VBox([self.start, self.sliders, self.board, self.said, self.button, self.text])

    def _started(self, change: dict) -> None:
        self._set(self.tables[change["new"]])

    def _set(self, rules: Rules) -> None:
        """Put the sliders at ``rules``."""
        self.controls = _controls(rules, self.as_of, self.measured)
        for slider in (slider for part in self.controls.values() for slider in part):
            slider.observe(self._moved, "value")
        titles = _titles(self.shop.settings.currency)
        boxes = [
            widgets.VBox([widgets.HTML(f"<b>{html.escape(titles[name])}</b>"), *part])
            for name, part in self.controls.items()
        ]
        self.sliders.children = boxes
        self._moved(None)

    def _moved(self, _change: dict | None) -> None:
        try:
            self.rules = self._asked()
        except ValidationError:
            self.button.disabled = True
            said = _(
                "These do not go together: cut points fall from score to score, and each grade is reached."
            )
            self.said.value = _shown(said, "warning")
            return
        self.button.disabled, self.said.value = False, ""
        self.text.value = f'<pre class="output">{html.escape(rule_text.as_toml(self.rules))}</pre>'
        self.board.value = _board(what_if.sizes(self.measured, self.as_of, self.rules), self.sizes)

    def _asked(self) -> Rules:
        """Return the rules that the sliders ask for; raises ValidationError for a contradiction."""
        rules = self.shop.settings.rules
        values = {name: tuple(slider.value for slider in part) for name, part in self.controls.items()}
        opens = (self.as_of - scale.cut_days(self.as_of, rules.rfm)[-1]).days
        cuts = {
            "recency_days": (*values["recency_days"], opens),
            "frequency": (*values["frequency"], 1),
            "monetary": (*values["monetary"], rules.rfm.monetary[-1]),
            "weights": dict(zip(Weights.model_fields, values["weights"], strict=True)),
        }
        limits = dict(zip(rule_text.LIMITS, values["limits"], strict=False))
        rfm = RfmRules(**rules.rfm.model_dump() | cuts)
        limits["bronze"] = min(rules.grades.bronze, rfm.values()[0])
        changed = {"rfm": rfm.model_dump(), "grades": rules.grades.model_dump() | limits}
        return Rules(**rules.model_dump() | changed)

    def _written(self, _button: widgets.Button) -> None:
        try:
            rule_text.write(self.shop.folder, self.rules)
        except ShopcrmError as error:
            self.said.value = _shown(str(error), "warning")
        else:
            self.said.value = _shown(_("Written. The next run of this shop grades by it."), "note")


def _titles(currency: str) -> dict[str, str]:
    return {
        "recency_days": _("Recency: at most so many days ago"),
        "frequency": _("Frequency: so many orders and more"),
        "monetary": _("Money: so much and more ({currency})").format(currency=currency),
        "weights": _("Weights"),
        "limits": _("Least RFM value of the grade"),
    }


def _controls(rules: Rules, as_of: dt.date, measured: what_if.Customers) -> dict[str, list[widgets.Widget]]:
    """Make a slider for each cut point but the last ones, each weight and each limit but Bronze's."""
    rfm, grades = rules.rfm, rules.grades.limits()
    days = [(as_of - day).days for day in scale.cut_days(as_of, rfm)]
    top = max(MOST_ORDERS, 2 * rfm.frequency[0])
    amounts = _amounts(rfm, measured)
    reach = max(rfm.values()[-1], *grades.values(), 40)
    return {
        "recency_days": [
            _slider(f"R{len(days) - i}", day, 0, days[-1] - 1) for i, day in enumerate(days[:-1])
        ],
        "frequency": [
            _slider(f"F{len(rfm.frequency) - i}", n, 2, top) for i, n in enumerate(rfm.frequency[:-1])
        ],
        "monetary": [
            widgets.SelectionSlider(
                options=[(i18n.number(amount), amount) for amount in amounts],
                value=cut,
                description=f"M{len(rfm.monetary) - i}",
            )
            for i, cut in enumerate(rfm.monetary[:-1])
        ],
        "weights": [
            _float_slider(name.upper(), weight, 10, 0.5) for name, weight in rfm.weights.model_dump().items()
        ],
        "limits": [
            _float_slider(glossary.grades()[grade], limit, reach, 1)
            for grade, limit in list(grades.items())[:-1]
        ],
    }


def _float_slider(name: str, value: float, high: float, step: float) -> widgets.FloatSlider:
    top = max(high, value)
    return widgets.FloatSlider(value=value, max=top, step=step, description=name, readout_format=".1f")


def _slider(name: str, value: int, low: int, high: int) -> widgets.IntSlider:
    return widgets.IntSlider(value=value, min=min(low, value), max=max(high, value), description=name)


def _amounts(rfm: RfmRules, measured: what_if.Customers) -> list[float]:
    """Return the amounts that a slider of money offers: such as people say, and the cut points themselves."""
    low = max(rfm.monetary[-1], 0.01)
    top = max(rfm.monetary[0], measured.monetary.max(initial=low))
    round_off, amounts, amount = next(partition.spoken("monetary")), set(rfm.monetary[:-1]), low
    while amount < top:
        amount *= STEPS_OF_MONEY
        amounts.add(round_off(amount))
    return sorted(amount for amount in amounts if amount > rfm.monetary[-1])


def _shown(text: str, kind: str) -> str:
    return f'<p class="finding {kind}">{html.escape(text)}</p>'


def _board(now: pd.DataFrame, others: dict[str, pd.DataFrame]) -> str:
    """Draw a row a grade: customers and shares by the sliders, as bars, and the shares by each table."""
    names, grades = glossary.rule_tables(), glossary.grades()
    both = _("{table}: customers · net sales")
    head = [_("Grade"), _("Customers"), _("Share of customers"), _("Share of net sales")]
    head += [both.format(table=names[name]) for name in others]
    rows = ["".join(_cell(html.escape(text), "th") for text in head)]
    for place, row in enumerate(now.itertuples()):
        cells = [
            grades[row.grade],
            i18n.count(row.customers),
            _bar(row.customer_share),
            _bar(row.sales_share),
        ]
        shares = (frame.loc[place, ["customer_share", "sales_share"]] for frame in others.values())
        cells += [" · ".join(i18n.percent(share) for share in pair) for pair in shares]
        rows.append("".join(_cell(cell) for cell in cells))
    return '<table class="data">' + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


def _cell(content: str, kind: str = "td") -> str:
    return f'<{kind} style="padding:3px 16px 3px 0;text-align:left;line-height:1.3">{content}</{kind}>'


def _bar(share: float) -> str:
    fill = f'<div style="width:{share * 100:.1f}%;background:{FACT};height:14px"></div>'
    room = f'<div style="width:{BAR_WIDTH}px;background:{EMPTY}">{fill}</div>'
    return f'<div style="display:flex;gap:8px;align-items:center">{room}{i18n.percent(share)}</div>'
