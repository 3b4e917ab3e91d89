"""What a query can be refused for, in the shape that the Log Analytics API documents (api/errors)."""

from __future__ import annotations


class QueryError(Exception):
    """A query that is not run. `family` is the service's outer inner-error: `SyntaxError` or `SemanticError`."""

    family = "SemanticError"
    summary = "A semantic error occurred."

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def innermost(self) -> dict[str, object]:
        return {"code": self.code, "message": self.message}

    def body(self) -> dict[str, object]:
        """The `error` object of the answer, without a correlation id."""
        return {
            "message": "The request had some invalid properties",
            "code": "BadArgumentError",
            "innererror": {"code": self.family, "message": self.summary, "innererror": self.innermost()},
        }


class QuerySyntaxError(QueryError):
    """Text that is no query of the subset; `line` counts from 1, `position` from 0, as the service counts them."""

    family = "SyntaxError"
    summary = "A recognition error occurred in the query."

    def __init__(self, message: str, *, line: int = 0, position: int = 0, token: str = "") -> None:
        super().__init__("SYN0002", message)
        self.line = line
        self.position = position
        self.token = token

    @classmethod
    def at(cls, line: int, position: int, token: str) -> QuerySyntaxError:
        where = f"at '{token}' " if token else "at end of query "
        text = f"Query could not be parsed {where}on line [{line},{position}]"
        return cls(text, line=line, position=position, token=token)

    def innermost(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": self.message,
            "line": self.line,
            "pos": self.position,
            "token": self.token,
        }


class QuerySemanticError(QueryError):
    """A query that parses but means nothing: an unknown name, or types that do not go together."""

    @classmethod
    def unresolved(cls, operator: str, name: str, *, table: bool = False) -> QuerySemanticError:
        kind = "table or column expression" if table else "column or scalar expression"
        return cls("SEM0100", f"'{operator}' operator: Failed to resolve {kind} named '{name}'")
