"""Codes: the words in which exports write what somebody did, or their gender, become ours."""

import ibis
import ibis.expr.types as ir

from shopcrm_nb import preset
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.ledger import Ledger

MAX_WORDS = 200
# Columns whose other words are the shop's own: each campaign names its variants as it likes.
OPEN = {"sends": ("arm",)}
MAX_OWN_WORDS = 10_000


def read(name: str, table: ir.Table, ledger: Ledger) -> ir.Table:
    """Return a canonical table with the known words of its coded columns put in our codes.

    A word that says that there is no value becomes null; one that is not known stays, and is noted with how
    many rows have it, of all that have a word; in a column of OPEN such words are the shop's own, not noted.
    """
    for column, codes in preset.words(name).items():
        if column in table.columns:
            table = table.mutate(**{column: _coded(name, table, column, codes, ledger)})
    return table


def _coded(name: str, table: ir.Table, column: str, codes: dict[str, str], ledger: Ledger) -> ir.StringValue:
    own = column in OPEN.get(name, ())
    words = met(name, table, column, MAX_OWN_WORDS if own else MAX_WORDS)
    ours = {word: codes[normal] for word in words if (normal := preset.normal_word(word)) in codes}
    for word in [word for word in words if word not in ours and not own]:
        ledger.fact(name, "unknown_word", column, words[word], sum(words.values()), word)
    cell = table[column]
    changed = {word: code for word, code in ours.items() if word != code}
    return cell.substitute(changed, else_=cell).nullif("") if changed else cell


def met(name: str, table: ir.Table, column: str, most: int = MAX_WORDS) -> dict[str, int]:
    """Return how often each word stands in a column, the most frequent first.

    Raises ShopcrmError where there are more than ``most``, so that the column cannot be one of words.
    """
    counts = table.filter(table[column].notnull()).group_by(word=table[column]).aggregate(n=ibis._.count())
    rows = counts.order_by(counts.n.desc(), counts.word).limit(most + 1).to_pyarrow().to_pylist()
    if len(rows) > most:
        raise ShopcrmError(
            f"{name}: the {column} column has more than {most:,} different words, such as "
            f'"{rows[0]["word"]}"; name another column under [tables.{name}.columns] in shop.toml'
        )
    return {row["word"]: row["n"] for row in rows}
