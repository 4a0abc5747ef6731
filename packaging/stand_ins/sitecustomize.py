"""TEST ONLY, never shipped: takes away what Wine 8 lacks and aborts on when it is called.

Every interpreter of a test run imports it by itself, also those that a test starts.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import _winapi

    # shutil.copy2 looks for it and copies by hand where it is missing.
    if hasattr(_winapi, "CopyFile2"):
        del _winapi.CopyFile2
