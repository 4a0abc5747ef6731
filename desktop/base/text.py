"""Interface text: Chinese is the source language, `_()` looks up the chosen one.

The catalogue is compiled to `resources/locale/<lang>/LC_MESSAGES/jingwushi.mo`. Statutory wording and
whatever stands on paper never pass through here: paper is Chinese always.
"""

from __future__ import annotations

import gettext
from pathlib import Path

DOMAIN = "jingwushi"
LANGUAGES = ("zh", "en")

_process_translations: list[gettext.NullTranslations] = []


def use_language(language: str, locale_folder: Path) -> None:
    """Sets the language of the whole process.

    Errors:  ValueError when the language is not one of `LANGUAGES`.
    """
    if language not in LANGUAGES:
        raise ValueError(language)
    _process_translations.clear()
    if language != "zh":
        _process_translations.append(
            gettext.translation(DOMAIN, localedir=str(locale_folder), languages=[language])
        )


def _(message: str) -> str:
    """The message in the chosen language; the Chinese itself when none is chosen."""
    return _process_translations[0].gettext(message) if _process_translations else message


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Marks a message for the catalogue and leaves it as it is: for text in declarations, translated when shown."""
    return message
