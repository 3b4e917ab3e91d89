"""A pull request's comment that is changed in place: it is found again by a mark that nobody sees."""

from __future__ import annotations

from watchkeeper.report import markdown
from watchkeeper.report.document import Document
from watchkeeper.report.texts import Texts


def marker(command: str, deployment: str) -> str:
    """The first line of the comment; both parts are names of ours, of lower-case letters, digits and hyphens."""
    return f"<!-- watchkeeper {command} {deployment} -->"


def comment(document: Document, command: str, deployment: str, texts: Texts) -> str:
    """The document as the body of a comment, with its mark, below the size that GitHub takes."""
    mark = f"{marker(command, deployment)}\n"
    return mark + markdown.render(document, texts=texts, limit=markdown.COMMENT_LIMIT - len(mark.encode()))
