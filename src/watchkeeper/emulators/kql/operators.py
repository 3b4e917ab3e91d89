"""The tabular operators: each takes a table and gives a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cmp_to_key
from typing import Any, Final

from watchkeeper.emulators.kql import syntax
from watchkeeper.emulators.kql.aggregates import compile_aggregation
from watchkeeper.emulators.kql.errors import QuerySemanticError
from watchkeeper.emulators.kql.expressions import (
    compile_expression,
    compile_predicate,
    constant_value,
    default_name,
)
from watchkeeper.emulators.kql.scope import Compiled, Scope
from watchkeeper.emulators.kql.values import SCALAR_TYPES, Column, Row, Table, Value, convert

LARGEST_RESULT: Final = 500_000


def apply(operator: syntax.Operator, table: Table, scope: Scope) -> Table:
    """`table | operator`. `scope` is of the query; it is narrowed to the table here."""
    return _OPERATORS[operator.kind](operator, table, scope.over(operator.kind, table))


def _where(operator: syntax.Operator, table: Table, scope: Scope) -> Table:
    assert operator.expression is not None
    test = compile_predicate(operator.expression, scope).evaluate
    return Table(table.columns, [row for row in table.rows if test(row) is True], table.stamped)


def _named_columns(assignments: Iterable[syntax.Assignment], scope: Scope) -> list[tuple[Column, Compiled]]:
    """Every assignment compiled and named; unnamed ones by the service's rules, made unique."""
    result: list[tuple[Column, Compiled]] = []
    numbered = 0
    for assignment in assignments:
        compiled = compile_expression(assignment.expression, scope)
        name = assignment.name or default_name(assignment.expression)
        if name is None:
            numbered += 1
            name = f"Column{numbered}"
        result.append((Column(name, compiled.type), compiled))
    return result


def _refuse_duplicates(columns: Iterable[Column], operator: str) -> None:
    seen: set[str] = set()
    for column in columns:
        if column.name in seen:
            raise QuerySemanticError("SEM0020", f"'{operator}' operator: a column named '{column.name}' is given twice")
        seen.add(column.name)


def _extend(operator: syntax.Operator, table: Table, scope: Scope) -> Table:
    """A column that exists already is replaced where it stands; assignments do not see one another."""
    additions = _named_columns(operator.assignments, scope)
    _refuse_duplicates((column for column, _ in additions), "extend")
    columns, width = list(table.columns), len(table.columns)
    sources: list[Callable[[Row], Value]] = [_at(position) for position in range(width)]
    for column, compiled in additions:
        position = scope.positions.get(column.name)
        if position is None:
            columns.append(column)
            sources.append(compiled.evaluate)
        else:
            columns[position], sources[position] = column, compiled.evaluate
    return _projected(table, columns, sources)


def _at(position: int) -> Callable[[Row], Value]:
    return lambda row: row[position]


def _projected(table: Table, columns: Iterable[Column], sources: list[Callable[[Row], Value]]) -> Table:
    kept = [*sources, _at(len(table.columns))] if table.stamped else sources
    rows = [tuple(source(row) for source in kept) for row in table.rows]
    return Table(tuple(columns), rows, table.stamped)


def _project(operator: syntax.Operator, table: Table, scope: Scope) -> Table:
    chosen = _named_columns(operator.assignments, scope)
    _refuse_duplicates((column for column, _ in chosen), "project")
    return _projected(table, [column for column, _ in chosen], [compiled.evaluate for _, compiled in chosen])


def _pick(table: Table, scope: Scope, names: Iterable[str]) -> Table:
    positions = [_position(scope, name) for name in names]
    return _projected(table, [table.columns[position] for position in positions], [_at(p) for p in positions])


def _position(scope: Scope, name: str) -> int:
    if name not in scope.positions:
        raise QuerySemanticError.unresolved(scope.operator, name)
    return scope.positions[name]


def _project_away(operator: syntax.Operator, table: Table, scope: Scope) -> Table:
    dropped = {_position(scope, name) for name in operator.names}
    return _pick(table, scope, [column.name for p, column in enumerate(table.columns) if p not in dropped])


def _project_keep(operator: syntax.Operator, table: Table, scope: Scope) -> Table:
    kept = {_position(scope, name) for name in operator.names}
    return _pick(table, scope, [column.name for p, column in enumerate(table.columns) if p in kept])


def _project_rename(operator: syntax.Operator, table: Table, scope: Scope) -> Table:
    columns = list(table.columns)
    for new, old in operator.renames:
        position = _position(scope, old)
        columns[position] = Column(new, columns[position].type)
    _refuse_duplicates(columns, "project-rename")
    return Table(tuple(columns), table.rows, table.stamped)


def _group_columns(assignments: Iterable[syntax.Assignment], scope: Scope) -> list[tuple[Column, Compiled]]:
    groups = _named_columns(assignments, scope)
    for column, _ in groups:
        if column.type == "dynamic":
            raise QuerySemanticError(
                "SEM0080",
                f"'{scope.operator}' operator: key '{column.name}' is of a 'dynamic' type. Please use an explicit cast",
            )
    _refuse_duplicates((column for column, _ in groups), scope.operator)
    return groups


def _grouped(table: Table, groups: list[tuple[Column, Compiled]]) -> dict[Row, list[Row]]:
    evaluates = [compiled.evaluate for _, compiled in groups]
    found: dict[Row, list[Row]] = {}
    for row in table.rows:
        found.setdefault(tuple(evaluate(row) for evaluate in evaluates), []).append(row)
    return found


def _summarize(operator: syntax.Operator, table: Table, scope: Scope) -> Table:
    groups = _group_columns(operator.groups, scope)
    names = frozenset(column.name for column, _ in groups)
    aggregations = [compile_aggregation(assignment, scope, names) for assignment in operator.assignments]
    columns = [column for column, _ in groups]
    columns += [column for aggregation in aggregations for column in aggregation.columns]
    rows_of = _grouped(table, groups) if operator.grouped else {(): table.rows}
    rows = [key + tuple(value for a in aggregations for value in a.fold(members)) for key, members in rows_of.items()]
    return Table(_unique(columns), rows)


def _unique(columns: Iterable[Column]) -> tuple[Column, ...]:
    """Generated names that meet get a number, as the service does it."""
    taken: set[str] = set()
    result = []
    for column in columns:
        name, number = column.name, 0
        while name in taken:
            number += 1
            name = f"{column.name}{number}"
        taken.add(name)
        result.append(Column(name, column.type))
    return tuple(result)


def _distinct(operator: syntax.Operator, table: Table, scope: Scope) -> Table:
    wanted = operator.assignments or tuple(syntax.Assignment(None, syntax.Name(c.name)) for c in table.columns)
    groups = _group_columns(wanted, scope)
    return Table(tuple(column for column, _ in groups), list(_grouped(table, groups)))


def _sort(operator: syntax.Operator, table: Table, scope: Scope) -> Table:
    comparisons = [_comparison(key, scope) for key in operator.keys]

    def compare(left: Row, right: Row) -> int:
        return next((result for result in (test(left, right) for test in comparisons) if result), 0)

    return Table(table.columns, sorted(table.rows, key=cmp_to_key(compare)), table.stamped)


def _comparison(key: syntax.SortKey, scope: Scope) -> Callable[[Row, Row], int]:
    compiled = compile_expression(key.expression, scope)
    if compiled.type == "dynamic":
        raise QuerySemanticError("SEM0080", f"'{scope.operator}' operator: the key can't be of dynamic type")
    evaluate, direction, null_place = compiled.evaluate, -1 if key.descending else 1, -1 if key.nulls_first else 1

    def compare(left: Row, right: Row) -> int:
        one, other = evaluate(left), evaluate(right)
        if one is None or other is None:
            return 0 if one is other else null_place if one is None else -null_place
        return 0 if one == other else direction if one > other else -direction

    return compare


def _row_count(operator: syntax.Operator, scope: Scope) -> int:
    assert operator.expression is not None
    constant = compile_expression(
        operator.expression, Scope(scope.operator, (), scope.bindings, scope.now, scope.tabular)
    )
    count = constant_value(constant, scope)
    if constant.type not in {"long", "int"} or count is None or count < 0:
        raise QuerySemanticError("SEM0022", f"'{scope.operator}' operator: a number of rows was expected")
    return int(count)


def _take(operator: syntax.Operator, table: Table, scope: Scope) -> Table:
    return Table(table.columns, table.rows[: _row_count(operator, scope)], table.stamped)


def _top(operator: syntax.Operator, table: Table, scope: Scope) -> Table:
    ordered = _sort(operator, table, scope)
    return Table(table.columns, ordered.rows[: _row_count(operator, scope)], table.stamped)


def _count(_operator: syntax.Operator, table: Table, _scope: Scope) -> Table:
    return Table((Column("Count", "long"),), [(len(table.rows),)])


def _mv_expand(operator: syntax.Operator, table: Table, scope: Scope) -> Table:
    """Several columns expand side by side, the shorter ones padded with null; an empty array leaves one null."""
    targets = [_expansion(expansion, scope) for expansion in operator.expansions]
    columns, width = list(table.columns), len(table.columns)
    places: list[int] = []
    for column, _, _ in targets:
        position = scope.positions.get(column.name)
        if position is None:
            columns.append(column)
            position = len(columns) - 1
        else:
            columns[position] = column
        places.append(position)
    rows: list[Row] = []
    for row in table.rows:
        lists = [_elements(evaluate(row)) for _, evaluate, _ in targets]
        for index in range(max(len(elements) for elements in lists)):
            values: list[Value] = [*row[:width], *([None] * (len(columns) - width))]
            for place, elements, (_, _, type_) in zip(places, lists, targets, strict=True):
                values[place] = _cast(elements[index] if index < len(elements) else None, type_)
            rows.append((*values, *row[width:]))
        if len(rows) > LARGEST_RESULT:
            raise QuerySemanticError("SEM0430", "'mv-expand' operator: the result has too many rows")
    return Table(tuple(columns), rows, table.stamped)


def _expansion(expansion: syntax.Expansion, scope: Scope) -> tuple[Column, Callable[[Row], Value], str]:
    compiled = compile_expression(expansion.expression, scope)
    if compiled.type != "dynamic":
        raise QuerySemanticError("SEM0042", f"mv-expand: expression must be of type dynamic, not {compiled.type}")
    type_ = expansion.type or "dynamic"
    if type_ not in SCALAR_TYPES:
        raise QuerySemanticError("SEM0043", f"mv-expand: unknown type '{type_}'")
    name = expansion.name or default_name(expansion.expression) or "Column1"
    return Column(name, type_), compiled.evaluate, type_


def _elements(value: Value) -> list[Value]:
    match value:
        case list():
            return value or [None]
        case dict():
            return [{name: member} for name, member in value.items()] or [None]
        case _:
            return [value]


def _cast(value: Value, type_: str) -> Value:
    return value if type_ == "dynamic" else convert(value, "dynamic", type_)


def _union(operator: syntax.Operator, table: Table, scope: Scope) -> Table:
    return union([table, *(scope.tabular(node) for node in operator.tables)])


def union(tables: list[Table]) -> Table:
    """All rows of all tables over all columns; a column of two types is refused rather than split."""
    types: dict[str, str] = {}
    for column in (column for table in tables for column in table.columns):
        if types.setdefault(column.name, column.type) != column.type:
            raise QuerySemanticError("SEM0050", f"'union' operator: column '{column.name}' has more than one type")
    columns = tuple(Column(name, type_) for name, type_ in types.items())
    stamped = all(table.stamped for table in tables)
    return Table(columns, [row for table in tables for row in _widened(table, columns, stamped=stamped)], stamped)


def _widened(table: Table, columns: tuple[Column, ...], *, stamped: bool) -> Iterable[Row]:
    places = {column.name: position for position, column in enumerate(table.columns)}
    order = [(places.get(column.name), "" if column.type == "string" else None) for column in columns]
    for row in table.rows:
        values = tuple(missing if place is None else row[place] for place, missing in order)
        yield (*values, row[len(table.columns)]) if stamped else values


_OPERATORS: Final[dict[str, Callable[[syntax.Operator, Table, Scope], Table]]] = {
    "where": _where,
    "extend": _extend,
    "project": _project,
    "project-away": _project_away,
    "project-keep": _project_keep,
    "project-rename": _project_rename,
    "summarize": _summarize,
    "sort": _sort,
    "take": _take,
    "top": _top,
    "mv-expand": _mv_expand,
    "distinct": _distinct,
    "count": _count,
    "union": _union,
}


def print_row(assignments: tuple[syntax.Assignment, ...], scope: Scope) -> Table:
    columns, values = [], []
    for number, assignment in enumerate(assignments):
        compiled = compile_expression(assignment.expression, scope)
        columns.append(Column(assignment.name or f"print_{number}", compiled.type))
        values.append(constant_value(compiled, scope))
    _refuse_duplicates(columns, "print")
    return Table(tuple(columns), [tuple(values)])


def data_table(node: syntax.DataTable, scope: Scope) -> Table:
    columns = tuple(Column(name, type_) for name, type_ in node.columns)
    for column in columns:
        if column.type not in SCALAR_TYPES:
            raise QuerySemanticError("SEM0043", f"datatable: unknown type '{column.type}'")
    _refuse_duplicates(columns, "datatable")
    if len(node.cells) % len(columns):
        raise QuerySemanticError("SEM0044", "datatable: the number of values is no multiple of the number of columns")
    cells = [compile_expression(cell, scope) for cell in node.cells]
    values: list[Any] = [
        convert(constant_value(cell, scope), cell.type, columns[position % len(columns)].type)
        for position, cell in enumerate(cells)
    ]
    width = len(columns)
    return Table(columns, [tuple(values[start : start + width]) for start in range(0, len(values), width)])
