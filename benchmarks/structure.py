"""The structure of the library: files and folders, imports between them, and what one run of a check enters.

    python -m benchmarks.structure [--tree DIR] [--core lambdas/core] [--trace TEST ...]

Counted from the source of any checkout with the standard library alone, so that two trees can be compared. A room is a
file or folder directly below the core; an arrow is an import between two rooms; a floor is a step of the longest chain
of rooms, circles counted once. With --trace the modules of the product are counted in which a function is called while
tests run (`sys.setprofile`), as in tests/lambdas/test_handlers.py: from the handler of a check to the text of an alert.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

Graph = dict[str, set[str]]


def modules(tree: Path, core: str) -> dict[str, Path]:
    found = {}
    for path in sorted((tree / core).rglob("*.py")):
        parts = path.relative_to(tree).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: dict[str, Path]) -> set[str]:
    """The modules among the known ones that a file imports, for type checkers too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name if name in known else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & set(known)


def rooms(graph: Graph, core: str) -> Graph:
    """The same graph, between what stands directly below the core."""
    prefix = core.replace("/", ".") + "."
    found: Graph = defaultdict(set)
    for module, targets in graph.items():
        if not module.startswith(prefix):
            continue
        room = module.removeprefix(prefix).partition(".")[0]
        found[room] |= {
            target.removeprefix(prefix).partition(".")[0] for target in targets if target.startswith(prefix)
        } - {room}
    return dict(found)


def components(graph: Graph) -> list[set[str]]:
    """Strongly connected parts, what is imported first (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph.get(node, ()):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            part = set()
            while node not in part:
                part.add(stack.pop())
            found.append(part)

    for node in graph:
        if node not in index:
            visit(node)
    return found


def floors(graph: Graph) -> int:
    """How many parts stand above each other at most; a circle is one part."""
    height: dict[str, int] = {}
    for part in components(graph):
        below = {height[target] for node in part for target in graph.get(node, ()) if target not in part}
        height |= dict.fromkeys(part, 1 + max(below, default=0))
    return max(height.values(), default=0)


def largest_folder(tree: Path, parts: list[str]) -> str:
    counts: dict[str, int] = defaultdict(int)
    for part in parts:
        for path in (tree / part).rglob("*.py"):
            counts[str(path.parent.relative_to(tree))] += path.name != "__init__.py"
    name = max(counts, key=lambda each: counts[each])
    return f"{name}: {counts[name]} modules"


_TRACED = """
import inspect
import sys
from pathlib import Path

TREE = Path.cwd()
entered = set()


def seen(frame, event, argument):
    if event == "call":
        file = frame.f_code.co_filename
        # neither the body of a module nor that of a class is optimised: what imports alone run does not count
        if file.startswith(str(TREE)) and frame.f_code.co_flags & inspect.CO_OPTIMIZED:
            entered.add(str(Path(file).relative_to(TREE)))


import pytest
sys.path.insert(0, str(TREE))
sys.setprofile(seen)
status = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *sys.argv[1:]])
sys.setprofile(None)
parts = ("staygreen/", "lambdas/")
print(*sorted(name for name in entered if name.startswith(parts)), sep="\\n")
sys.exit(status)
"""


def traced(tree: Path, tests: list[str]) -> list[str]:
    """The product's modules in which a function was called while tests ran."""
    done = subprocess.run(
        [sys.executable, "-c", _TRACED, *tests], cwd=tree, capture_output=True, text=True, check=False
    )
    return [line for line in done.stdout.splitlines() if line.startswith(("staygreen/", "lambdas/"))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, default=Path.cwd())
    parser.add_argument("--core", default="staygreen/core")
    parser.add_argument(
        "--trace", nargs="+", default=[], metavar="TEST", help="tests of that tree, as pytest names them"
    )
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    tree, core = arguments.tree.resolve(), arguments.core
    known = modules(tree, core)
    graph = {module: imports(path, known) for module, path in known.items()}
    between = rooms(graph, core)
    circles = [sorted(part) for part in components(between) if len(part) > 1]
    folders = [
        part
        for part in ("staygreen/core", "staygreen/adapters", "lambdas/core", "lambdas/adapters")
        if (tree / part).is_dir()
    ]
    result = {
        "flat files at the top of core": sum(1 for path in (tree / core).glob("*.py") if path.name != "__init__.py"),
        "rooms at the top of core": len(between),
        "imports between rooms": sum(map(len, between.values())),
        "floors of rooms": floors(between),
        "rooms in circles": sum(map(len, circles)),
        "floors of files": floors(graph),
        "largest folder of core and adapters": largest_folder(tree, folders),
        "lines of JSON in tests/stacks": sum(
            len(path.read_text(encoding="utf-8").splitlines()) for path in (tree / "tests" / "stacks").rglob("*.json")
        ),
    }
    if arguments.trace:
        result["modules entered by the traced run"] = len(traced(tree, arguments.trace))
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:40} {value}")


if __name__ == "__main__":
    main()
