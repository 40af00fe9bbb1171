"""The shape gate: measures the source tree against limits that a reader feels.

Usage: ``python tools/shape.py [ROOT]`` (default ``src``). Prints a table of measured values beside their limits and
exits 1 naming each violation as ``file:line``.

How things are counted:

- A function's length is its lines from ``def`` to its last statement, less its docstring: documentation is free.
  Bodies that are only ``...`` (protocols, overloads) are declarations and are not counted.
- Nesting is the number of compound statements around a statement within its module; ``elif`` stays on its level, and
  ``def`` and ``class`` add none.
- A broad handler catches everything, ``Exception`` or ``BaseException``. It swallows if it contains no ``raise``.
- Imports for type checking count like any other.
"""

import ast
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

MEDIAN_LINES_MAX = 9
P90_LINES_MAX = 35
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
NESTING_MAX = 4
SWALLOWS_PER_1000_LINES_MAX = 0.5
LONGEST_NAMED = 10  # where a median fails, naming every function above it helps nobody

Import = ast.Import | ast.ImportFrom
FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
BROAD = frozenset({"Exception", "BaseException"})


@dataclass(frozen=True)
class Source:
    """One parsed module: where it lies, its dotted name, its text."""

    path: Path
    module: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The module's syntax tree; raises ``SyntaxError`` as Python itself would."""
        return ast.parse(self.text, filename=str(self.path))

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.module if self.path.name == "__init__.py" else self.module.rpartition(".")[0]


@dataclass(frozen=True)
class Function:
    """A function that has a body, and its length in lines."""

    path: Path
    line: int
    name: str
    length: int


@dataclass(frozen=True)
class Violation:
    """A place in the source that breaks a limit."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Measure:
    """One row of the table: a figure, its limit, and where it is broken."""

    name: str
    value: float
    limit: float
    violations: Sequence[Violation] = ()

    def __str__(self) -> str:
        return f"{self.name:<44}{self.value:>8g}{self.limit:>8g}  {'FAIL' if self.violations else 'ok'}"


def load(root: Path) -> list[Source]:
    """Read every Python file under ``root``, in a stable order."""
    return [Source(path, _module_name(path, root), path.read_text("utf-8")) for path in sorted(root.rglob("*.py"))]


def measure(sources: Sequence[Source]) -> list[Measure]:
    """Measure all limits over ``sources``. Linear in the size of the source, apart from sorting."""
    functions = [function for source in sources for function in functions_of(source)]
    lengths = sorted(function.length for function in functions)
    return [
        _spread("function lines, median", quantile(lengths, 0.5), MEDIAN_LINES_MAX, functions),
        _spread("function lines, 90th percentile", quantile(lengths, 0.9), P90_LINES_MAX, functions),
        longest_function(functions),
        longest_file(sources),
        deepest_nesting(sources),
        swallowed_exceptions(sources),
        import_cycles(sources),
        imports_in_functions(sources),
    ]


def quantile(ordered: Sequence[int], share: float) -> int:
    """The nearest-rank quantile of sorted values; 0 where there are none."""
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else 0


def functions_of(source: Source) -> Iterator[Function]:
    """Every function and method of ``source``, nested ones too, except bare declarations."""
    for node in ast.walk(source.tree):
        if isinstance(node, FunctionDef) and not _is_declaration(node):
            yield Function(source.path, node.lineno, node.name, _length(node))


def longest_function(functions: Iterable[Function]) -> Measure:
    """No function is longer than a screen."""
    ordered = sorted(functions, key=lambda function: -function.length)
    violations = [_too_long(function) for function in ordered if function.length > FUNCTION_LINES_MAX]
    return Measure("function lines, longest", ordered[0].length if ordered else 0, FUNCTION_LINES_MAX, violations)


def longest_file(sources: Sequence[Source]) -> Measure:
    """No file is longer than one sitting."""
    violations = [
        Violation(source.path, FILE_LINES_MAX + 1, f"file has {source.lines} lines")
        for source in sources
        if source.lines > FILE_LINES_MAX
    ]
    return Measure("file lines, longest", max((s.lines for s in sources), default=0), FILE_LINES_MAX, violations)


def deepest_nesting(sources: Sequence[Source]) -> Measure:
    """Compound statements inside each other; names the outermost statement that is one too deep."""
    depths = [(depth, source.path, line) for source in sources for depth, line in _nesting(source.tree, 0)]
    violations = [
        Violation(path, line, f"nested {depth} deep") for depth, path, line in depths if depth == NESTING_MAX + 1
    ]
    return Measure("nesting, deepest", max((depth for depth, _, _ in depths), default=0), NESTING_MAX, violations)


def swallowed_exceptions(sources: Sequence[Source]) -> Measure:
    """Broad handlers without a ``raise``, per 1000 lines of source."""
    found = [violation for source in sources for violation in _swallows(source)]
    rate = 1000 * len(found) / max(1, sum(source.lines for source in sources))
    exceeded = rate > SWALLOWS_PER_1000_LINES_MAX
    return Measure(
        "broad swallowing handlers per 1000 lines",
        round(rate, 2),
        SWALLOWS_PER_1000_LINES_MAX,
        found if exceeded else (),
    )


def import_cycles(sources: Sequence[Source]) -> Measure:
    """Cycles among our own modules; each is cut where it was found before the next is looked for."""
    known = {source.module for source in sources}
    paths = {source.module: source.path for source in sources}
    graph = {source.module: _edges(source, known) for source in sources}
    violations = [
        Violation(paths[cycle[0]], graph[cycle[0]][cycle[1]], f"import cycle {' -> '.join(cycle)}")
        for cycle in _cycles(graph)
    ]
    return Measure("import cycles", len(violations), 0, violations)


def imports_in_functions(sources: Sequence[Source]) -> Measure:
    """Imports of our own package inside a function: a cycle in disguise."""
    known = {source.module for source in sources}
    violations = [
        Violation(source.path, node.lineno, f"imports {target} inside a function")
        for source in sources
        for node, in_function in _imports(source.tree)
        if in_function
        for target in _own_targets(node, source, known)
    ]
    return Measure("own imports inside functions", len(violations), 0, violations)


def _module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _docstring_lines(node: FunctionDef) -> int:
    if ast.get_docstring(node, clean=False) is None:
        return 0
    docstring = node.body[0]
    return _last_line(docstring) - docstring.lineno + 1


def _last_line(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _length(node: FunctionDef) -> int:
    return _last_line(node) - node.lineno + 1 - _docstring_lines(node)


def _is_declaration(node: FunctionDef) -> bool:
    return all(isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) for statement in node.body)


def _too_long(function: Function) -> Violation:
    return Violation(function.path, function.line, f"{function.name} has {function.length} lines")


def _spread(name: str, value: int, limit: int, functions: Sequence[Function]) -> Measure:
    longest = sorted(functions, key=lambda function: -function.length)[:LONGEST_NAMED]
    over = [_too_long(function) for function in longest if function.length > limit]
    return Measure(name, value, limit, over if value > limit else ())


def _nesting(node: ast.AST, depth: int) -> Iterator[tuple[int, int]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, BLOCKS) and not _is_elif(node, child):
            yield depth + 1, child.lineno
            yield from _nesting(child, depth + 1)
        else:
            yield from _nesting(child, depth)


def _is_elif(parent: ast.AST, child: ast.stmt) -> bool:
    if not (isinstance(parent, ast.If) and isinstance(child, ast.If)):
        return False
    return parent.orelse == [child] and child.col_offset == parent.col_offset


def _swallows(source: Source) -> Iterator[Violation]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not _raises(node):
            yield Violation(source.path, node.lineno, "broad except swallows")
        elif isinstance(node, ast.Call) and _name(node.func) == "suppress" and any(map(_is_broad, node.args)):
            yield Violation(source.path, node.lineno, "broad suppress swallows")


def _is_broad(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(map(_is_broad, caught.elts))
    return caught is None or _name(caught) in BROAD


def _name(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def _raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for node in ast.walk(handler))


def _imports(node: ast.AST, *, in_function: bool = False) -> Iterator[tuple[Import, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Import):
            yield child, in_function
        yield from _imports(child, in_function=in_function or isinstance(child, FunctionDef))


def _own_targets(node: Import, source: Source, known: AbstractSet[str]) -> list[str]:
    """The modules of ours that ``node`` imports, each by its full name."""
    roots = {module.partition(".")[0] for module in known}
    if isinstance(node, ast.Import):
        targets = [alias.name for alias in node.names]
    else:
        base = _import_base(node, source)
        members = [f"{base}.{alias.name}" for alias in node.names]
        targets = [member if member in known else base for member in members]
    return [target for target in dict.fromkeys(targets) if target.partition(".")[0] in roots]


def _import_base(node: ast.ImportFrom, source: Source) -> str:
    if not node.level:
        return node.module or ""
    parents = source.package.split(".")
    above = parents[: len(parents) - node.level + 1]
    return ".".join([*above, node.module] if node.module else above)


def _edges(source: Source, known: AbstractSet[str]) -> dict[str, int]:
    """Which of our modules ``source`` imports, and on which line first."""
    edges: dict[str, int] = {}
    for node, _ in _imports(source.tree):
        for target in _own_targets(node, source, known):
            if target in known and target != source.module:
                edges.setdefault(target, node.lineno)
    return edges


def _cycles(graph: Mapping[str, Mapping[str, int]]) -> Iterator[list[str]]:
    remaining = {module: list(targets) for module, targets in graph.items()}
    while True:
        try:
            TopologicalSorter(remaining).prepare()
        except CycleError as error:
            # graphlib lists predecessors first, that is, each module before one that imports it.
            cycle = list(reversed(error.args[1]))
            remaining[cycle[0]].remove(cycle[1])
            yield cycle
        else:
            return


def main(arguments: Sequence[str]) -> int:
    """Print the table for the given root and return the exit status."""
    root = Path(arguments[0] if arguments else "src")
    sources = load(root)
    if not sources:
        print(f"no Python files under {root}", file=sys.stderr)
        return 2
    measures = measure(sources)
    print(f"{'shape of ' + str(root):<44}{'value':>8}{'limit':>8}")
    print("\n".join(str(row) for row in measures))
    violations = [violation for row in measures for violation in row.violations]
    for violation in violations:
        print(violation, file=sys.stderr)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
