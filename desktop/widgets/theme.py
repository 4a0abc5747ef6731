"""The one place for colours, sizes and fonts: calm blue on white, compact, readable at every font scale.

A state is told by a sign, a word and a colour, never by colour alone. Sizes are given for 100 % and grow with the
font scale of the settings (100, 125, 150, 200 %); the scaling of Windows comes on top and is Qt's business.
"""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Final, NamedTuple

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from desktop.base.paths import resources_folder
from desktop.base.text import N_, _

FONT_SCALES: Final = (100, 125, 150, 200)
LEAST_SCALE: Final = 80
MOST_SCALE: Final = 200
# From here on in per cent names stand above values, and what is only a reminder gives way.
LARGE_SCALE: Final = 150
RESOURCES: Final = resources_folder()

COLOURS: Final[dict[str, str]] = {
    "page": "#F3F6FB",
    "card": "#FFFFFF",
    "raised": "#F8FAFD",
    "line": "#D6E0EC",
    "line_strong": "#B4C4D8",
    "text": "#1A2B42",
    "text_soft": "#495B74",
    "text_faint": "#5A6A80",
    "blue": "#1F5FA8",
    "blue_dark": "#174A85",
    "blue_deep": "#15386B",
    "blue_deeper": "#102C56",
    "blue_light": "#E6F0FB",
    "blue_hover": "#2B70C0",
    "on_deep": "#E8F0FB",
    "on_deep_soft": "#A9C1E2",
    "ok": "#1B7A4B",
    "ok_light": "#E5F5EC",
    "warn": "#8F5300",
    "warn_light": "#FFF3DB",
    "warn_line": "#E5B567",
    "bad": "#B3261E",
    "bad_light": "#FDECEA",
    "bad_line": "#E3A29D",
    "practice": "#7A4B00",
    "practice_light": "#FFE3A8",
    "select": "#D5E6FA",
}

# In pixels at 100 %.
SIZES: Final[dict[str, int]] = {
    "tiny": 12,
    "small": 13,
    "body": 14,
    "lead": 16,
    "title": 20,
    "huge": 28,
    "control": 32,
    "row": 30,
}

_SYSTEM_FAMILIES: Final = (
    "Microsoft YaHei UI",
    "Microsoft YaHei",
    "PingFang SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "WenQuanYi Micro Hei",
)
_RARE_FAMILIES: Final = ("SimSun-ExtB", "SimSun-ExtG", "HanaMinB", "HanaMinA")


class Mark(NamedTuple):
    """How one state looks everywhere: sign, word, and the names of its colours."""

    sign: str
    word: str
    colour: str
    light: str

    @property
    def text(self) -> str:
        """Sign and word, as it stands in a list."""
        return f"{self.sign} {_(self.word)}"


MARKS: Final[dict[str, Mark]] = {
    "ok": Mark("✓", N_("正常"), "ok", "ok_light"),
    "todo": Mark("○", N_("待办"), "blue", "blue_light"),
    "due": Mark("●", N_("今天到期"), "warn", "warn_light"),
    "late": Mark("▲", N_("已超期"), "bad", "bad_light"),
    "void": Mark("✕", N_("已作废"), "text_faint", "page"),
    "conflict": Mark("◆", N_("待处理"), "warn", "warn_light"),
    "info": Mark("■", N_("提示"), "blue", "blue_light"),
    "warn": Mark("▲", N_("注意"), "warn", "warn_light"),
    "bad": Mark("✕", N_("有问题"), "bad", "bad_light"),
    "practice": Mark("◇", N_("演练"), "practice", "practice_light"),
}


class Theme:
    """The look in force: family and scale. One per process, because a style sheet is."""

    def __init__(self, family: str = "", scale: int = 100) -> None:
        self.family = family
        self.scale = scale

    def px(self, pixels: float) -> int:
        """A length of the 100 % design at the chosen font scale."""
        return max(1, round(pixels * self.scale / 100))

    def size(self, name: str) -> int:
        """A named size at the chosen font scale."""
        return self.px(SIZES[name])


process_theme: Final = Theme()


def px(pixels: float) -> int:
    """A length of the 100 % design at the chosen font scale."""
    return process_theme.px(pixels)


def colour(name: str) -> QColor:
    """A colour by its name in the table."""
    return QColor(COLOURS[name])


def install_theme(app: QApplication, *, scale: int = 100, fonts: Path | None = None) -> None:
    """Dresses the whole application; call again when the scale changes."""
    process_theme.scale = max(LEAST_SCALE, min(scale, MOST_SCALE))
    if not process_theme.family:
        process_theme.family = choose_family(fonts or RESOURCES / "fonts")
    font = QFont()
    font.setFamilies([process_theme.family, *_RARE_FAMILIES])
    font.setPixelSize(process_theme.size("body"))
    app.setFont(font)
    app.setPalette(_palette())
    app.setStyleSheet(style_sheet())


def choose_family(fonts: Path) -> str:
    """A sans serif family with Chinese: the system's own, else the bundled one."""
    for family in _SYSTEM_FAMILIES:
        if QFontDatabase.hasFamily(family):
            return family
    number = QFontDatabase.addApplicationFont(str(fonts / "NotoSansSC-Regular.ttf"))
    found = QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    return found[0] if found else QFont().family()


def _palette() -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: "page",
        QPalette.ColorRole.Base: "card",
        QPalette.ColorRole.AlternateBase: "raised",
        QPalette.ColorRole.WindowText: "text",
        QPalette.ColorRole.Text: "text",
        QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.Button: "card",
        QPalette.ColorRole.ToolTipBase: "card",
        QPalette.ColorRole.ToolTipText: "text",
        QPalette.ColorRole.Highlight: "select",
        QPalette.ColorRole.HighlightedText: "text",
        QPalette.ColorRole.PlaceholderText: "text_faint",
        QPalette.ColorRole.Link: "blue",
    }
    for role, name in roles.items():
        palette.setColor(role, colour(name))
    disabled = QPalette.ColorGroup.Disabled
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        palette.setColor(disabled, role, colour("text_faint"))
    return palette


def dress(widget: QWidget, **properties: str) -> None:
    """Sets style properties (`kind`, `look`, `state`) and lets the style sheet see them."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def style_sheet() -> str:
    """The style sheet for the whole application at the chosen scale."""
    lengths = {f"px{number}": f"{px(number)}px" for number in range(1, 65)}
    sizes = {f"size_{name}": f"{px(value)}px" for name, value in SIZES.items()}
    arrow = (RESOURCES / "icons" / "arrow-down.svg").as_posix()
    tick = (RESOURCES / "icons" / "tick.svg").as_posix()
    facts = {**COLOURS, **lengths, **sizes, "arrow": arrow, "tick": tick}
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(facts)


_TEMPLATE: Final = RESOURCES / "theme" / "window.qss"
