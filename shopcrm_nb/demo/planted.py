"""Customers planted in the demo shop, each on an edge of a rule, with the payments that put them there."""

# what it is an edge of: for each customer, the payments as (time, yuan)
PLANTED: dict[str, list[list[tuple[str, str]]]] = {
    "monetary_299_to_300": [[("2025-10-18 20:11:05", "299.50")]],
    "monetary_499_to_500": [[("2025-12-05 09:40:00", "499.50")]],
    "monetary_999_to_1000": [
        [("2026-02-11 20:15:30", "999.50")],
        [("2025-11-11 00:05:10", "600.00"), ("2026-01-20 12:00:00", "399.99")],
        [("2026-04-21 21:33:12", "999.01")],
    ],
    "monetary_1000": [[("2026-04-02 10:10:10", "1000.00")]],
    "monetary_1999_to_2000": [[("2025-11-11 00:00:00", "1000.00"), ("2026-01-03 13:20:00", "999.99")]],
    "monetary_2000": [[("2025-12-12 22:02:00", "1000.00"), ("2026-01-04 08:08:08", "1000.00")]],
    "one_month_ago": [[("2026-05-30 00:00:00", "359.00")], [("2026-05-30 23:59:59", "169.00")]],
    "one_month_and_a_day_ago": [[("2026-05-29 23:59:59", "199.00")]],
    "three_months_ago": [[("2026-03-30 15:00:00", "299.00")]],
    "three_months_and_a_day_ago": [[("2026-03-29 18:30:00", "239.00")]],
    "four_months_ago": [[("2026-02-28 11:11:11", "429.00")]],
    "four_months_and_a_day_ago": [[("2026-02-27 11:11:11", "429.00")]],
    "seven_months_ago": [[("2025-11-30 09:09:09", "569.00")]],
    "seven_months_and_a_day_ago": [[("2025-11-29 09:09:09", "569.00")]],
    "one_year_ago": [[("2025-06-30 00:00:00", "119.00")]],
    "one_year_and_a_day_ago": [[("2025-06-29 23:59:59", "119.00")]],
    "over_a_year_ago": [[("2024-11-11 00:00:07", "899.00"), ("2025-01-05 17:00:00", "129.00")]],
    "month_ends": [
        [
            ("2024-01-31 23:59:59", "459.00"),
            ("2024-02-29 12:00:00", "189.00"),
            ("2024-03-31 00:00:00", "79.00"),
        ]
    ],
    "paid_one_cent": [[("2026-01-15 14:00:00", "0.01")]],
    "paid_nothing": [[("2025-09-09 19:00:00", "0.00")]],
    "last_minute_of_the_data": [[("2026-06-30 23:58:59", "99.00")]],
}

PLANTED_CUSTOMERS = sum(len(group) for group in PLANTED.values())


def payments() -> list[tuple[int, str, int]]:
    """Return the planted payments as (number of the planted customer, time, cents)."""
    everyone = [script for group in PLANTED.values() for script in group]
    return [
        (number, paid_at, int(yuan.replace(".", "")))
        for number, script in enumerate(everyone)
        for paid_at, yuan in script
    ]


def named(nicks: list[str]) -> dict[str, list[str]]:
    """Return the nicks of the planted customers under what each is an edge of, given them in order."""
    rest = iter(nicks)
    return {edge: [next(rest) for _ in group] for edge, group in PLANTED.items()}
