"""Headers: which column each header of an export is, by its name and by what stands below it."""

import difflib
import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from shopcrm_nb import clean, preset, source
from shopcrm_nb.canonical import TABLES

UNITS = r"\b(eur|usd|gbp|cny|rmb|chf|jpy)\b|\((元|件)\)"
NOT_A_NAME = r"[^\w#%]|_"
TWIN = r" \(\d+\)$"  # what top_rows puts behind a cell that occurs twice in its row
TOP_ROWS = 10  # of a parquet file
MOST = 0.8  # of the cells below a header: so many must be times for it to be a column of times
ALIKE = 0.7  # of difflib's ratio
UNIT_PRICES = {"price", "unit price", "unitprice", "item price", "单价", "商品单价", "价格", "成交单价"}
UNIT_PRICES |= {"einzelpreis", "stückpreis"}
PARCEL_TIMES, ORDER_PAID = {"shipped_at", "signed_at"}, {"paid_at", "paid"}
CODE_LENGTH = 4  # a shorter number counts something
ENOUGH = 3  # columns of orders that a file must have to be taken for one that lacks a needed column
TIME = (
    r"\d{4}[-/.年]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[-. ]+[a-z]{3,9}[-., ]+\d{2}"
    r"|[a-z]{3,9}\.? \d{1,2},? \d{4}|(19|20)\d\d[01]\d[0-3]\d(\d{4}|\d{6})?$"
)
BESIDE_AN_AMOUNT = r"[^\w.,()+-]|\b[a-z]{2,3}\b|元"
NUMBER = r"[(+-]?\d+([.,]\d+)*[.,]?[)-]{0,2}"
# What cannot stand below a header of a column, or of a column of that kind, however it is called. "State" is
# either a place or what has become of an order, and "Order" may be what was ordered.
NEVER_BELOW = {
    "money": {"email", "time", "word", "status"},
    "number": {"email", "time", "word", "status"},
    "time": {"email", "word", "status"},
    "id": {"email", "time", "amount"},
    "order_id": {"email", "time", "amount", "word", "status"},
    "province": {"email", "time", "amount", "status"},
    "city": {"email", "time", "amount", "status"},
    "buyer": {"time", "amount", "status"},
    "status": {"email", "time", "amount"},
}
NO_ACCOUNT = "0"  # WooCommerce's customer_id of everybody who buys as a guest


@dataclass(frozen=True)
class Wanted:
    """How a column of orders that was not found may be told: by words in a header, and by what stands below.

    ``plain`` is what stands below it as a rule: a header of any name is proposed if it alone has that.
    """

    words: str
    never: str
    below: tuple[str, ...]
    plain: str = ""


REFUND = r"refund|retour|\bback\b|return|erstatt|gutschr|rück|rembours|退|返"
WANTED = {
    "order_id": Wanted(
        r"\b(id|no|nr|num|number|ref|reference|order|invoice|receipt|ticket)\b|#|nummer|bestell|auftrag|beleg"
        r"|编号|单号|订单",
        r"phone|mobile|zip|post|plz|sku|item|product|artikel|customer|client|user|kunde|买家|会员|客户|商品"
        r"|宝贝|电话|手机|邮编|物流|运单|支付|店铺|coupon|track",
        ("code", "number", ""),
    ),
    "paid_at": Wanted(
        r"paid|pay|purchas|date|time|when|bezahl|zahl|kauf|datum|付|成交|日期|时间",
        REFUND
        + r"|ship|sent|deliver|birth|updat|modif|end|clos|versand|liefer|发货|收货|签收|结束|关闭|到期",
        ("time", "number", ""),
        plain="time",
    ),
    "paid": Wanted(
        r"paid|pay|total|amount|\bamt\b|gross|\bsum\b|revenue|sales|turnover|takings|brutto|betrag|umsatz|summe"
        r"|金额|实付|实收|付款|货款",
        REFUND
        + r"|\btax|\bvat\b|mwst|steuer|ship|post|freight|fee|versand|porto|discount|rabatt|coupon|point"
        r"|unit|cost|items|qty|税|运费|邮费|优惠|折|抵扣|积分|服务费|单价|数",
        ("amount", "number", ""),
        plain="amount",
    ),
    "customer_id": Wanted(
        r"mail|buyer|customer|client|user|member|patron|kunde|käufer|买家|会员|客户|用户|昵称",
        r"type|group|note|item|product|应付|支付|留言|服务费|积分|金额|邮费",
        ("email", "code", "word", "number", ""),
        plain="email",
    ),
}


@dataclass(frozen=True)
class Top:
    """The headers of a file and, below each, the cells of its first rows that are not empty."""

    headers: list[str]
    cells: dict[str, list[str]]

    def kind(self, header: str) -> str:
        """Tell email, time, amount, number (a whole one), status, code (with a digit), word; "": no cells."""
        return _kind(self.cells.get(header, []))


def read(path: Path) -> Top:
    """Read the top of a file; its headers are the first of the top rows that is a known export's, if any."""
    rows = [row for _at, row in source.top_rows(path)]
    headers = next((row for row in rows if preset.recognise(row)), None) or source.headers(path)
    if source.kind(path) == "parquet":
        return Top(headers, _parquet_cells(path, headers))
    below = itertools.dropwhile(lambda row: row != headers, rows)
    whole = [row for row in itertools.islice(below, 1, None) if len(row) == len(headers)]
    cells = {h: [_written(row[at], at) for row in whole] for at, h in enumerate(headers)}
    return Top(headers, {header: list(filter(None, written)) for header, written in cells.items()})


def _written(cell: str, at: int) -> str:
    """Return a cell as it stands in the file: top_rows names cells as if they were headers."""
    bare = re.sub(TWIN, "", cell)
    return "" if bare in clean.NOT_A_VALUE or bare == f"column {at + 1}" else bare


def _parquet_cells(path: Path, headers: list[str]) -> dict[str, list[str]]:
    import pyarrow.parquet as pq

    batch = next(pq.ParquetFile(path).iter_batches(TOP_ROWS), None)
    columns = batch.columns if batch else [[]] * len(headers)
    return {
        header: [str(value) for value in cells if value.is_valid]
        for header, cells in zip(headers, columns, strict=True)
    }


def _kind(cells: list[str]) -> str:
    bare = [cell.strip(clean.AROUND_AN_ID).casefold() for cell in cells]
    amounts = [re.sub(BESIDE_AN_AMOUNT, "", cell) for cell in bare]
    words = preset.status_words()
    if not cells:
        return ""
    if _mostly(re.match(clean.EMAIL, cell) for cell in bare):
        return "email"
    if _mostly(re.match(TIME, cell) for cell in bare):
        return "time"
    if _mostly(re.fullmatch(NUMBER, amount) for amount in amounts):
        return "number" if all(map(str.isdigit, bare)) else "amount"
    if sum(preset.normal_word(cell) in words for cell in bare) * 2 >= len(bare):
        return "status"
    return "code" if any(re.search(r"\d", cell) for cell in bare) else "word"


def _mostly(found) -> bool:
    each = [bool(one) for one in found]
    return sum(each) >= MOST * len(each)


def plain(header: str) -> str:
    """Return the form in which names are compared: without case, currencies, blanks and all signs."""
    words = source.normal(header).replace("_", " ")
    return re.sub(NOT_A_NAME, "", re.sub(UNITS, " ", words))


def match(table: str, top: Top) -> dict[str, str]:
    """Return canonical column → header, by the header dictionary; a header serves one column only.

    A header whose cells cannot be what its name says is passed over, and the words of a status are known
    under any name.
    """
    left, found = list(top.headers), {}
    for column, candidates in preset.dictionary(table).items():
        names = dict.fromkeys(plain(candidate.header) for candidate in candidates)
        fitting = [header for header in left if _fits(table, column, header, top)]
        named = (header for name in names for header in fitting if plain(header) == name)
        header = next(named, None) or (_of_statuses(left, top) if column == "status" else None)
        if header:
            found[column] = header
            left.remove(header)
    return found


def _fits(table: str, column: str, name: str, top: Top) -> bool:
    kind = TABLES[table][column].kind
    never = NEVER_BELOW.get(column) or NEVER_BELOW.get(kind, ())
    return top.kind(name) not in never and not (kind == "buyer" and NO_ACCOUNT in top.cells.get(name, ()))


def _of_statuses(headers: list[str], top: Top) -> str | None:
    return next((header for header in headers if top.kind(header) == "status"), None)


def price(headers: list[str]) -> str:
    """Return the header of the price of one piece, or an empty string."""
    return next((header for header in headers if source.normal(header) in UNIT_PRICES), "")


def nearest(top: Top) -> str:
    """Return the table that the headers fill: one whose needed columns they all have, else most of orders.

    Lines come first, since a file of lines has the columns of orders too.
    """
    found = {table: set(match(table, top)) for table in TABLES}
    if price(top.headers):
        found["order_items"].add("amount")
    whole = [table for table in TABLES if _needed(table) <= found[table]]
    if "shipments" in whole and not (
        PARCEL_TIMES & found["shipments"] and ORDER_PAID.isdisjoint(found["orders"])
    ):
        whole.remove("shipments")  # any file with an order id has what that table needs
    if "order_items" in whole:
        return "order_items"
    if whole:
        return max(whole, key=lambda table: len(found[table]))
    return "orders" if len(found["orders"]) >= ENOUGH else ""


def _needed(table: str) -> set[str]:
    needed = {column.name for column in TABLES[table].values() if column.required}
    return needed - {"order_id"} if table == "orders" else needed


def guess(column: str, top: Top, free: list[str]) -> str:
    """Return which of the ``free`` headers may be a column of orders, "" where none is likely."""
    if column not in WANTED:
        return ""
    able = able_to_be(column, top, free)
    likely = [(_likeness(column, header), header) for header in able]
    best = max((pair for pair in likely if pair[0] >= ALIKE), key=lambda pair: pair[0], default=None)
    if best:
        return best[1]
    alone = [each for each in able if _plainly(column, top, each)]
    return alone[0] if len(alone) == 1 else ""


def _plainly(column: str, top: Top, name: str) -> bool:
    if column == "order_id":
        return bool(top.cells.get(name)) and _is_code(top.cells[name])
    return bool(WANTED[column].plain) and top.kind(name) == WANTED[column].plain


def exported_with(column: str, headers: list[str]) -> str:
    """Return the header of a known export for a column, where only this one of the export is missing."""
    _name, lacks = preset.almost(headers)
    known = {plain(candidate.header) for candidate in preset.dictionary("orders").get(column, ())}
    return lacks if lacks and plain(lacks) in known else ""


def able_to_be(column: str, top: Top, free: list[str]) -> list[str]:
    """Return those of the headers whose cells can be the column's, without those plainly of another kind.

    Numbers of orders differ from row to row; refunds, taxes and fees are not what was paid.
    """
    if column not in WANTED:
        return free
    fitting = [header for header in free if top.kind(header) in WANTED[column].below]
    named = [header for header in fitting if not re.search(WANTED[column].never, _without_inclusive(header))]
    return [header for header in named if column != "order_id" or _all_differ(top.cells.get(header, []))]


def like_an_id(top: Top, free: list[str]) -> bool:
    """Tell whether one of the ``free`` headers may number the orders, by its name or by its cells."""
    able = [each for each in able_to_be("order_id", top, free) if top.cells.get(each)]
    return bool(guess("order_id", top, free)) or any(_is_code(top.cells[each]) for each in able)


def _is_code(cells: list[str]) -> bool:
    return all(re.search(r"\d", cell) and len(cell) >= CODE_LENGTH and " " not in cell for cell in cells)


def _without_inclusive(header: str) -> str:
    return re.sub(r"\b(incl?|inkl)\w*\.? *\w+|含税", "", source.normal(header).replace("_", " "))


def _all_differ(cells: list[str]) -> bool:
    return len(set(cells)) == len(cells)


def _likeness(column: str, header: str) -> float:
    """Return how like a header is to the names of a column, 0 to 1, and 1 more where it has a word of it."""
    names = [plain(candidate.header) for candidate in preset.dictionary("orders")[column]]
    ratio = max(difflib.SequenceMatcher(None, name, plain(header)).ratio() for name in names)
    return ratio + bool(re.search(WANTED[column].words, source.normal(header).replace("_", " ")))


def currencies(top: Top) -> set[str]:
    """Return the currencies whose sign, if it can hardly mean another, stands in a header or a cell."""
    text = " ".join([*top.headers, *itertools.chain.from_iterable(top.cells.values())])
    return {code for sign, code in (("€", "EUR"), ("£", "GBP")) if sign in text}
