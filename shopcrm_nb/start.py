"""Start: fields for shop, day, language and pages, a button that makes the report, how far it is (live)."""

import html
import os
import re
import shutil
import subprocess
import sys
import threading
import webbrowser
from pathlib import Path

import ipywidgets as widgets

from shopcrm_nb import i18n, notebooks
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.workbook import root

LANGUAGES = {"English": "en", "中文": "zh"}
COLOURS = ("FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE")  # a kernel sets them; here are plain lines
DONE = re.compile(r"\[(\d+)/(\d+)\] (\S+): (\w+) in ")  # a line of ``shopcrm run`` about a page that is done
WIDE = {"width": "min(100%, 32rem)"}
NAMED = {"description_width": "8rem"}


def show(shop: Shop, word: str, out: str = "") -> widgets.Widget:
    """Show the front door for a shop named ``word``: pick what to make, make it, and open it.

    ``out`` is the folder of the report (default: reports/SHOP/AS_OF).
    """
    return Start(shop, word, out).box


class Start:
    """The fields, the button, and the lines that a run leaves."""

    def __init__(self, shop: Shop, word: str, out: str = "") -> None:
        """Build the fields for a shop; every page it has the data for is chosen."""
        self.out, self.running, self.index = out, None, None
        each = notebooks.every()
        self.shop = widgets.Combobox(
            value=word, options=shops(), description=_("Shop"), layout=WIDE, style=NAMED, ensure_option=False
        )
        self.day = widgets.Text(
            placeholder=i18n.day(shop.as_of), description=_("Last day"), layout=WIDE, style=NAMED
        )
        self.lang = widgets.Dropdown(
            options=LANGUAGES, value=i18n.language(), description=_("Language"), layout=WIDE, style=NAMED
        )
        self.pages = widgets.SelectMultiple(
            options=[(_titled(notebook, shop), notebook.name) for notebook in each],
            value=[notebook.name for notebook in each],
            rows=len(each),
            description=_("Pages"),
            layout=WIDE,
            style=NAMED,
        )
        self.make = widgets.Button(description=_("Make the report"), button_style="primary")
        self.open = widgets.Button(description=_("Open the report"), disabled=True)
        self.bar = widgets.IntProgress(max=1, layout=WIDE)
        self.said = widgets.HTML()
        self.make.on_click(self._begin)
        self.open.on_click(lambda _button: webbrowser.open(self.index.as_uri()))
        buttons = widgets.HBox([self.make, self.open])
        fields = [self.shop, self.day, self.lang, self.pages]
        self.box = widgets.VBox([*fields, buttons, self.bar, self.said])

    def command(self) -> list[str]:
        """Return the command that makes what is chosen."""
        program = shutil.which("shopcrm", path=str(Path(sys.executable).parent))
        day = ["--as-of", self.day.value.strip()] if self.day.value.strip() else []
        out = ["--out", self.out] if self.out else []
        chosen = [*self.pages.value]
        return [program, "run", self.shop.value.strip(), *chosen, *day, "--lang", self.lang.value, *out]

    def _begin(self, _button: widgets.Button) -> None:
        if not self.pages.value:
            self.said.value = _shown([_("Choose a page.")], "warning")
            return
        self.make.disabled, self.open.disabled = True, True
        self.bar.max, self.bar.value, self.bar.bar_style = len(self.pages.value), 0, ""
        self.said.value = _shown([_("The report is being made …")])
        self.running = threading.Thread(target=self._follow, args=(self.command(),), daemon=True)
        self.running.start()

    def _follow(self, command: list[str]) -> None:
        """Run the command and show each line that it leaves."""
        lines: list[str] = []
        with subprocess.Popen(
            command,
            cwd=root(),
            env={name: value for name, value in os.environ.items() if name not in COLOURS},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        ) as process:
            for line in process.stdout:
                lines.append(line.rstrip())
                self.bar.value += bool(DONE.match(line))
                self.said.value = _shown(lines)
        self.bar.bar_style = "danger" if process.returncode else "success"
        last = Path(lines[-1]) if lines else Path()
        self.index = last if last.name == "index.html" and last.exists() else None
        self.open.disabled, self.make.disabled = self.index is None, False


def shops() -> list[str]:
    """Return the names of the shops under data/."""
    return sorted(path.parent.name for path in (root() / "data").glob("*/shop.toml"))


def _titled(notebook: notebooks.Notebook, shop: Shop) -> str:
    lack = shop.missing(*notebook.needs) if notebook.needs else None
    title = f"{notebook.name.partition('_')[0]} {_(notebook.title)}"
    return _("{page} ({lacks})").format(page=title, lacks=lack.sentence()) if lack else title


def _shown(lines: list[str], kind: str = "output") -> str:
    return f'<pre class="{kind}" style="white-space: pre-wrap">{html.escape(chr(10).join(lines))}</pre>'
