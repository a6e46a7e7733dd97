"""What an export shows of an order besides money and time: ids, names, parcels, messages."""

import numpy as np
import pandas as pd

from shopcrm_nb.demo import market
from shopcrm_nb.demo.parcels import COURIERS
from shopcrm_nb.demo.people import places

DEPOTS = 6  # from which parcels leave, a digit of their numbers
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
ID_HEAD = 1930  # of every order id
SHORT_IDS_UNTIL = pd.Timestamp("2023-10-01")  # ids have 18 digits before and 19 after

MESSAGES = (
    "请尽快发货,谢谢",
    '送人的,"不要"放价格单',
    "身高165\n体重52kg,发M码",
    "谢谢😊",
    "周末在家,工作日放驿站",
    "要㛃色的那件\n不是米白",
)
NOTES = (
    '已联系,换货"黑色"',
    "发顺丰\n已补差价,10元",
    "送围巾1条,老客",
    "<script>alert(1)</script>",
    "=1+1",
    "退换,'包邮'\n第二次",
)
CLOSE_REASONS = ("买家不想要了", "信息填写错误,重新拍", "拍错了/重拍")


def order_ids(rng: np.random.Generator, orders: pd.DataFrame) -> pd.Series:
    """Return an id an order, as text; a twin's is its sister's plus one, alike when read as a number."""
    seconds = (orders["created_at"] - pd.Timestamp(market.FIRST_DAY)).dt.total_seconds().astype("int64")
    serial = rng.permutation(100_000)[: len(orders)]
    tail = rng.integers(0, 90, len(orders))
    ids = ((ID_HEAD * 10**8 + seconds) * 10**5 + serial) * 100 + tail
    ids = ids.where(orders["created_at"] >= SHORT_IDS_UNTIL, ids // 10)
    key = ["person", "paid_day"]
    dated = orders.assign(paid_day=orders["paid_at"].dt.normalize(), id=ids)
    sisters = dated[~dated["twin"] & dated["paid_day"].notna()].drop_duplicates(key).set_index(key)["id"]
    twins = dated[dated["twin"]]
    ids.loc[twins.index] = sisters.loc[pd.MultiIndex.from_frame(twins[key])].to_numpy() + 1
    return ids.astype(str)


def masked(nick: pd.Series) -> pd.Series:
    """Return nicks with their inside hidden: 小鱼1234 becomes 小**4."""
    return nick.str[0] + "**" + nick.str[-1]


def _sometimes(rng: np.random.Generator, words: tuple[str, ...], share: float, count: int) -> np.ndarray:
    return np.where(rng.random(count) < share, np.array(words)[rng.integers(0, len(words), count)], "")


def _addresses(orders: pd.DataFrame) -> pd.Series:
    place = places().iloc[orders["place"].to_numpy()].set_index(orders.index)
    where = place["province"] + " " + place["city"] + " " + place["district"] + " **路"
    return where + " (" + place["postcode"] + ")"


def called(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Return what an export shows of each of so many people besides the nick: receiver, mobile, alipay."""
    surnames = np.array(list(SURNAMES))[rng.integers(0, len(SURNAMES), count)]
    heads = rng.choice([135, 138, 139, 150, 158, 186, 188], count)
    tails = rng.integers(0, 10_000, count)
    mobiles = np.array([f"{head}****{tail:04d}" for head, tail in zip(heads, tails, strict=True)])
    alipay = np.where(tails % 8 == 0, mobiles, "")
    return pd.DataFrame({"receiver": np.char.add(surnames, "**"), "mobile": mobiles, "alipay": alipay})


def dressed(rng: np.random.Generator, orders: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Add to each order what its row shows: id, nick, address, parcel, messages, device, who receives it.

    ``persons`` have what ``called`` says of them.
    """
    count = len(orders)
    person = orders["person"].to_numpy()
    nick = persons["nick"].iloc[person].set_axis(orders.index)
    courier = orders["courier"].fillna(0).astype(int)  # of what never leaves, nobody sees it
    depot = rng.integers(0, DEPOTS, count)
    reason = rng.integers(0, len(CLOSE_REASONS), count)
    return orders.assign(
        order_id=order_ids(rng, orders),
        nick=nick.mask(orders["masked"], masked(nick)),
        receiver=persons["receiver"].to_numpy()[person],
        mobile=persons["mobile"].to_numpy()[person],
        alipay=persons["alipay"].to_numpy()[person],
        address=_addresses(orders),
        courier=np.array(COURIERS)[courier],
        parcel=[f"7{d}0{n:09d}" for d, n in zip(depot, rng.integers(0, 10**9, count), strict=True)],
        close_words=np.array(CLOSE_REASONS)[reason],
        message=_sometimes(rng, MESSAGES, 0.012, count),
        note=_sometimes(rng, NOTES, 0.012, count),
        device=np.where(rng.random(count) < 0.93, "手机订单", ""),
        lottery=rng.random(count),
    )
