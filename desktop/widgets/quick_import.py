"""Imported before the other modules of the window: PySide shall not read their source.

At each import PySide looks into the module's source text for its own name, to know where `from __feature__` may change
the names of methods. We use no feature; the look costs a fifth of a millisecond of each module's import, and
`linecache` then keeps every line of it, 20 MB in all. An installed program has no source and loses nothing either way.
"""

from __future__ import annotations

import PySide6.QtCore  # noqa: F401 - brings the hook with it
from shibokensupport import feature  # type: ignore[import-not-found]  # inside PySide's library, not on the disk

if hasattr(feature, "_mod_uses_pyside"):
    feature._mod_uses_pyside = lambda module: False  # noqa: ARG005, SLF001 - no public way
