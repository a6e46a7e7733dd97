"""Text messages: by how many parts one is billed, and what a campaign of them costs (§3.7)."""

from dataclasses import dataclass

from shopcrm_nb import i18n
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.i18n import _, ngettext

CENTS_BELOW = 100  # of the currency, an amount is told to the cent


@dataclass(frozen=True)
class Bill:
    """What one text costs when it goes to so many people.

    ``characters`` and ``parts`` of the one text, ``messages`` people, ``billed_parts`` in all, ``cost`` of
    them in the shop's currency, ``spare`` characters that the last part still holds.
    """

    characters: int
    parts: int
    messages: int
    billed_parts: int
    cost: float
    spare: int


def characters(text: str) -> int:
    """Count the characters of a text as a carrier does: any letter is one, most emoji are two (UTF-16)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def segments(length: int, rules: CampaignRules) -> int:
    """Return by how many parts a text of so many characters is billed, the signature included (§3.7).

    Up to ``sms_single`` (70) one, else ``sms_part`` (67) to a part: 150 characters are 3. Nothing is none.
    """
    if length < 0:
        raise ShopcrmError(f"sms: a text cannot have {length} characters; write 0 or more")
    if length <= rules.sms_single:
        return int(length > 0)
    return -(-length // rules.sms_part)


def bill(text: str, messages: int, rules: CampaignRules) -> Bill:
    """Return what it costs to send ``text``, its signature included, to so many people.

    A part costs ``sms_cost``. Who cannot be reached may be billed all the same: it is what is sent, not what
    arrives.
    """
    if not 0 <= messages < float("inf") or messages != int(messages):
        raise ShopcrmError(f"sms: {messages} people cannot be written to; write a whole number from 0 on")
    length = characters(text)
    parts = segments(length, rules)
    holds = rules.sms_single if parts <= 1 else parts * rules.sms_part
    billed = parts * int(messages)
    return Bill(length, parts, int(messages), billed, round(billed * rules.sms_cost, 4), holds - length)


def sentence(found: Bill, currency: str) -> str:
    """Say how long the text is, by how many parts it is billed, and what it costs."""
    if not found.parts:
        return _("The text is empty: there is nothing to send.")
    one = ngettext(
        "The text has {n} character and is billed as one part, which would hold {spare} more.",
        "The text has {n} characters and is billed as one part, which would hold {spare} more.",
        found.characters,
    )
    many = _("The text has {n} characters and is billed as {parts} parts, which would hold {spare} more.")
    length = (one if found.parts == 1 else many).format(
        n=i18n.count(found.characters), parts=i18n.count(found.parts), spare=i18n.count(found.spare)
    )
    cost = ngettext(
        "Sent to {n} person it costs {cost} (billed parts: {parts}).",
        "Sent to {n} people it costs {cost} (billed parts: {parts}).",
        found.messages,
    ).format(
        n=i18n.count(found.messages),
        cost=i18n.money(found.cost, currency, 0 if found.cost >= CENTS_BELOW else 2),
        parts=i18n.count(found.billed_parts),
    )
    return i18n.sentences([length, cost])
