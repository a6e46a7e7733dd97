"""Parameters: what a notebook can be asked, and that a call asks for nothing else."""

import ast
from pathlib import Path

from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.notebooks import Notebook

OURS = ("shop", "as_of", "lang", "out")  # set by the run itself
KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "list": "a list"}


def of(path: Path) -> dict[str, dict]:
    """Return a notebook's parameters: name → default (a Python value) and help."""
    import papermill

    found = papermill.inspect_notebook(str(path))
    return {
        name: {"default": ast.literal_eval(said["default"]), "help": said["help"].strip()}
        for name, said in found.items()
    }


def check(notebooks: list[Notebook], values: dict[str, str]) -> dict[str, dict]:
    """Return, for each notebook, those of the ``values`` that it takes, in the type of their defaults."""
    if not values:
        return {notebook.name: {} for notebook in notebooks}
    known = {notebook.name: of(notebook.path) for notebook in notebooks}
    choices = {notebook.name: notebook.choices for notebook in notebooks}
    for name, text in values.items():
        if name in OURS:
            raise ShopcrmError(
                f"--set {name}: use the option for it instead, such as --{name.replace('_', '-')}"
            )
        if not any(name in spec for spec in known.values()):
            every = sorted({own for spec in known.values() for own in spec} - set(OURS))
            listed = ", ".join(every) or "none that can be set"
            raise ShopcrmError(
                f"--set {name}: no such parameter{did_you_mean(name, every)}; there is {listed}"
            )
        for notebook, spec in known.items():
            if name in spec:
                spec[name]["value"] = _typed(name, text, spec[name]["default"])
                _refuse_other(name, text, choices[notebook].get(name))
    return {
        notebook: {name: said["value"] for name, said in spec.items() if "value" in said}
        for notebook, spec in known.items()
    }


def _refuse_other(name: str, text: str, choices: list[str] | None) -> None:
    if choices and text not in choices:
        raise ShopcrmError(
            f'--set {name}: "{text}" is not one of {", ".join(choices)}{did_you_mean(text, choices)}'
        )


def _typed(name: str, text: str, default: object) -> object:
    if isinstance(default, str):
        return text
    try:
        value = ast.literal_eval({"true": "True", "false": "False"}.get(text.lower(), text))
    except (ValueError, SyntaxError):
        value = None
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if type(value) is not type(default):
        raise ShopcrmError(
            f'--set {name}: "{text}" is not {KINDS[type(default).__name__]}, such as {default!r}'
        )
    if type(value) is int and value < 1 <= default:
        raise ShopcrmError(f"--set {name}: {value} is too small; it must be 1 or more")
    return value
