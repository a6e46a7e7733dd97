"""The cache: canonical tables in one DuckDB file, named after what they were made from."""

import contextlib
import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

LOADER_VERSION = 3  # raise it when the same sources would give other tables
A_DAY_SECONDS = 86_400
KEPT = 2  # the newest caches of a shop that stay; an older one may still be open in another run


def fingerprint(folder: Path, files: Iterable[Path], recipe: dict) -> str:
    """Return a hash of the sources' contents and of how they are read: same hash, same tables.

    A file is read again only where its size or time differs from the last look.
    """
    known = _known(folder)
    seen = {str(path): _content(path, known) for path in files}
    if seen != known:
        _remember(folder, seen)
    parts = {
        "loader": LOADER_VERSION,
        "recipe": recipe,
        "files": [[Path(p).name, s[2]] for p, s in seen.items()],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _known(folder: Path) -> dict:
    index = folder / "sources.json"
    try:
        known = json.loads(index.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _content(path: Path, known: dict) -> list:
    stat = path.stat()
    before = known.get(str(path))
    if isinstance(before, list) and before[:2] == [stat.st_size, stat.st_mtime_ns]:
        return before
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return [stat.st_size, stat.st_mtime_ns, digest]


def _remember(folder: Path, seen: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as file:
        json.dump(seen, file, ensure_ascii=False, indent=1)
    Path(file.name).replace(folder / "sources.json")


def built(folder: Path, name: str, build: Callable[[Path], None]) -> Path:
    """Return the cache file ``name``, made by ``build`` if it is not there.

    It is made aside and moved into place, so that two runs at once do not see each other's half.
    """
    target = folder / f"{name[:16]}.duckdb"
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".building-") as aside:
        made = Path(aside) / target.name
        build(made)
        # Windows refuses to replace a file that another run has open: theirs is as good as ours.
        with contextlib.suppress(PermissionError):
            made.replace(target)
    _forget(folder, target)
    return target


def _forget(folder: Path, newest: Path) -> None:
    """Remove caches that newer ones have replaced, and what killed builds have left."""
    others = [path for path in folder.glob("*.duckdb") if path != newest]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[KEPT - 1 :]:
        with contextlib.suppress(OSError):  # still open in another run on Windows, or gone already
            path.unlink()
    for path in folder.glob(".building-*"):
        if time.time() - path.stat().st_mtime > A_DAY_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
