"""The diary of the program itself, for technicians: JSON lines in the data folder, nothing else, nowhere else.

Personal data has no place in it. Callers pass codes and counts, never names; what slips through as an identity number
or a mobile phone is masked here, also inside a trace. No handler that could reach a network is ever added.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from desktop.base.paths import fault_from
from desktop.base.text import _

LOGGER_NAME = "jingwushi"
_FILE_BYTES = 2_000_000
_FILES_KEPT = 5

# Full-width digits are what an input method leaves behind.
_DIGIT = "[0-9\uff10-\uff19]"
_IDENTITY = re.compile(
    rf"(?<!{_DIGIT}){_DIGIT}{{14}}(?:{_DIGIT}{{3}}[0-9Xx\uff10-\uff19\uff38\uff58]|{_DIGIT})(?!{_DIGIT})"
)
_MOBILE = re.compile(rf"(?<!{_DIGIT})[1\uff11]{_DIGIT}{{2}}[- ]?{_DIGIT}{{4}}[- ]?{_DIGIT}{{4}}(?!{_DIGIT})")

# What every record has; anything else came in through `extra=` and is written out as a fact.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def mask_personal_data(text: str) -> str:
    """The text with identity numbers and mobile phones struck out."""
    return _MOBILE.sub("[手机号]", _IDENTITY.sub("[证件号]", text))


class PersonalDataFilter(logging.Filter):
    """Strikes personal numbers out of a record before any handler formats it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record pass, masked."""
        record.msg, record.args = mask_personal_data(record.getMessage()), None
        return True


class JsonLines(logging.Formatter):
    """One record as one line of JSON, masked as a whole, so that a trace or a fact cannot carry a number either."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        masked = {name: mask_personal_data(str(value)) for name, value in line.items() if name != "at"}
        return json.dumps({"at": line["at"]} | masked, ensure_ascii=False)


class _LogFile(RotatingFileHandler):
    """Goes on in the same file when it cannot be renamed: on Windows the window and a command may share it."""

    def doRollover(self) -> None:  # noqa: N802 - the parent's name
        try:
            super().doRollover()
        except OSError:
            if self.stream is None:
                self.stream = self._open()


def start_log(home: Path, *, level: int = logging.INFO) -> Path:
    """Sends the log of the whole process to `home/logs/jingwushi.log` and gives that path; ends an earlier one.

    Errors:  EnvironmentFault ENV-0xx when the folder cannot be made or written.
    """
    stop_log()
    path = home / "logs" / "jingwushi.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = _LogFile(path, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8")
    except OSError as error:
        raise fault_from(error, _("打开运行记录")) from error
    handler.setFormatter(JsonLines())
    handler.addFilter(PersonalDataFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    return path


def stop_log() -> None:
    """Ends the log and closes its file; harmless when none was started."""
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, _LogFile)]:
        root.removeHandler(handler)
        handler.close()


def logger(area: str) -> logging.Logger:
    """The logger of one area of the program, named after its folder: `logger("sync")`."""
    return logging.getLogger(f"{LOGGER_NAME}.{area}")
