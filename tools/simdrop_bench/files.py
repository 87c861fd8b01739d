# SPDX-License-Identifier: MIT
"""Files: read as JSON, and written as a whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import Error


def read_json(path: Path | str) -> Any:
    """What a file holds, or a sentence."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise Error(f"can't read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise Error(f"{path} is not JSON: {error}") from error


def write(path: Path, text: str) -> None:
    """Writes a file; what is no file, /dev/null say, as it comes."""
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        path = path.resolve()
        part = path.with_name(path.name + ".part")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Error(f"can't write {path}: {error.strerror}") from error
