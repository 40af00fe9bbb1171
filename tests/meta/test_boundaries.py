"""Boundaries that import contracts can't see: who reads the environment, and what the kernel may lean on."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "ramet"
ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"})


def environment_uses(text):
    """Lines of `text` that touch the process's environment."""
    tree = ast.parse(text)
    modules = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name in {"os", "posix"}
    }
    return [node.lineno for node in ast.walk(tree) if _touches_environment(node, modules)]


def _touches_environment(node, modules):
    if isinstance(node, ast.ImportFrom):
        return node.module in {"os", "posix"} and any(alias.name in ENVIRONMENT for alias in node.names)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.value.id in modules and node.attr in ENVIRONMENT
    return False


def foreign_imports(text, own):
    """Modules that `text` imports from outside the standard library and the package `own`."""
    names = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.append(node.module)
    return [name for name in names if not _is_allowed(name, own)]


def _is_allowed(name, own):
    return name.partition(".")[0] in sys.stdlib_module_names or name == own or name.startswith(f"{own}.")


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.environ['X']",
        "import os\nos.getenv('X')",
        "import os as o\no.environ.get('X')",
        "\nfrom os import environ",
        "\nfrom os import path, getenv as read",
    ],
)
def test_the_environment_check_finds_every_spelling(text):
    assert environment_uses(text) == [2]


def test_the_environment_check_lets_other_uses_of_os_pass():
    assert environment_uses("import os\nos.getpid()\nself.environ\nfrom os import path") == []


def test_only_settings_reads_the_environment():
    readers = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCE.rglob("*.py")
        if path != SOURCE / "settings.py"
        for line in environment_uses(path.read_text("utf-8"))
    }
    assert readers == set()


def test_the_kernel_check_finds_what_is_not_the_standard_library():
    text = "import uuid_utils\nfrom numpy import array\nimport json\nfrom ramet.memory import model\nfrom . import ids"
    assert foreign_imports(text, "ramet.kernel") == ["uuid_utils", "numpy", "ramet.memory"]


def test_the_kernel_imports_only_the_standard_library():
    modules = list((SOURCE / "kernel").rglob("*.py"))
    assert modules, "the kernel has moved: this test looks at nothing"
    foreign = {
        str(path.relative_to(ROOT)): found
        for path in modules
        if (found := foreign_imports(path.read_text("utf-8"), "ramet.kernel"))
    }
    assert foreign == {}
