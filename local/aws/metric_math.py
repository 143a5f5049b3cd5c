"""Arithmetic metric math over one period: + - * /, comparisons, FILL, IF, ABS, MAX, MIN, SUM.

No data anywhere gives no data (None), as does a division by zero.
Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics" (verified 2026-11-23).
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

Value = Any
"""A float, a list of them, a truth value, or None for no data."""

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "FILL": lambda value, default=0: default if value is None else value,
    "IF": lambda condition, yes, no=None: yes if condition else no,
    "ABS": lambda value: None if value is None else abs(value),
    "MAX": lambda values: max((each for each in values if each is not None), default=None),
    "MIN": lambda values: min((each for each in values if each is not None), default=None),
    "SUM": lambda values: sum(each for each in values if each is not None),
}


def evaluate(expression: str, values: Mapping[str, Value]) -> Value:
    """The value of an expression, given the values of its metrics.

    Raises:
        ValueError: the expression uses what is not supported here.
    """
    return _value(ast.parse(expression, mode="eval").body, values)


def _value(node: ast.expr, values: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant() | ast.Name():
            return node.value if isinstance(node, ast.Constant) else values.get(node.id)
        case ast.List():
            return [_value(each, values) for each in node.elts]
        case ast.UnaryOp(op=ast.USub()):
            operand = _value(node.operand, values)
            return None if operand is None else -operand
        case ast.Call(func=ast.Name(id=name)) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*[_value(each, values) for each in node.args])
        case ast.Compare(ops=[how], comparators=[right]):
            return _combine(_COMPARISONS[type(how)], _value(node.left, values), _value(right, values))
        case ast.BinOp() if type(node.op) in _OPERATORS:
            return _combine(_OPERATORS[type(node.op)], _value(node.left, values), _value(node.right, values))
    raise ValueError(f"metric math: {ast.unparse(node)} is not supported here")


def _combine(how: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    if left is None or right is None or (how is operator.truediv and right == 0):
        return None
    return how(left, right)
