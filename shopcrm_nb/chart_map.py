"""Where customers live: China's provinces as a map of equal tiles, so that none looks big for its area."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from babel import numbers
from plotly.colors import sample_colorscale

from shopcrm_nb import chart_portrait, i18n, portrait_words
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.chart import CONTEXT, DIVERGING, SCALE, styled
from shopcrm_nb.i18n import _
from shopcrm_nb.lettering import LINE_HEIGHT, compared, lines, wrapped

# Where each province lies, roughly.
TILES = """
    .       .       .       .       .       .       黑龙江
    .       .       .       .       .       .       吉林
    .       .       .       内蒙古  北京    天津    辽宁
    新疆    甘肃    宁夏    山西    河北    山东    .
    西藏    青海    陕西    河南    安徽    江苏    .
    .       四川    重庆    湖北    江西    浙江    上海
    .       云南    贵州    湖南    广东    福建    台湾
    .       .       .       广西    澳门    香港    .
    .       .       .       海南    .       .       .
"""
ENGLISH_NAMES = """
    北京 Beijing, 天津 Tianjin, 河北 Hebei, 山西 Shanxi, 内蒙古 Inner Mongolia, 辽宁 Liaoning, 吉林 Jilin,
    黑龙江 Heilongjiang, 上海 Shanghai, 江苏 Jiangsu, 浙江 Zhejiang, 安徽 Anhui, 福建 Fujian, 江西 Jiangxi,
    山东 Shandong, 河南 Henan, 湖北 Hubei, 湖南 Hunan, 广东 Guangdong, 广西 Guangxi, 海南 Hainan,
    重庆 Chongqing, 四川 Sichuan, 贵州 Guizhou, 云南 Yunnan, 西藏 Tibet, 陕西 Shaanxi, 甘肃 Gansu,
    青海 Qinghai, 宁夏 Ningxia, 新疆 Xinjiang, 台湾 Taiwan, 香港 Hong Kong, 澳门 Macao
"""
ENGLISH = dict(name.strip().split(maxsplit=1) for name in ENGLISH_NAMES.split(","))
PLACES = {
    name: (x, y)
    for y, line in enumerate(TILES.strip("\n").split("\n"))
    for x, name in enumerate(line.split())
    if name != "."
}
WIDE, HIGH = (1 + max(ends) for ends in zip(*PLACES.values(), strict=True))
TILE = 50  # pixels: the height of a tile
HALF = 0.46  # of a tile: a little room is between two
LINE_ROOM = 46  # letters in a line below the map
UNSURE = ("few", "unclear")  # states of which a full colour would say too much
PALE = 0.35
CLEAR = "rgba(0,0,0,0)"
BLACK, WHITE, MIDDLE = "#111111", "#FFFFFF", 0.18  # of luminance: both stand out equally
AT_LEAST, AT_MOST = 25, 100  # points of TGI from 100 to the ends of the colours
LISTED = 4  # levels that are no province and are told below, the largest
BIG, LETTERS = 10_000, 5  # from here on a number is written short, in so many letters


@needs()
def places(frame: pd.DataFrame, high: float = 120, low: float = 80) -> go.Figure:
    """Draw the rows about geography: a map if any place is a province of China, else lines."""
    provinces = frame[frame.dimension == "province"]
    if provinces.level.isin(PLACES).any():
        return china(provinces)
    return chart_portrait.tgi(frame, high, low)


@needs()
def china(frame: pd.DataFrame, value: str = "tgi") -> go.Figure | NotComputed:
    """Draw a column of ``portrait.compare`` (rows of the dimension province) on a map of equal tiles.

    Colours go from 100 to both sides for a TGI, from 0 up for anything else. A tile of few people, or whose
    TGI is unclear, is pale; one without people is empty. What is no province of China, such as "unknown", is
    told below the map. NotComputed where no level is a province of China.
    """
    tiles = pd.DataFrame([(name, *place) for name, place in PLACES.items()], columns=["level", "x", "y"])
    tiles = tiles.merge(frame.assign(value=frame[value]), "left", on="level")
    if tiles.customers.isna().all():
        return NotComputed("orders.province", _("no province of China is among them"))
    there = (tiles.customers > 0) & tiles.value.notna()
    pale = there & tiles.state.isin(UNSURE if value == "tgi" else UNSURE[:1])
    full, limits = there & ~pale, _limits(tiles.value[there], value)
    tiles["hint"] = _hints(tiles, "other" in set(frame.level))
    tiles["text"] = _texts(tiles, there, value)
    tiles["colour"] = [_colour(number, value, limits) for number in tiles.value]
    figure = go.Figure([_heat(tiles[full], value, limits), _heat(tiles[~full])])
    figure.add_trace(_scale(value, limits))
    figure.add_trace(_letters(tiles[full], [_readable_on(colour) for colour in tiles.colour[full]]))
    figure.add_trace(_letters(tiles[~full]))  # in the colour of the page's text: its ground shows through
    fills = [
        _translucent(colour) if is_pale else CLEAR for colour, is_pale in zip(tiles.colour, pale, strict=True)
    ]
    figure.update_layout(shapes=[_square(row) for row in tiles.assign(fill=fills)[~full].itertuples()])
    return _framed(figure, _notes(frame, value, bool(pale.any()), not there.all()))


def _hints(tiles: pd.DataFrame, gathered: bool) -> list[str]:
    nobody = _("nobody, or gathered in “{others}”").format(others=portrait_words.level("", "other"))
    absent = nobody if gathered else _("nobody")
    return [
        lines([_name(row.level), absent]) if pd.isna(row.customers) else compared(_name(row.level), row)
        for row in tiles.itertuples()
    ]


def _name(level: str) -> str:
    english = ENGLISH[level] if i18n.language() == "en" else ""
    return f"{level} {english}".rstrip()


def _write(value: float, column: str) -> str:
    """Write a value in the few letters that a tile has room for."""
    if column.endswith("share"):
        return i18n.percent(value)
    if pd.isna(value) or abs(value) < BIG:
        return i18n.count(value)
    written = [
        numbers.format_compact_decimal(value, locale=i18n.language(), fraction_digits=n) for n in (1, 0)
    ]
    return min(written, key=lambda text: len(text) > LETTERS)


def _limits(values: pd.Series, column: str) -> tuple[float, float]:
    if column == "tgi":
        far = min(max([AT_LEAST, *(values - 100).abs()]), AT_MOST)
        return 100 - far, 100 + far
    return 0, max([0, *values]) or 1


def _heat(tiles: pd.DataFrame, column: str = "", limits: tuple[float, float] = (0, 1)) -> go.Heatmap:
    """Draw tiles in the colours of a column; without one they are clear, for their hints alone."""
    z, hints = np.full((HIGH, WIDE), np.nan), np.full((HIGH, WIDE), "", dtype="object")
    for row in tiles.itertuples():
        z[row.y, row.x] = row.value if column else 0
        hints[row.y, row.x] = row.hint
    return go.Heatmap(
        z=z,
        customdata=hints,
        hoverongaps=False,
        hovertemplate="%{customdata}<extra></extra>",
        colorscale=_colours(column) if column else [[0, CLEAR], [1, CLEAR]],
        zmin=limits[0],
        zmax=limits[1],
        showscale=False,
        xgap=4,
        ygap=4,
    )


def _colours(column: str) -> list:
    return DIVERGING if column == "tgi" else SCALE


def _scale(column: str, limits: tuple[float, float]) -> go.Scatter:
    """Draw the scale at the top left, where no tile is; a heat map would hide it where none is coloured."""
    ends = [limits[0], sum(limits) / 2, limits[1]]
    titles = {
        "tgi": _("TGI (100: no difference)"),
        "share": _("Share of the group"),
        "base_share": _("Share of the comparison"),
        "customers": _("Customers"),
        "net_sales": _("Net sales"),
        "net_sales_per_customer": _("Net sales per customer"),
        "second_order_share": _("With a second order within 90 days"),
    }
    bar = {
        **{"orientation": "h", "thickness": 10, "len": 0.55},
        **{"x": 0, "xanchor": "left", "y": 1, "yanchor": "top"},
        "title": {"text": titles.get(column, ""), "side": "top"},
        "tickvals": ends,
        "ticktext": [_write(end, column) for end in ends],
    }
    colours = {"color": [limits[0]], "colorscale": _colours(column), "cmin": limits[0], "cmax": limits[1]}
    marker = colours | {"showscale": True, "colorbar": bar}
    return go.Scatter(x=[None], y=[None], mode="markers", marker=marker, hoverinfo="skip", showlegend=False)


def _letters(tiles: pd.DataFrame, colours: list[str] | None = None) -> go.Scatter:
    font = {"textfont": {"color": colours}} if colours else {}
    return go.Scatter(
        x=tiles.x, y=tiles.y, text=tiles.text, mode="text", hoverinfo="skip", showlegend=False, **font
    )


def _texts(tiles: pd.DataFrame, there: pd.Series, column: str) -> list[str]:
    written = [_write(value, column) for value in tiles.value]
    return [
        lines([level, value] if is_there else [level])
        for level, value, is_there in zip(tiles.level, written, there, strict=True)
    ]


def _colour(value: float, column: str, limits: tuple[float, float]) -> tuple[float, float, float]:
    """Return red, green and blue (0 to 1) of a value; of none those of the lowest."""
    low, high = limits
    place = 0 if pd.isna(value) else min(max((value - low) / (high - low), 0), 1)
    return sample_colorscale(_colours(column), [place], colortype="tuple")[0]


def _readable_on(colour: tuple[float, float, float]) -> str:
    """Return black or white, whichever stands out more on a colour (relative luminance of WCAG 2)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return BLACK if np.array(linear) @ np.array([0.2126, 0.7152, 0.0722]) > MIDDLE else WHITE


def _translucent(colour: tuple[float, float, float]) -> str:
    red, green, blue = (round(255 * part) for part in colour)
    return f"rgba({red}, {green}, {blue}, {PALE})"


def _square(row: tuple) -> dict:
    ends = {"x0": row.x - HALF, "x1": row.x + HALF, "y0": row.y - HALF, "y1": row.y + HALF}
    edge = {"color": CONTEXT, "width": 1, "dash": "dot"}
    return ends | {"type": "rect", "fillcolor": row.fill, "line": edge, "layer": "below"}


def _notes(frame: pd.DataFrame, column: str, pale: bool, empty: bool) -> str:
    """Say below the map what is not on it, and what pale and empty tiles are."""
    others = frame[~frame.level.isin(list(PLACES)) & (frame.customers > 0)]
    one, off = _("{level} {value}"), _("Not on the map: {levels}.")
    named = others.sort_values("customers", ascending=False).head(LISTED)
    told = [
        one.format(level=portrait_words.level("province", row.level), value=_write(row.value, column))
        for row in named.assign(value=named[column]).itertuples()
    ]
    more = len(others) - len(told)
    told += [_("{n} more").format(n=i18n.count(more))] if more else []
    uncertain = _("Pale: not clear, or few people.") if column == "tgi" else _("Pale: few people.")
    notes = [
        off.format(levels=_(", ").join(told)) if told else "",
        i18n.sentences([uncertain if pale else "", _("Empty: nobody.") if empty else ""]),
    ]
    return lines(wrapped(note, LINE_ROOM) for note in notes if note)


def _framed(figure: go.Figure, notes: str) -> go.Figure:
    """Hide the axes, and write the notes below the tiles, within the plot: a phone has no margin for them."""
    depth = LINE_HEIGHT * (notes.count("<br>") + 1) + 10 if notes else 0
    end = HIGH - 0.5
    figure.add_annotation(
        x=0,
        xref="paper",
        xanchor="left",
        y=end + 0.1,
        yanchor="top",
        text=notes,
        align="left",
        showarrow=False,
        font={"size": 12},
    )
    figure.update_xaxes(visible=False, range=[-0.5, WIDE - 0.5], fixedrange=True)
    figure.update_yaxes(visible=False, range=[end + depth / TILE, -0.5], fixedrange=True)
    styled(figure, HIGH * TILE + depth + 40)
    return figure.update_layout(margin={"l": 10, "r": 10, "t": 20, "b": 20})
