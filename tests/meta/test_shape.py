"""The shape gate finds what it is there to find, names the place, and lets good code pass."""

from textwrap import dedent

import pytest

from tools import shape


@pytest.fixture
def tree(tmp_path):
    """Writes modules of a package `pkg` and returns its root."""

    def write(**modules):
        package = tmp_path / "pkg"
        package.mkdir()
        for name, text in {"__init__": "", **modules}.items():
            (package / f"{name}.py").write_text(dedent(text))
        return tmp_path

    return write


def failures(root):
    """The violations under `root`, as (measure, file, line)."""
    return [
        (row.name, violation.path.name, violation.line)
        for row in shape.measure(shape.load(root))
        for violation in row.violations
    ]


def function(name, lines):
    return f"def {name}():\n" + "    x = 1\n" * (lines - 1)


def nested(depth):
    return "\n".join("    " * level + "if x:" for level in range(depth)) + "\n" + "    " * depth + "y = 1\n"


def test_small_code_passes_and_is_measured(tree, capsys):
    root = tree(a=function("short", 3), b="from pkg import a\n")
    assert shape.main([str(root)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "function lines, longest                            3      70  ok" in printed.out


def test_a_failure_names_file_and_line_and_exits_1(tree, capsys):
    root = tree(a="x = 1\n\n" + function("endless", 71))
    assert shape.main([str(root)]) == 1
    assert f"{root}/pkg/a.py:3: endless has 71 lines" in capsys.readouterr().err


def test_an_empty_root_is_an_error_and_not_a_pass(tmp_path, capsys):
    assert shape.main([str(tmp_path)]) == 2
    assert "no Python files" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lengths", "broken"),
    [
        ([9, 9, 9], set()),
        ([9, 10, 10], {"function lines, median"}),
        ([2] * 9 + [36], set()),
        ([2] * 8 + [36] * 2, {"function lines, 90th percentile"}),
        ([2] * 99 + [70], set()),
        ([2] * 99 + [71], {"function lines, longest"}),
    ],
)
def test_function_length_limits(tree, lengths, broken):
    root = tree(a="\n".join(function(f"f{number}", lines) for number, lines in enumerate(lengths)))
    assert {name for name, _, _ in failures(root)} == broken


def test_docstrings_and_declarations_are_not_counted(tree):
    documented = 'def f():\n    """One.\n' + "\n" * 80 + '    """\n    return 1\n'
    protocol = "class P:\n" + "".join(f"    def m{n}(self): ...\n" for n in range(50))
    (only,) = [found for source in shape.load(tree(a=documented + protocol)) for found in shape.functions_of(source)]
    assert (only.name, only.length) == ("f", 2)


@pytest.mark.parametrize(("lines", "broken"), [(500, []), (501, [("file lines, longest", "a.py", 501)])])
def test_file_length_limit(tree, lines, broken):
    assert failures(tree(a="x = 1\n" * lines)) == broken


@pytest.mark.parametrize(("depth", "broken"), [(4, []), (5, [("nesting, deepest", "a.py", 5)])])
def test_nesting_limit(tree, depth, broken):
    assert failures(tree(a=nested(depth))) == broken


def test_elif_stays_on_its_level_and_else_if_does_not(tree):
    chain = "if x:\n    y = 1\n" + "elif x:\n    y = 1\n" * 9
    ladder = "".join(
        "    " * level + "if x:\n" + "    " * level + "    y = 1\n" + "    " * level + "else:\n" for level in range(5)
    )
    assert failures(tree(a=chain, b=ladder + "    " * 5 + "y = 1\n")) == [("nesting, deepest", "b.py", 13)]


@pytest.mark.parametrize("caught", ["", " Exception", " BaseException as error", " (KeyError, Exception)"])
def test_a_swallowing_broad_handler_is_found(tree, caught):
    text = f"try:\n    x = 1\nexcept{caught}:\n    x = 2\n"
    assert failures(tree(a=text)) == [("broad swallowing handlers per 1000 lines", "a.py", 3)]


def test_a_broad_suppress_is_found(tree):
    text = "import contextlib\nwith contextlib.suppress(Exception):\n    x = 1\n"
    assert failures(tree(a=text)) == [("broad swallowing handlers per 1000 lines", "a.py", 2)]


@pytest.mark.parametrize("handler", ["except Exception:\n    raise", "except KeyError:\n    x = 2"])
def test_raising_on_and_narrow_handlers_pass(tree, handler):
    assert failures(tree(a=f"try:\n    x = 1\n{handler}\n")) == []


def test_one_swallow_in_two_thousand_lines_passes(tree):
    swallow = "try:\n    x = 1\nexcept Exception:\n    x = 2\n"
    modules = {f"m{number}": "x = 1\n" * 400 for number in range(5)}
    assert failures(tree(a=swallow, **modules)) == []


@pytest.mark.parametrize(
    "back",
    ["import pkg.a", "from pkg import a", "from pkg.a import x", "from . import a", "from .a import x"],
)
def test_an_import_cycle_is_found_however_it_is_written(tree, back):
    root = tree(a="import os\nfrom pkg import b\n", b="from pkg import c\n", c=f"x = 1\n{back}\n")
    ((name, _, _),) = failures(root)
    assert name == "import cycles"


def test_each_cycle_is_named_once(tree):
    root = tree(a="import pkg.b", b="import pkg.a", c="import pkg.d", d="import pkg.c", e="import pkg.a, pkg.c")
    (row,) = [row for row in shape.measure(shape.load(root)) if row.name == "import cycles"]
    assert row.value == 2


def test_a_package_that_gathers_its_modules_is_no_cycle(tree):
    root = tree(__init__="from pkg.a import x\nfrom pkg.b import y\n", a="x = 1\n", b="from pkg.a import x as y\n")
    assert failures(root) == []


@pytest.mark.parametrize("line", ["import pkg.b", "from pkg import b", "from .b import y", "from . import b"])
def test_an_own_import_inside_a_function_is_found(tree, line):
    root = tree(a=f"def f():\n    if True:\n        {line}\n", b="y = 1\n")
    assert failures(root) == [("own imports inside functions", "a.py", 3)]


def test_a_lazy_third_party_import_passes(tree):
    assert failures(tree(a="def f():\n    import numpy\n    return numpy\n")) == []
