"""Readable: indicators as cards and as rows, each value in the unit of its indicator."""

import html
from collections.abc import Callable

import numpy as np
import pandas as pd

from shopcrm_nb import health_words, i18n, service_words
from shopcrm_nb.absent import needs
from shopcrm_nb.i18n import _

MONEY = ("net_sales", "net_sales_per_buyer", "returning_net_sales_per_customer")
DECIMALS = {"rating": 2, "pay_sign_hours": 1}
# The four diagnostic indicators of S2 「四大诊断指标」 and the figures by which each is known, in its order.
DIAGNOSIS = {
    "sales": ("net_sales",),
    "winning": ("new_customers", "closed_share"),
    "keeping": ("returning_customers", "returning_sales_share"),
    "growing": ("returning_net_sales_per_customer",),
}


def writer(indicator: str, currency: str) -> Callable[[float], str]:
    """Return what writes a value of an indicator in its unit."""
    if indicator in MONEY:
        write = i18n.each_money if "_per_" in indicator else i18n.money
        return lambda value: write(value, currency)
    if indicator.endswith("_share") or indicator in ("slow_place", "conversion_month"):
        return i18n.percent
    if indicator in DECIMALS:
        return lambda value: i18n.decimal(value, DECIMALS[indicator])
    return i18n.count


def subject(indicator: str, code: str) -> str:
    """Return the reader's word for what an indicator is about; a place or a month is its own."""
    words = {"rating": service_words.rating_dimensions(), "complaint_share": service_words.voice_topics()}
    return words.get(indicator, {}).get(code, code)


@needs()
def rows(judged: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return the indicators as text for a table: name, values, change, band, state, n."""
    return pd.DataFrame([_row(row, currency) for row in judged.itertuples()])


def _row(row, currency: str) -> dict[str, str]:
    write, about = writer(row.indicator, currency), subject(row.indicator, row.subject)
    name = health_words.indicators()[row.indicator]
    named = _("{name}: {subject}").format(name=name, subject=about) if about else name
    few = row.state == "too_few"  # a change of a handful would be read as one of many
    told = {
        "indicator_name": named,
        "now": write(row.value),
        "last_year": write(row.comparison),
        "change": i18n.BLANK if few else i18n.signed_percent(row.change_share),
        "by_chance": _span(i18n.signed_percent(row.low_share), i18n.signed_percent(row.high_share)),
        "own_band": _span(write(row.band_low), write(row.band_high)),
        "indicator_state": health_words.indicator_states()[row.state],
        "count": row.n,
    }
    return told | {"benchmark_text": write(row.benchmark)} if np.isfinite(row.benchmark) else told


def _span(low: str, high: str) -> str:
    return i18n.BLANK if i18n.BLANK in (low, high) else _("{low} to {high}").format(low=low, high=high)


class Cards:
    """The four diagnostic indicators as cards."""

    def __init__(self, judged: pd.DataFrame, currency: str) -> None:
        """Keep the rows of the indicators and the shop's currency."""
        self.judged, self.currency = judged.set_index("indicator"), currency

    def _repr_mimebundle_(self, **_kwargs: object) -> dict:
        plain = rows(self.judged.reset_index(), self.currency).to_string(index=False)
        return {"text/plain": plain, "text/html": self._html()}

    def _html(self) -> str:
        titles = health_words.diagnosis()
        parts = [
            f'<section class="kpi"><h4>{html.escape(titles[part])}</h4>{self._values(names)}</section>'
            for part, names in DIAGNOSIS.items()
        ]
        # JupyterLab has no style of ours: side by side there too, as far as there is room.
        flow = (
            "display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr))"
        )
        return f'<div class="kpis" style="{flow}">{"".join(parts)}</div>'

    def _values(self, names: tuple[str, ...]) -> str:
        shown = [self._value(self.judged.loc[name]) for name in names if name in self.judged.index]
        return "".join(shown) or f'<p class="note">{html.escape(_("not computed"))}</p>'

    def _value(self, row: pd.Series) -> str:
        told = _row(next(row.to_frame().T.reset_index(names="indicator").itertuples()), self.currency)
        definition = health_words.indicator_definitions()[row.name]
        lines = [
            (_("a year before"), f"{told['last_year']} ({told['change']})"),
            (_("last twelve periods"), told["own_band"]),
            (_("how many counted"), i18n.count(row.n)),
        ]
        facts = "".join(
            f'<p class="fact"><span>{html.escape(k)}</span> <span>{html.escape(v)}</span></p>'
            for k, v in lines
        )
        return (
            f'<p class="name">{html.escape(told["indicator_name"])}</p>'
            f'<p class="value">{html.escape(told["now"])} '
            f'<span class="tag {row.state}">{html.escape(told["indicator_state"])}</span></p>'
            f'{facts}<p class="note">{html.escape(definition)}</p>'
        )


@needs()
def cards(judged: pd.DataFrame, currency: str) -> Cards:
    """Show the four diagnostic indicators: value, a year before, own band, state, n, definition."""
    return Cards(judged, currency)
