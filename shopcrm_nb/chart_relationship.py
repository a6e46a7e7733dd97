"""Charts of how people stand to the shop: how many are in each class, and who moved between them."""

import pandas as pd
import plotly.graph_objects as go

from shopcrm_nb import i18n, streams
from shopcrm_nb.absent import needs
from shopcrm_nb.chart import ACTION, CONTEXT, FACT, styled, with_legend
from shopcrm_nb.i18n import _
from shopcrm_nb.portrait_words import relationships

# The more they bought the darker; those who have not bought yet are yellow, those who are gone grey.
SHADES = {
    **{"loyal": "#00375A", "repeat": FACT, "first_time": "#7FB8D9"},
    **{"target": "#E69F00", "prospect": "#F3D9A0"},
    **{"lost": CONTEXT, "non_customer": "#D5DAE0", "none": "#D5DAE0"},
}
# A move down this list, or to its end, is one that the shop would rather not see.
RISING = ("non_customer", "lost", "none", "prospect", "target", "first_time", "repeat", "loyal")
PALE = 0.45
HEIGHT, LEGEND = 360, 110  # pixels: of the bars; more for seven names on a phone
OTHER = "other"
ABOVE, BELOW = 50, 30  # pixels
STANDOFF = 12  # pixels between the numbers of an axis and its title


def _names() -> dict[str, str]:
    """Return the names of the classes without the Chinese term in brackets: there is little room."""
    return {code: name.partition(" (")[0] for code, name in relationships().items()}


@needs()
def stock(stock: pd.DataFrame) -> go.Figure:
    """Draw how many people were in each class at each day (``relationship_months.stock``), on each other.

    What the data did not tell yet is blank; the month that is not whole is paler.
    """
    figure, names = go.Figure(), _names()
    for name in SHADES:
        # A null in a stack would let what stands on it fall to the ground.
        part = stock[(stock.relationship == name) & stock.customers.notna()]
        if not part.customers.sum():
            continue
        figure.add_bar(
            x=part.day.dt.strftime("%Y-%m"),
            y=part.customers.astype("float64"),
            name=names[name],
            marker={"color": SHADES[name], "opacity": [PALE if cut else 1 for cut in part.partial]},
            customdata=[f"{i18n.day(row.day)}: {i18n.count(row.customers)}" for row in part.itertuples()],
            hovertemplate="%{customdata}<extra>" + names[name] + "</extra>",
        )
    step = "M1" if stock.day.nunique() <= 8 else "M3" if stock.day.nunique() <= 27 else "M12"
    figure.update_xaxes(title=_("End of the month"), type="date", tickformat="%Y-%m", dtick=step)
    figure.update_yaxes(
        title={"text": _("People"), "standoff": STANDOFF}, tickformat=",d", rangemode="tozero"
    )
    return with_legend(figure, HEIGHT + LEGEND, barmode="stack", bargap=0.2)


@needs()
def flow(flow: pd.DataFrame, least_share: float = 0.005) -> go.Figure:
    """Draw who moved from which class (left) to which (right) in the last whole month of the frame.

    ``flow`` is that of ``relationship_months.flow``. Blue is a move towards the shop, orange one away from
    it. Who stayed is told above, not drawn. Moves of fewer than ``least_share`` of all who moved go to "other
    moves"; the numbers at the classes count them too.
    """
    month = flow[flow.month == _last_whole(flow)]
    moved = month[month.class_then != month.class_now]
    few = moved.customers < least_share * moved.customers.sum()
    drawn = moved.assign(target=moved.class_now.mask(few & (few.sum() > 1), OTHER))
    sides = (_side(drawn, "class_then", "class_then"), _side(drawn, "target", "class_now"))
    height, figure = streams.height(*sides), go.Figure()
    streams.draw(figure, sides, _links(drawn), height)
    stayed = _("{month}: {n} people stayed in their class.")
    n = int(month.customers.sum() - moved.customers.sum())
    said = stayed.format(month=f"{_last_whole(flow):%Y-%m}", n=i18n.count(n))
    figure.add_annotation(x=0, y=1, yshift=10, xanchor="left", yanchor="bottom", showarrow=False, text=said)
    return styled(figure, height + ABOVE + BELOW).update_layout(margin={"l": 20, "t": ABOVE, "b": BELOW})


def _last_whole(flow: pd.DataFrame) -> pd.Timestamp:
    whole = flow[~flow.partial]
    return (whole if len(whole) else flow).month.max()


def _side(drawn: pd.DataFrame, column: str, counted: str) -> pd.DataFrame:
    """Return one side of ``streams.draw``, the best class at the top.

    customers are those whose bands are drawn; the label counts all of the column ``counted``.
    """
    bands, all_of = drawn.groupby(column).customers.sum(), drawn.groupby(counted).customers.sum()
    codes = [code for code in (*reversed(RISING), OTHER) if code in bands.index]
    names = _names() | {OTHER: _("other moves")}
    rows = [
        (code, bands[code], streams.label(names[code], bands[code] if code == OTHER else all_of[code]))
        for code in codes
    ]
    return pd.DataFrame(rows, columns=["code", "customers", "label"])


def _links(drawn: pd.DataFrame) -> pd.DataFrame:
    names = _names()
    pairs = list(zip(drawn.class_then, drawn.class_now, strict=True))
    better = [RISING.index(now) > RISING.index(then) for then, now in pairs]
    return pd.DataFrame(
        {
            "source": drawn.class_then,
            "target": drawn.target,
            "customers": drawn.customers,
            "colour": [streams.colour(FACT if up else ACTION) for up in better],
            "hint": [
                f"{names[then]} → {names[now]}: {i18n.count(n)}"
                for (then, now), n in zip(pairs, drawn.customers, strict=True)
            ],
        }
    )
