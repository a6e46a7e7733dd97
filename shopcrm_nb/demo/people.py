"""The people around the demo shop: latent types, home, and what the shop's customer file knows of them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopcrm_nb.demo.market import FIRST_DAY, LAST_DAY
from shopcrm_nb.demo.planted import PLANTED_CUSTOMERS

BUYERS = 6500  # people who will pay at least one order; some are refunded in full
PROSPECTS = 420  # people who put down orders and never pay
VISITORS = 130  # people in the customer file without any order
KNOWN_BUYER_SHARE = 0.85  # of the buyers, in customers.csv
KNOWN_PROSPECT_SHARE = 0.6
BAD_RISKS = 24
BAD_RISK_REFUND_SHARE = 0.8  # of a bad risk's orders that come back in full


@dataclass(frozen=True)
class CustomerType:
    """One latent type of customer.

    ``median_gap_days`` is the median gap between orders of those who stay, at a demand of 1;
    ``leave_share`` (0 to 1) of them never come back after an order; ``extra_lines`` is the mean number
    of further lines an order has; ``price_tilt`` > 0 prefers dear products; ``north_tilt`` weighs the
    homes in the north.
    """

    share: float
    leave_share: float
    median_gap_days: float
    extra_lines: float
    price_tilt: float
    north_tilt: float


TYPES = {
    "one_time": CustomerType(0.60, 0.97, 300, 0.15, 0.2, 1.0),
    "occasional": CustomerType(0.247, 0.45, 120, 0.45, 0.9, 1.0),
    "regular": CustomerType(0.125, 0.24, 100, 0.60, 0.9, 1.6),
    "loyal": CustomerType(0.028, 0.06, 50, 0.40, 0.3, 2.4),
}

GOOD_TYPES = (2, 3)  # regular and loyal, as numbers of TYPES
NORTH = ("北京", "天津", "河北省", "山西省", "内蒙古自治区", "辽宁省", "吉林省", "黑龙江省")
# province, weight, then city, district and postcode of its places
_PLACES = """
浙江省 9 杭州市 西湖区 310000 宁波市 鄞州区 315000
江苏省 9 南京市 鼓楼区 210000 苏州市 吴中区 215000
广东省 8 广州市 天河区 510000 深圳市 南山区 518000
上海 6 上海市 浦东新区 200120 上海市 徐汇区 200030
山东省 7 济南市 历下区 250000 青岛市 市南区 266000
北京 6 北京市 朝阳区 100020 北京市 海淀区 100080
四川省 5 成都市 武侯区 610000 绵阳市 涪城区 621000
河南省 5 郑州市 金水区 450000 洛阳市 西工区 471000
湖北省 5 武汉市 洪山区 430000 宜昌市 西陵区 443000
河北省 4 石家庄市 长安区 050000 唐山市 路北区 063000
湖南省 4 长沙市 岳麓区 410000
福建省 4 福州市 鼓楼区 350000 厦门市 思明区 361000
安徽省 4 合肥市 蜀山区 230000
辽宁省 4 沈阳市 和平区 110000 大连市 中山区 116000
陕西省 3 西安市 雁塔区 710000
重庆 3 重庆市 渝北区 401120
天津 2 天津市 南开区 300110
吉林省 2 长春市 朝阳区 130000 通化市 柳河县 135300
黑龙江省 2 哈尔滨市 南岗区 150000
江西省 2 南昌市 东湖区 330000
山西省 2 太原市 小店区 030000
广西壮族自治区 2 南宁市 青秀区 530000
云南省 2 昆明市 五华区 650000
内蒙古自治区 1 呼和浩特市 新城区 010000
新疆维吾尔自治区 1 乌鲁木齐市 天山区 830000
"""
_WORDS = (
    "小鱼", "夏天", "柠檬", "晚风", "糖果", "木棉", "星星", "可乐", "阿紫", "南南",
    "橘子", "奶茶", "云朵", "豆豆", "暖阳", "青禾", "兔兔", "米粒", "茉莉", "小满",
)  # fmt: skip
_LATIN = ("lucy", "anna", "coco", "momo", "lily", "vivi", "nana", "yoyo", "cici", "elsa")
_ODD_NICKS = (
    "<b>小仙女</b>", "=1+1", "@夏天", "+86小鱼", "-南南-", "00712", "88888888", "爱,笑的眼", "小鱼㛃",
    "null小姐", "tb_0001", "𠮷吉",
)  # fmt: skip
_CUSTOMER_COLUMNS = [
    "customer_id", "gender", "birthday", "occupation", "province", "city",
    "platform_level", "email_ok", "sms_ok", "blacklisted",
]  # fmt: skip
_OCCUPATIONS = ("公司职员", "教师", "学生", "医护", "个体经营", "公务员", "自由职业", "全职妈妈", "销售")
_LEVELS = ("普通", "超级", "88VIP")


def places() -> pd.DataFrame:
    """Return one row a place: province, city, district, postcode and its weight among the homes."""
    rows = []
    for line in _PLACES.split("\n")[1:-1]:
        province, weight, *rest = line.split()
        towns = [rest[i : i + 3] for i in range(0, len(rest), 3)]
        rows += [(province, *town, float(weight) / len(towns)) for town in towns]
    return pd.DataFrame(rows, columns=["province", "city", "district", "postcode", "weight"])


def named(rng: np.random.Generator, count: int, after: int) -> list[str]:
    """Return so many nicks, none twice: the number inside counts up from ``after`` by random steps."""
    numbers = np.cumsum(rng.integers(1, 12, count)) + after
    forms = rng.choice(3, count, p=[0.3, 0.5, 0.2])
    words = rng.integers(0, len(_WORDS), count)
    return [
        (f"tb{number}{word:02d}", f"{_WORDS[word]}{number}", f"{_LATIN[word % 10]}_{number}")[form]
        for number, form, word in zip(numbers.tolist(), forms.tolist(), words.tolist(), strict=True)
    ]


def _nicks(rng: np.random.Generator, count: int) -> list[str]:
    nicks = named(rng, count, after=130)
    odd = rng.choice(np.arange(PLANTED_CUSTOMERS, BUYERS), len(_ODD_NICKS), replace=False)
    for position, nick in zip(odd.tolist(), _ODD_NICKS, strict=True):
        nicks[position] = nick
    return nicks


def _homes(rng: np.random.Generator, types: np.ndarray) -> np.ndarray:
    """Return the number of each person's place, drawn with their type's tilt to the north."""
    towns = places()
    north = towns["province"].isin(NORTH).to_numpy()
    homes = np.zeros(len(types), dtype=int)
    for number, kind in enumerate(TYPES.values()):
        weight = towns["weight"].to_numpy() * np.where(north, kind.north_tilt, 1.0)
        mine = types == number
        homes[mine] = rng.choice(len(towns), mine.sum(), p=weight / weight.sum())
    return homes


def _known(rng: np.random.Generator, values: np.ndarray, share: float) -> np.ndarray:
    """Keep ``share`` of the values and leave the others empty, as nobody ever asked."""
    return np.where(rng.random(len(values)) < share, values, "")


def _profiles(rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    age_days = (rng.gamma(6.0, 1.9, count) * 365 + 18 * 365).astype(int)
    birthdays = np.datetime64(LAST_DAY) - age_days
    birthdays[rng.choice(count, 8, replace=False)] = np.datetime64("1900-01-01")  # the form's default
    yes_no = np.array(["false", "true"])
    return {
        "gender": _known(rng, rng.choice(["女", "男"], count, p=[0.93, 0.07]), 0.94),
        "birthday": _known(rng, birthdays.astype(str), 0.72),
        "occupation": _known(rng, rng.choice(_OCCUPATIONS, count), 0.55),
        "platform_level": _known(rng, rng.choice(_LEVELS, count, p=[0.62, 0.28, 0.10]), 0.9),
        "email_ok": _known(rng, yes_no[(rng.random(count) < 0.35).astype(int)], 0.9),
        "sms_ok": _known(rng, yes_no[(rng.random(count) < 0.70).astype(int)], 0.9),
    }


def people(rng: np.random.Generator, first_days: np.ndarray) -> pd.DataFrame:
    """Return one row a person: buyers first (``first_days``, days since FIRST_DAY), then the others.

    The first PLANTED_CUSTOMERS buyers have a first day of -1: their orders are scripted. ``type``
    numbers TYPES; ``place`` numbers places(); ``bad_risk`` sends most orders back; ``known`` is in
    customers.csv; ``blacklisted`` is true of two thirds of the bad risks.
    """
    count = BUYERS + PROSPECTS + VISITORS
    role = np.repeat(["buyer", "prospect", "visitor"], [BUYERS, PROSPECTS, VISITORS])
    types = rng.choice(len(TYPES), count, p=[kind.share for kind in TYPES.values()])
    known_share = pd.Series(role).map(
        {"buyer": KNOWN_BUYER_SHARE, "prospect": KNOWN_PROSPECT_SHARE, "visitor": 1.0}
    )
    table = pd.DataFrame({"nick": _nicks(rng, count), "role": role, "type": types, **_profiles(rng, count)})
    table["place"] = _homes(rng, types)
    table["first_day"] = np.concatenate([first_days, np.full(count - BUYERS, -1)])
    table["known"] = rng.random(count) < known_share.to_numpy()
    table["bad_risk"] = False
    early = (first_days >= 0) & (first_days < (LAST_DAY - FIRST_DAY).days - 200)
    returning = np.flatnonzero((types[:BUYERS] == 2) & early)
    table.loc[rng.choice(returning, BAD_RISKS, replace=False), "bad_risk"] = True
    table["blacklisted"] = table["bad_risk"] & (np.arange(count) % 3 > 0)
    return table


def customer_table(persons: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the customer file; some people never left an address with the shop."""
    known = persons[persons["known"]].copy()
    home = places().iloc[known["place"].to_numpy()].set_index(known.index)
    known["province"] = home["province"].where(known["told"], "")
    known["city"] = home["city"].where(known["told"], "")
    known["blacklisted"] = known["blacklisted"].map({True: "true", False: "false"})
    return known.rename(columns={"nick": "customer_id"})[_CUSTOMER_COLUMNS].sort_values("customer_id")
