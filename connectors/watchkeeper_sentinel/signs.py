"""What shows an alert, or an incident, to be about phishing or about data loss: its title, and the product that found it.

Products are named differently from connector to connector. Microsoft Defender for Office 365 is OATP as a provider (Azure-Sentinel,
template_OfficeATP.json, which also lists its alerts); Purview's policies are told as Microsoft Data Loss Prevention.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

PHISHING: Final = "phishing"
DLP: Final = "dlp"

_PHISHING_WORDS: Final = ("phish", "フィッシング")
_DLP_WORDS: Final = ("dlp", "data loss prevention", "データ損失防止")
WORDS: Final = (*_PHISHING_WORDS, *_DLP_WORDS)
"""What a title about either holds, without regard to case. A query finds more with them than is told here: DLP is one as a word alone."""
_MAIL_PRODUCTS: Final = frozenset(
    {"oatp", "office 365 advanced threat protection", "microsoft defender for office 365"}
)
_DLP_PRODUCTS: Final = frozenset(
    {"microsoft data loss prevention", "microsoft purview data loss prevention", "data loss prevention"}
)
PRODUCTS: Final = _MAIL_PRODUCTS | _DLP_PRODUCTS

_PHISHING: Final = re.compile("|".join(_PHISHING_WORDS), re.IGNORECASE)
_DLP: Final = re.compile(r"(?<![^\W_])dlp(?![^\W_])|data loss prevention|データ損失防止", re.IGNORECASE)
_MALWARE: Final = re.compile("malware|マルウェア", re.IGNORECASE)


def about(title: str, products: Iterable[str] = ()) -> str:
    """PHISHING, DLP, or "" for neither. The title comes first; mail that only malware was found in is no phishing."""
    if _PHISHING.search(title):
        return PHISHING
    if _DLP.search(title):
        return DLP
    named = {product.casefold() for product in products}
    if named & _MAIL_PRODUCTS and not _MALWARE.search(title):
        return PHISHING
    return DLP if named & _DLP_PRODUCTS else ""
