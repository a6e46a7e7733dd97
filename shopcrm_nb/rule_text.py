"""Rule text: a shop's cut points, weights and limits of the grades as sections of its shop.toml."""

from pathlib import Path

import tomlkit

from shopcrm_nb.rules import Rules, source_rules
from shopcrm_nb.segment_rules import RfmRules
from shopcrm_nb.settings import read_shop

LIMITS = ("platinum", "gold", "silver", "bronze")


def as_toml(rules: Rules) -> str:
    """Return [rules.rfm] and [rules.grades] as text to paste into a shop.toml."""
    return tomlkit.dumps({"rules": _sections(rules)})


def write(folder: Path, rules: Rules) -> None:
    """Put [rules.rfm] and [rules.grades] into ``folder/shop.toml``, which keeps everything else as it is.

    Raises ShopcrmError, and leaves the file as it was, where the settings would not be usable after it.
    """
    path = folder / "shop.toml"
    text = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    own = text.setdefault("rules", tomlkit.table(is_super_table=True))
    for name, section in _sections(rules).items():
        kept = {key: value for key, value in own.get(name, {}).items() if key not in _replaced(name)}
        own[name] = kept | section
    aside = path.with_name("shop.toml.new")
    aside.write_text(tomlkit.dumps(text), encoding="utf-8")
    try:
        read_shop(folder, aside.name)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _replaced(section: str) -> tuple[str, ...]:
    return tuple(RfmRules.model_fields) if section == "rfm" else LIMITS


def _sections(rules: Rules) -> dict[str, dict]:
    rfm = rules.rfm
    recency = ("recency_days",) if rfm.recency_days else ("recency_months", "month")
    section = {name: _plain(getattr(rfm, name)) for name in (*recency, "frequency", "monetary")}
    if rfm.weights != source_rules().rfm.weights:
        section["weights"] = tomlkit.inline_table()
        section["weights"].update({name: _plain(weight) for name, weight in rfm.weights.model_dump().items()})
    grades = {name: _plain(getattr(rules.grades, name)) for name in LIMITS}
    return {"rfm": section, "grades": grades}


def _plain(value: object) -> object:
    """Write 300.0 as 300, in a list as well."""
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value == int(value) else value
