"""Does a program compute its result, or only print a value that it contains?

`print(5)` proves nothing. A result is computed if an operation, a comparison, or a call that
calculates takes part in what is printed last: in the value itself, in the values that it depends
on, or in a condition that decides about it.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

# Calls that pass a value on without computing anything.
_CARRIERS = frozenset({
    "print", "str", "repr", "format", "int", "float", "Integer", "Float", "Rational", "Fraction",
    "sympify", "S", "symbols", "Symbol", "latex", "pprint", "Tuple", "list", "tuple", "set", "dict",
    "range", "enumerate", "zip", "join", "items", "append", "Matrix", "array",
})  # fmt: skip
_SAYS = frozenset({"print", "pprint"})


def works_out(program: str) -> bool:
    """Whether the last output of `program` depends on a calculation.

    >>> works_out("print(2 + 3)"), works_out("print(5)"), works_out("x = 5\\nprint('x =', x)")
    (True, False, False)
    >>> works_out("y = 6*7\\nprint(42)"), works_out("for x in range(9):\\n if x%5: print(x)")
    (False, True)
    """
    try:
        tree = ast.parse(program)
        said = _said_last(tree)
        if said is None:
            return False
        own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        return any(_calculates(node, own) for node in _on_the_way(tree, said))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _said_last(tree: ast.Module) -> ast.AST | None:
    """The last statement if it is an expression; else the value printed last."""
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not _prints(tree.body[-1].value):
        inner = [node for node in ast.walk(tree.body[-1].value) if _prints(node)]
        if not inner:
            return tree.body[-1]
    prints = [node for node in ast.walk(tree) if _prints(node)]
    return max(prints, key=lambda node: (node.lineno, node.col_offset), default=None)  # type: ignore[attr-defined]


def _prints(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _name(node.func) in _SAYS


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _on_the_way(tree: ast.Module, said: ast.AST) -> Iterator[ast.AST]:
    """All nodes that the value of `said` may depend on, in any branch."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    makers = _makers(tree)
    seen: set[ast.AST] = set()
    open_nodes: list[ast.AST] = [said]
    while open_nodes:
        node = open_nodes.pop()
        if node in seen:
            continue
        seen.add(node)
        open_nodes += _deciders(node, parents)
        for part in ast.walk(node):
            yield part
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                open_nodes += makers[part.id]


def _makers(tree: ast.Module) -> defaultdict[str, list[ast.AST]]:
    """For each name, the statements that assign it; for a function, its whole definition."""
    makers: defaultdict[str, list[ast.AST]] = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            makers[node.name].append(node)
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr, ast.For)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            made = node.iter if isinstance(node, ast.For) else node
            for name in _stored(targets):
                makers[name].append(made)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            changed = node.func.value  # found.append(x * y)
            makers[changed.id if isinstance(changed, ast.Name) else ""].append(node)
    return makers


def _stored(targets: Iterable[ast.AST]) -> Iterator[str]:
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                yield node.id


def _deciders(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    """The conditions under which a statement is reached."""
    while node in parents:
        node = parents[node]
        if isinstance(node, (ast.If, ast.While, ast.IfExp)):
            yield node.test
        elif isinstance(node, ast.For):
            yield node.iter


def _calculates(node: ast.AST, own: Collection[str]) -> bool:
    """Whether a node is a calculation; a call of one of the program's `own` functions is not: its
    body decides."""
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        return not any(map(_is_text, ast.walk(node)))
    if isinstance(node, ast.Call):
        name = _name(node.func)
        return bool(name) and name not in _CARRIERS and name not in own
    return isinstance(node, (ast.Compare, ast.BoolOp))


def _is_text(node: ast.AST) -> bool:
    constant = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return constant or isinstance(node, ast.JoinedStr)
