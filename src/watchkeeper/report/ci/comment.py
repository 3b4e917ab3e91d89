"""A pull request's comment that is changed in place: it is found again by a mark that nobody sees."""

from __future__ import annotations

from watchkeeper.report import markdown
from watchkeeper.report.document import Document
from watchkeeper.report.texts import Texts


def marker(*names: str) -> str:
    """The first line of the comment: of which command, and where it is about one, of which deployment; names of ours, of
    lower-case letters, digits, hyphens and spaces."""
    return f"<!-- watchkeeper {' '.join(names)} -->"


def as_comment(document: Document, mark: str, texts: Texts) -> str:
    """The document as the body of a comment, with its mark, below the size that GitHub takes."""
    mark = f"{mark}\n"
    return mark + markdown.render(document, texts=texts, limit=markdown.COMMENT_LIMIT - len(mark.encode()))
