"""What the demo shop sells: codes with a category prefix, titles, list prices and their months."""

import numpy as np
import pandas as pd

# Share of demand in each month, January first.
_SEASONS = {
    "winter": (9, 6, 3, 1, 0.4, 0.3, 0.4, 0.8, 3, 7, 10, 10),
    "spring": (2, 5, 9, 8, 4, 2, 1, 2, 8, 7, 3, 1.5),
    "summer": (0.3, 0.6, 2, 5, 9, 10, 10, 8, 3, 0.8, 0.3, 0.3),
    "always": (4, 4, 5, 5, 4, 3, 3, 4, 6, 6, 5, 5),
    "never": (0,) * 12,
}

# prefix: category, season, popularity of one product, then title and list price (yuan) of each
_RANGES = {
    "DY": ("大衣", "winter", 1.0, "双面羊绒大衣女长款 899 毛呢大衣女中长款 569 羊毛大衣女短款 459 "
           "韩版呢子大衣女 329 格纹毛呢外套女 369 茧型羊绒大衣女 1099 赫本风大衣女 489"),
    "YR": ("羽绒服", "winter", 1.0, "白鸭绒羽绒服女长款 699 短款羽绒服女 429 轻薄羽绒服女 259 "
           "毛领羽绒服女 599 派克羽绒服女 799 鹅绒羽绒服女 1299"),
    "MF": ("棉服", "winter", 1.0, "面包服棉衣女 239 中长款棉服女 289 工装棉服女 269"),
    "FY": ("风衣", "spring", 1.0, "英伦风衣女中长款 359 双排扣风衣女 299 短款风衣女 239 垂感风衣女 429"),
    "PY": ("皮衣", "spring", 0.7, "机车皮衣女 359 小羊皮外套女 759"),
    "WT": ("外套", "spring", 1.2, "小西装外套女 229 牛仔外套女 169 针织开衫外套女 159 薄款夹克女 199"),
    "ZZ": ("针织", "always", 1.3, "高领毛衣女 129 羊毛针织衫女 189 打底衫女 89 半高领毛衣女 109"),
    "QZ": ("裙装", "summer", 1.0, "碎花连衣裙女 169 雪纺连衣裙女 199 半身裙女 119 针织长裙女 189"),
    "FS": ("防晒衣", "summer", 1.0, "轻薄防晒衣女 99 冰丝防晒衫女 79"),
    "PS": ("配饰", "always", 0.9, "羊绒围巾 79 真皮手套 59 贝雷帽 45 大衣腰带 29"),
    "BC": ("补差", "never", 1.0, "补差价专拍 1"),
}  # fmt: skip


def products() -> pd.DataFrame:
    """Return one row a product: code, category, season, popularity, title, list price in cents."""
    rows = []
    for prefix, (category, season, popularity, listed) in _RANGES.items():
        words = listed.split()
        for number, (title, yuan) in enumerate(zip(words[::2], words[1::2], strict=True), start=101):
            rows.append((f"{prefix}-{number}", category, season, popularity, title, int(yuan) * 100))
    return pd.DataFrame(rows, columns=["code", "category", "season", "popularity", "title", "price_cents"])


def log_appeal(range_: pd.DataFrame) -> np.ndarray:
    """Return the log weight of each product in each month: an array of 12 months by products."""
    months = np.array([_SEASONS[season] for season in range_["season"]], dtype=float).T
    weights = months * range_["popularity"].to_numpy()
    return np.log(weights, where=weights > 0, out=np.full(weights.shape, -np.inf))
