"""Whether two parquet files hold the same rows: every value equal, whatever the order."""

import sys

import duckdb

NAMES = "SELECT list(column_name) FROM (DESCRIBE FROM '{}')"
MORE = "SELECT count(*) FROM (FROM '{}' EXCEPT ALL FROM '{}')"


def main(one: str, other: str) -> None:
    """Print the number of rows; end with a sentence on stderr where the files differ."""
    names = [duckdb.sql(NAMES.format(path)).fetchone()[0] for path in (one, other)]
    if names[0] != names[1]:
        sys.exit(f"the columns differ: {names[0]} and {names[1]}")
    more = [duckdb.sql(MORE.format(*pair)).fetchone()[0] for pair in ((one, other), (other, one))]
    if any(more):
        sys.exit(f"the results differ: {more[0]:,} rows are only in {one}, {more[1]:,} only in {other}")
    print(duckdb.sql(f"SELECT count(*) FROM '{one}'").fetchone()[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
