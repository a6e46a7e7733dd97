"""Profile: what a shop's customer and member files tell of each person, and where orders went."""

import datetime as dt

import ibis
import ibis.expr.types as ir

from shopcrm_nb import bands
from shopcrm_nb.model import Shop

YOUNGEST, OLDEST = 10, 100  # years; anything else is what a form fills in by itself, such as 1900-01-01
# The seven regions in which the trade counts (大区).
REGIONS = {
    "north": "北京 天津 河北 山西 内蒙古",
    "northeast": "辽宁 吉林 黑龙江",
    "east": "上海 江苏 浙江 安徽 福建 江西 山东 台湾",
    "central": "河南 湖北 湖南",
    "south": "广东 广西 海南 香港 澳门",
    "southwest": "重庆 四川 贵州 云南 西藏",
    "northwest": "陕西 甘肃 青海 宁夏 新疆",
}
PROVINCES = " ".join(REGIONS.values()).split()
_FORMS = r"(特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|省|市)$"
COLUMNS = (
    "gender",
    "occupation",
    "income",
    "education",
    "marital_status",
    "household_size",
    "platform_level",
)
COLUMNS += ("email_ok", "sms_ok", "blacklisted", "province", "city")
FLAGS = ("email_ok", "sms_ok", "blacklisted")


def customers(shop: Shop) -> ir.Table:
    """Return what the table customers tells, one row a customer of it.

    Columns customer_id, then gender, age (whole years at as_of, by the birthday, else as given; null beyond
    10 to 100, which is what forms fill in), age_band (of the age, else as the file has it), birthday_in_days
    (to the next one, 0 on the day itself), occupation, income, education, marital_status, household_size,
    platform_level, email_ok, sms_ok, blacklisted, province and city. What the shop's table lacks is null. No
    hash and no address is among them.
    """
    rows = shop.tables["customers"]
    rows = rows.filter(rows.customer_id.notnull())
    kinds = {name: "boolean" if name in FLAGS else "string" for name in COLUMNS}
    told = {name: rows[name] if name in rows.columns else ibis.null(kind) for name, kind in kinds.items()}
    birthday = rows.birthday.date() if "birthday" in rows.columns else ibis.null("date")
    given = rows.age if "age" in rows.columns else ibis.null("float64")
    by_birthday, as_given = _real(_age(birthday, shop.as_of)), _real(given).floor().cast("int64")
    age = ibis.coalesce(by_birthday, as_given)
    cuts = shop.settings.rules.portrait.ages
    band = rows.age_band if "age_band" in rows.columns else ibis.null("string")
    real = ibis.ifelse(by_birthday.notnull(), birthday, None)
    found = rows.select(
        "customer_id", **told, age=age, birthday_in_days=_days_to(real, shop.as_of), given_band=band
    )
    band = bands.cut(found.age, cuts, bands.ages(cuts))
    return found.mutate(age_band=ibis.coalesce(band, found.given_band)).drop("given_band")


def _real(age: ir.NumericValue) -> ir.NumericValue:
    return ibis.ifelse((age >= YOUNGEST) & (age < OLDEST + 1), age, None)


def _age(birthday: ir.DateValue, as_of: dt.date) -> ir.IntegerValue:
    """Return whole years at as_of; one born on 29 February is a year older on 1 March."""
    had = (birthday.month() * 100 + birthday.day()) <= as_of.month * 100 + as_of.day
    return (as_of.year - birthday.year() - ibis.ifelse(had, 0, 1)).cast("int64")


def _days_to(birthday: ir.DateValue, as_of: dt.date) -> ir.IntegerValue:
    """Return the days to the next birthday; one of 29 February is on 1 March of other years."""
    days = [_on(birthday, year).delta(as_of, unit="day") for year in (as_of.year, as_of.year + 1)]
    return ibis.ifelse(days[0] >= 0, days[0], days[1]).cast("int64")


def _on(birthday: ir.DateValue, year: int) -> ir.DateValue:
    first = ibis.date(birthday.year() * 0 + year, birthday.month(), 1)
    return first + (birthday.day() - 1).as_interval("D")


def members(shop: Shop) -> ir.Table:
    """Return who is a member by as_of: customer_id, member (true), enrolled_on, tier, points.

    Tier and points are null where the shop's table lacks them.
    """
    rows = shop.tables["members"]
    rows = rows.filter(rows.customer_id.notnull() & (rows.enrolled_at.date() <= shop.as_of))
    return rows.select(
        "customer_id",
        member=ibis.literal(True),
        enrolled_on=rows.enrolled_at.date(),
        tier=rows.tier if "tier" in rows.columns else ibis.null("string"),
        points=rows.points if "points" in rows.columns else ibis.null("float64"),
    )


def province(text: ir.StringValue) -> ir.StringValue:
    """Return a Chinese province in its short form, 浙江省 → 浙江; any other text as it is."""
    short = text.strip().re_replace(_FORMS, "")
    return ibis.ifelse(short.isin(PROVINCES), short, text)


def region(province: ir.StringValue) -> ir.StringValue:
    """Name the region of a province in its short form: north, northeast … (华北, 东北 …); null elsewhere."""
    tests = [(province.isin(names.split()), name) for name, names in REGIONS.items()]
    return ibis.cases(*tests, else_=ibis.null("string"))


def city_tier(province: ir.StringValue, city: ir.StringValue, shop: Shop) -> ir.StringValue:
    """Name the tier of a Chinese city: tier_1, new_tier_1, tier_2, other_city; null elsewhere or unknown.

    ``province`` is in its short form. Of a municipality such as 上海 the province is the city. Where the
    province is not known, a city that is in no list may lie anywhere.
    """
    own = province.isin(["北京", "上海", "天津", "重庆"]).fill_null(False)
    name = ibis.ifelse(own, province, city.strip())
    tests = [
        (name.isin([form for city in cities for form in (city, f"{city}市")]), tier)
        for tier, cities in shop.settings.rules.cities.model_dump().items()
    ]
    other = (province.isin(PROVINCES) & name.notnull(), "other_city")
    tier = ibis.cases(*tests, other, else_=ibis.null("string"))
    return ibis.ifelse(province.isnull() | province.isin(PROVINCES), tier, ibis.null("string"))
