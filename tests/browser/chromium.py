"""Which Chromium the page is tested in: ``python -m tests.browser.chromium`` prints its path.

Exits with 1 where there is none. Needs no package beside the standard library.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """Return the path of the first Chromium that starts, or None."""
    return next(filter(_starts, filter(None, map(shutil.which, NAMES))), None)


def _starts(path: str) -> bool:
    # Ubuntu has a command of this name that only says how to install the browser.
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    found = find_chromium()
    if found is None:
        sys.exit(1)
    print(found)
