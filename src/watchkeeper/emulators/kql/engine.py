"""Running a query over tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from watchkeeper.emulators.kql import syntax
from watchkeeper.emulators.kql.errors import QueryError, QuerySemanticError, QuerySyntaxError
from watchkeeper.emulators.kql.expressions import compile_expression, constant_value, is_tabular
from watchkeeper.emulators.kql.operators import apply, data_table, print_row, union
from watchkeeper.emulators.kql.parser import parse
from watchkeeper.emulators.kql.scope import Compiled, Scope
from watchkeeper.emulators.kql.values import Table


def run_query(text: str, tables: Mapping[str, Callable[[], Table]], now: int) -> Table:
    """The answer to `text`. `tables` are read when a query names them; `now` is in ticks and the same for the whole query.

    Raises QueryError for text that is no query of the subset, and for nothing else.
    """
    try:
        return _Run(tables, now).query(parse(text))
    except QueryError:
        raise
    except (RecursionError, OverflowError, MemoryError) as error:
        raise QuerySyntaxError(f"Query is too complex: {type(error).__name__}") from error


class _Run:
    def __init__(self, tables: Mapping[str, Callable[[], Table]], now: int) -> None:
        self._tables = tables
        self._scope = Scope("query", (), {}, now, self._table)

    def query(self, query: syntax.Query) -> Table:
        for name, value in query.bindings:
            self._bind(name, value)
        return self._table(query.body)

    def _bind(self, name: str, value: syntax.Expression) -> None:
        if name in self._scope.bindings:
            raise QuerySemanticError("SEM0029", f"A 'let' statement with the name '{name}' exists already")
        if self._is_table(value):
            self._scope.bindings[name] = self._table(value)
            return
        compiled = compile_expression(value, self._scope)
        self._scope.bindings[name] = Compiled.of(compiled.type, constant_value(compiled, self._scope))

    def _is_table(self, node: syntax.Expression) -> bool:
        if isinstance(node, syntax.Name) and node.text not in self._scope.bindings:
            return node.text in self._tables
        return is_tabular(node, self._scope)

    def _table(self, node: syntax.Expression) -> Table:
        match node:
            case syntax.Name(text):
                return self._named(text)
            case syntax.Pipeline(source, operators):
                table = self._table(source)
                for operator in operators:
                    table = apply(operator, table, self._scope)
                return table
            case syntax.DataTable():
                return data_table(node, self._scope)
            case syntax.PrintRow(assignments):
                return print_row(assignments, self._scope)
            case syntax.UnionOf(tables):
                return union([self._table(table) for table in tables])
            case _:
                raise QuerySemanticError("SEM0001", "A tabular expression was expected")

    def _named(self, name: str) -> Table:
        bound = self._scope.bindings.get(name)
        if isinstance(bound, Table):
            return bound
        if bound is None and name in self._tables:
            return self._tables[name]()
        raise QuerySemanticError.unresolved("where", name, table=True)
