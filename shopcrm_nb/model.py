"""The shop as it stood at the end of a day: its valid orders, and the ledger of what does not count."""

import datetime as dt
import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend

from shopcrm_nb import i18n
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.i18n import ngettext
from shopcrm_nb.ledger import Ledger, account, sift
from shopcrm_nb.load import Loaded, load
from shopcrm_nb.settings import ShopSettings, read_shop

BENCHMARKS = "benchmarks.csv"  # beside shop.toml


@dataclass(frozen=True)
class Shop:
    """A shop at the end of ``as_of``, that day included.

    ``orders`` are the valid orders: paid, not after ``as_of``, net above the shop's minimum; beside the
    canonical columns they have ``net`` (paid minus refund) and ``paid_on`` (the day). ``tables`` has the
    canonical tables as loaded; ``ledger`` counts every row that is not used, ``facts`` what loading found.
    """

    folder: Path
    settings: ShopSettings
    as_of: dt.date
    con: BaseBackend
    tables: dict[str, ir.Table]
    orders: ir.Table
    ledger: pd.DataFrame
    facts: pd.DataFrame
    fingerprint: str

    @functools.cached_property
    def filled(self) -> dict[str, frozenset[str]]:
        """Keep what ``filled.columns`` has found of each table: a page asks for it a hundred times."""
        return {}

    @functools.cached_property
    def first_day(self) -> dt.date:
        """Tell the day of the first valid order; as_of where there is none."""
        return self.orders.paid_on.min().to_pyarrow().as_py() or self.as_of

    def missing(self, *columns: str) -> NotComputed | None:
        """Return what stands in the way of work on ``columns`` (each table.column), or None."""
        for name in columns:
            table, _dot, column = name.partition(".")
            if table not in self.tables or column not in self.tables[table].columns:
                return NotComputed(name)
        return self._too_many_masked() if "orders.customer_id" in columns else None

    def masked_keys(self) -> tuple[int, int]:
        """Return how many buyer names of the order files are masked, and how many are filled in."""
        source = "orders" if "orders" in self.settings.tables else "order_items"
        found = self.facts[(self.facts.fact == "masked_keys") & (self.facts.table == source)]
        return int(found["count"].sum()), int(found["total"].sum())

    def _too_many_masked(self) -> NotComputed | None:
        masked, filled = self.masked_keys()
        if masked <= self.settings.rules.check.max_masked_share * filled:
            return None
        said = ngettext(
            "{masked} of {filled} buyer name is masked", "{masked} of {filled} buyer names are masked", filled
        )
        reason = said.format(masked=i18n.count(masked), filled=i18n.count(filled))
        return NotComputed("orders.customer_id", reason)


def read_day(text: str) -> dt.date:
    """Read a day written as 2024-06-30."""
    try:
        return dt.date.fromisoformat(str(text))
    except ValueError as error:
        raise ShopcrmError(f'as_of: "{text}" is not a day; write it as in 2024-06-30') from error


def open_shop(folder: Path, as_of: str = "") -> Shop:
    """Open the shop in ``folder`` at the end of ``as_of`` (default: the last day with a paid order).

    Raises ShopcrmError for settings or data that cannot be used, and for a day outside the data.
    """
    settings = read_shop(folder)
    return stand(folder, settings, load(folder, settings), as_of)


def stand(folder: Path, settings: ShopSettings, loaded: Loaded, as_of: str = "") -> Shop:
    """Return the shop as its loaded tables show it at the end of ``as_of`` (default: the last paid day).

    Raises ShopcrmError for a day outside the data.
    """
    tables, day = loaded.tables, _day(loaded.tables["orders"], as_of)
    ledger = Ledger()
    sifted = valid(tables["orders"], day, settings.rules.orders.min_order_amount)
    orders = account(ledger, "model", "orders", sifted, ("after_as_of", "unpaid", "no_net"))
    counted = pd.concat([loaded.ledger, ledger.frame()], ignore_index=True)
    fingerprint = _with_beside(folder, settings, loaded.fingerprint)
    return Shop(folder, settings, day, loaded.con, tables, orders, counted, loaded.facts, fingerprint)


def _with_beside(folder: Path, settings: ShopSettings, fingerprint: str) -> str:
    """Return a fingerprint that changes, too, with what a shop is compared with: benchmarks, back end."""
    path = folder / BENCHMARKS
    beside = path.read_bytes() if path.is_file() else b""
    told = "".join(each.model_dump_json() for each in settings.back_end).encode()
    return hashlib.sha256(fingerprint.encode() + beside + told).hexdigest() if beside or told else fingerprint


def _day(orders: ir.Table, as_of: str) -> dt.date:
    span = orders.aggregate(first=orders.paid_at.min(), last=orders.paid_at.max()).to_pyarrow().to_pylist()[0]
    if span["last"] is None:
        raise ShopcrmError("orders: none is paid; name the column of the payment time in shop.toml")
    first, last = span["first"].date(), span["last"].date()
    day = read_day(as_of) if as_of else last
    if not first <= day <= last:
        raise ShopcrmError(f"as_of: {day} is outside the data; paid orders run from {first} to {last}")
    return day


def valid(orders: ir.Table, as_of: dt.date, min_order_amount: float = 0.0) -> ir.Table:
    """Add net (paid minus refund), paid_on (the day), and ``_why``: null for a valid order, else the reason.

    A valid order is paid, not after ``as_of``, and has net above ``min_order_amount``.
    """
    orders = orders.mutate(net=(orders.paid - orders.refund).round(4), paid_on=orders.paid_at.date())
    tests = {
        "after_as_of": ibis.coalesce(orders.paid_at, orders.created_at).date() > as_of,
        "unpaid": orders.paid_at.isnull(),
        "no_net": orders.net <= min_order_amount,
    }
    return sift(orders, tests)
