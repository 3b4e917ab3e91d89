"""Query text to syntax tree."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import LarkError, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken, VisitError

from watchkeeper.emulators.kql import syntax
from watchkeeper.emulators.kql.errors import QuerySyntaxError
from watchkeeper.emulators.kql.grammar import GRAMMAR
from watchkeeper.emulators.kql.literals import long_value, string_value, timespan_value, typed_value
from watchkeeper.emulators.kql.values import TYPE_ALIASES, as_dynamic

LONGEST_QUERY: Final = 100_000
DEEPEST_NESTING: Final = 100


@lru_cache(maxsize=1)
def _lark() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", maybe_placeholders=True)


@lru_cache(maxsize=256)
def parse(text: str) -> syntax.Query:
    """The query in `text`; raises QuerySyntaxError for anything outside the subset."""
    if len(text) > LONGEST_QUERY:
        raise QuerySyntaxError("Query is too long")
    _refuse_deep_nesting(text)
    try:
        tree = _lark().parse(text)
        query: syntax.Query = _ToSyntax().transform(tree)
    except UnexpectedInput as error:
        raise _located(error, text) from error
    except VisitError as error:
        if isinstance(error.orig_exc, QuerySyntaxError):
            raise error.orig_exc from None
        raise
    except (LarkError, RecursionError) as error:
        raise QuerySyntaxError(f"Query could not be parsed: {type(error).__name__}") from error
    return query


def _refuse_deep_nesting(text: str) -> None:
    """The tree is walked recursively later; brackets are what makes it deep, whatever they enclose."""
    depth = 0
    for character in text:
        if character in "([{":
            depth += 1
            if depth > DEEPEST_NESTING:
                raise QuerySyntaxError("Query is too complex: it is nested too deeply")
        elif character in ")]}":
            depth = max(0, depth - 1)


def _located(error: UnexpectedInput, text: str) -> QuerySyntaxError:
    match error:
        case UnexpectedToken() if error.token.type != "$END":
            return QuerySyntaxError.at(error.token.line or 1, (error.token.column or 1) - 1, str(error.token))
        case UnexpectedCharacters():
            return QuerySyntaxError.at(error.line, error.column - 1, error.char)
        case UnexpectedEOF() | UnexpectedToken():
            lines = text.split("\n")
            return QuerySyntaxError.at(len(lines), len(lines[-1]), "")
        case _:
            return QuerySyntaxError("Query could not be parsed")


def _present(items: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(item for item in items if item is not None)


@v_args(inline=True)
class _ToSyntax(Transformer[Token, Any]):
    """One method per rule of the grammar."""

    def start(self, *parts: Any) -> syntax.Query:
        return syntax.Query(tuple(parts[:-1]), parts[-1])

    def let_statement(self, _let: Token, name: Token, value: syntax.Expression) -> tuple[str, syntax.Expression]:
        return str(name), value

    def pipeline(self, source: syntax.Expression, *operators: syntax.Operator) -> syntax.Expression:
        return syntax.Pipeline(source, operators) if operators else source

    def group(self, inner: syntax.Expression) -> syntax.Expression:
        return inner

    def print_rows(self, _print: Token, assignments: tuple[syntax.Assignment, ...]) -> syntax.PrintRow:
        return syntax.PrintRow(assignments)

    def datatable(self, _datatable: Token, *parts: Any) -> syntax.DataTable:
        columns = tuple(part for part in parts if isinstance(part, tuple))
        cells = tuple(part for part in parts if part is not None and not isinstance(part, tuple))
        return syntax.DataTable(columns, cells)

    def column_definition(self, name: str, type_: Token) -> tuple[str, str]:
        return name, TYPE_ALIASES.get(str(type_), str(type_))

    def union_rows(self, _union: Token, *tables: syntax.Expression) -> syntax.UnionOf:
        return syntax.UnionOf(tables)

    # Operators

    def where(self, _where: Token, predicate: syntax.Expression) -> syntax.Operator:
        return syntax.Operator("where", expression=predicate)

    def extend(self, _extend: Token, assignments: tuple[syntax.Assignment, ...]) -> syntax.Operator:
        return syntax.Operator("extend", assignments=assignments)

    def project(self, _project: Token, assignments: tuple[syntax.Assignment, ...]) -> syntax.Operator:
        return syntax.Operator("project", assignments=assignments)

    def project_away(self, _away: Token, *names: str) -> syntax.Operator:
        return syntax.Operator("project-away", names=names)

    def project_keep(self, _keep: Token, *names: str) -> syntax.Operator:
        return syntax.Operator("project-keep", names=names)

    def project_rename(self, _rename: Token, *renames: tuple[str, str]) -> syntax.Operator:
        return syntax.Operator("project-rename", renames=renames)

    def summarize(self, _summarize: Token, aggregates: Any, by: Token | None, groups: Any) -> syntax.Operator:
        if aggregates is None and by is None:
            raise QuerySyntaxError("Query could not be parsed: 'summarize' needs an aggregation or 'by'")
        return syntax.Operator("summarize", assignments=aggregates or (), groups=groups or (), grouped=by is not None)

    def sort(self, _sort: Token, _by: Token, *keys: syntax.SortKey) -> syntax.Operator:
        return syntax.Operator("sort", keys=keys)

    def take(self, _take: Token, count: syntax.Expression) -> syntax.Operator:
        return syntax.Operator("take", expression=count)

    def top(self, _top: Token, count: syntax.Expression, _by: Token, key: syntax.SortKey) -> syntax.Operator:
        return syntax.Operator("top", expression=count, keys=(key,))

    def mv_expand(self, _expand: Token, *expansions: syntax.Expansion) -> syntax.Operator:
        return syntax.Operator("mv-expand", expansions=expansions)

    def distinct(self, _distinct: Token, assignments: tuple[syntax.Assignment, ...]) -> syntax.Operator:
        return syntax.Operator("distinct", assignments=assignments)

    def distinct_all(self, _distinct: Token, _star: Token) -> syntax.Operator:
        return syntax.Operator("distinct")

    def count_rows(self, _count: Token) -> syntax.Operator:
        return syntax.Operator("count")

    def union_with(self, _union: Token, *tables: syntax.Expression) -> syntax.Operator:
        return syntax.Operator("union", tables=tables)

    # Parts of operators

    def assignments(self, *items: syntax.Assignment) -> tuple[syntax.Assignment, ...]:
        return items

    def assignment(self, name: str | None, expression: syntax.Expression) -> syntax.Assignment:
        return syntax.Assignment(name, expression)

    def rename(self, new: str, old: str) -> tuple[str, str]:
        return new, old

    def sort_key(
        self, expression: syntax.Expression, order: Token | None, _nulls: Token | None, place: Token | None
    ) -> syntax.SortKey:
        descending = order != "asc"
        return syntax.SortKey(expression, descending, place == "first" if place else not descending)

    def expansion(
        self, name: str | None, expression: syntax.Expression, _typeof: Token | None, type_: Token | None
    ) -> syntax.Expansion:
        return syntax.Expansion(name, expression, TYPE_ALIASES.get(str(type_), str(type_)) if type_ else None)

    def name(self, text: Token | str) -> str:
        return str(text)

    # Expressions

    def logical(self, left: syntax.Expression, operator: Token, right: syntax.Expression) -> syntax.Binary:
        return syntax.Binary("logical", str(operator), left, right)

    def compare(self, left: syntax.Expression, operator: Token, right: syntax.Expression) -> syntax.Binary:
        return syntax.Binary("compare", "!=" if operator == "<>" else str(operator), left, right)

    def text_match(self, left: syntax.Expression, operator: Token, right: syntax.Expression) -> syntax.Binary:
        return syntax.Binary("text_match", str(operator), left, right)

    def arithmetic(self, left: syntax.Expression, operator: Token, right: syntax.Expression) -> syntax.Binary:
        return syntax.Binary("arithmetic", str(operator), left, right)

    def membership(
        self, left: syntax.Expression, operator: Token, choices: tuple[syntax.Expression, ...]
    ) -> syntax.Membership:
        return syntax.Membership(str(operator), left, choices)

    def between(
        self, operand: syntax.Expression, operator: Token, low: syntax.Expression, high: syntax.Expression
    ) -> syntax.Between:
        return syntax.Between(operator.startswith("!"), operand, low, high)

    def signed(self, sign: Token, operand: syntax.Expression) -> syntax.Signed:
        return syntax.Signed(str(sign), operand)

    def member(self, target: syntax.Expression, name: Token) -> syntax.Member:
        return syntax.Member(target, str(name))

    def index(self, target: syntax.Expression, position: syntax.Expression) -> syntax.Index:
        return syntax.Index(target, position)

    def call(self, function: Token, arguments: tuple[syntax.Expression, ...] | None) -> syntax.Call:
        return syntax.Call(str(function), arguments or ())

    def argument_list(self, *items: syntax.Expression) -> tuple[syntax.Expression, ...]:
        return items

    def star(self, _star: Token) -> syntax.Star:
        return syntax.Star()

    def column_name(self, name: Token) -> syntax.Name:
        return syntax.Name(str(name))

    def quoted_name(self, name: str) -> syntax.Name:
        return syntax.Name(name)

    # Literals

    def string(self, *tokens: Token) -> str:
        return "".join(string_value(str(token)) for token in tokens)

    def string_literal(self, text: str) -> syntax.Literal:
        return syntax.Literal("string", text)

    def long_literal(self, token: Token) -> syntax.Literal:
        return syntax.Literal("long", long_value(str(token)))

    def real_literal(self, token: Token) -> syntax.Literal:
        return syntax.Literal("real", float(token))

    def timespan_literal(self, token: Token) -> syntax.Literal:
        return syntax.Literal("timespan", timespan_value(str(token)))

    def typed_literal(self, token: Token) -> syntax.Literal:
        return syntax.Literal(*typed_value(str(token)))

    def bool_literal(self, token: Token) -> syntax.Literal:
        return syntax.Literal("bool", token == "true")

    def dynamic_literal(self, _dynamic: Token, value: Any) -> syntax.Literal:
        return syntax.Literal("dynamic", value)

    def json_number(self, *parts: Token) -> int | float:
        digits = str(parts[-1])
        value = float(digits) if parts[-1].type == "REAL" else long_value(digits)
        return -value if parts[0] == "-" else value

    def json_bool(self, token: Token) -> bool:
        return bool(token == "true")

    def json_null(self, _token: Token) -> None:
        return None

    def json_typed(self, token: Token) -> Any:
        type_, value = typed_value(str(token))
        return as_dynamic(value, type_)

    def json_timespan(self, token: Token) -> Any:
        return as_dynamic(timespan_value(str(token)), "timespan")

    def json_array(self, *items: Any) -> list[Any]:
        return [] if items == (None,) else list(items)

    def json_pair(self, key: str, value: Any) -> tuple[str, Any]:
        return key, value

    def json_object(self, *pairs: tuple[str, Any] | None) -> dict[str, Any]:
        return dict(pair for pair in pairs if pair is not None)
