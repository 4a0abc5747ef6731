"""Every setting of the program in one table, and the values that hold on this PC.

The settings window, the command line and the manual are made from the table. A setting belongs to this machine (a file
in the data folder), to the room (it travels with the room's records) or to the county (it is set there for all rooms).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.paths import fault_from, write_file
from desktop.base.text import LANGUAGES, N_, _

SettingValue = bool | int | str
Scope = Literal["machine", "room", "county"]

FILE_NAME = "settings.json"

# The names of roles as accounts carry them; `staff` gives them their labels and is not known down here.
_EVERYBODY = ("auxiliary", "assistant", "clerk", "officer", "mediator", "chief", "admin")
_ADMIN = ("admin",)
_ROOM = ("chief", "admin")
_COUNTY = ("county",)

_SCOPE_LABELS: Mapping[Scope, str] = MappingProxyType(
    {"machine": N_("本机"), "room": N_("本警务室"), "county": N_("县局")}
)


class Choices(NamedTuple):
    """One of these values."""

    values: tuple[SettingValue, ...]


class Span(NamedTuple):
    """A number from least to most, both included."""

    least: int
    most: int


class Shape(NamedTuple):
    """A text of this shape; `example` shows it to who typed another one."""

    pattern: str
    example: str


class Setting(NamedTuple):
    """One declared setting.

    Shape:   the type of `default` is the type of every value; `roles` may change it; `sentence` tells an officer what
             it does.
    """

    name: str
    default: SettingValue
    allowed: Choices | Span | Shape
    scope: Scope
    roles: tuple[str, ...]
    sentence: str

    @property
    def type(self) -> type[SettingValue]:
        """The type of its values."""
        return type(self.default)

    def may_change(self, roles: tuple[str, ...]) -> bool:
        """Whether an account with these roles may change it."""
        return bool(set(roles) & set(self.roles))


_YES_NO = Choices((False, True))
_DAYS = Span(1, 365)

_DECLARED = (
    Setting("language", "zh", Choices(LANGUAGES), "machine", _EVERYBODY, N_("界面使用的语言；表格和文书始终是中文。")),
    Setting("font_scale", 100, Span(80, 200), "machine", _EVERYBODY, N_("界面文字的大小，100为标准大小。")),
    Setting("list_page_size", 50, Span(10, 500), "machine", _EVERYBODY, N_("列表每页显示多少条。")),
    Setting(
        "card_address", "", Shape(r".{1,60}", "石桥村一组12号"), "machine", _ROOM,
        N_("警民联系卡上印的警务室地址。"),
    ),
    Setting(
        "card_hours", "周一至周五 8:30-17:30", Shape(r".{1,40}", "周一至周五 8:30-17:30"), "machine", _ROOM,
        N_("警民联系卡上印的接待时间。"),
    ),
    Setting(
        "card_tip", "不听 不信 不转账 有事打110", Shape(r".{1,40}", "出门记得关火断电"), "machine", _ROOM,
        N_("警民联系卡上印的一句安全提示。"),
    ),
    Setting("idle_lock_minutes", 5, Span(1, 15), "machine", _ROOM, N_("多少分钟没有操作就锁屏，要输密码才能继续。")),
    Setting("stick_only", False, _YES_NO, "machine", _ADMIN, N_("只用U盘与县局交换，程序不打开任何网络连接。")),
    Setting(
        "work_offline", False, _YES_NO, "machine", _EVERYBODY,
        N_("暂时不连网；要交换时再恢复，或用U盘。"),
    ),
    Setting(
        "registered_sticks_only", False, _YES_NO, "machine", _ADMIN,
        N_("只用县局登记过的U盘交换数据。"),
    ),
    Setting(
        "package_mib", 0, Span(0, 64), "machine", _ADMIN,
        N_("U盘上一个文件最多多少MB，过单向光闸时用；0表示不拆分。"),
    ),
    Setting(
        "server_url", "", Shape(r"https?://.+", "https://10.0.0.1:8443"), "machine", _ADMIN,
        N_("县局服务器的地址；空着就不连网。"),
    ),
    Setting(
        "backup_folder", "", Shape(r".{1,200}", r"E:\警务室备份"), "machine", _ADMIN,
        N_("每天自动备份到的第二个地方，例如另一块盘；空着就不自动备份。"),
    ),
    Setting(
        "exchange_at", "08:00", Shape(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", "08:00"), "machine", _ROOM,
        N_("每天几点自动与县局交换一次数据。"),
    ),
    Setting(
        "room_quota_mib", 4096, Span(1, 1_000_000), "machine", _COUNTY,
        N_("县局给每个警务室留多少空间，单位MiB；改动和附件都算。"),
    ),
    Setting(
        "station_name", "", Shape(r".{1,40}", "青石派出所"), "room", _ROOM,
        N_("所属派出所的名称，印在台账和文书的抬头。"),
    ),
    Setting("visit_cycle_days", 180, _DAYS, "room", _ROOM, N_("每户多少天内至少走访一次，超过就提醒。")),
    Setting("level_1_deadline_days", 1, _DAYS, "county", _COUNTY, N_("一级纠纷（当场）应在多少天内办结。")),
    Setting("level_2_deadline_days", 7, _DAYS, "county", _COUNTY, N_("二级纠纷（警务室）应在多少天内办结。")),
    Setting("level_3_deadline_days", 20, _DAYS, "county", _COUNTY, N_("三级纠纷（镇综治中心）应在多少天内办结。")),
    Setting("people_mediation_days", 30, _DAYS, "county", _COUNTY, N_("人民调解应在受理后多少天内调结。")),
    Setting("follow_up_written_days", 30, _DAYS, "county", _COUNTY, N_("书面协议生效后多少天内回访。")),
    Setting("follow_up_oral_days", 7, _DAYS, "county", _COUNTY, N_("口头协议达成后多少天内回访。")),
    Setting("hazard_due_days", 15, _DAYS, "county", _COUNTY, N_("隐患限期整改最长多少天。")),
    Setting("request_due_days", 15, _DAYS, "county", _COUNTY, N_("诉求应在多少天内办结。")),
    Setting(
        "statistics_cut_day", 0, Span(0, 28), "county", _COUNTY,
        N_("月报统计到每月几日为止；0表示按自然月统计到月底。"),
    ),
)  # fmt: skip

SETTINGS: Mapping[str, Setting] = MappingProxyType({setting.name: setting for setting in _DECLARED})


def declared(name: str) -> Setting:
    """The declaration of a setting.

    Errors:  RuleBroken SET-001 when there is none of that name; it offers the nearest ones.
    """
    if name in SETTINGS:
        return SETTINGS[name]
    import difflib  # noqa: PLC0415 - not before the first paint

    near = difflib.get_close_matches(name, SETTINGS, n=3, cutoff=0.5)
    sentence = _("没有名为“{name}”的设置，什么都没有改。").format(name=name)
    if near:
        sentence += _("你是不是要找：{near}？").format(near="、".join(near))
    raise RuleBroken("SET-001", sentence, name=name, near=tuple(near))


def check_value(name: str, value: object) -> SettingValue:
    """The value in the type of its setting; text from a command or a form is read in.

    Errors:  RuleBroken SET-001 for an unknown name, SET-002 for a value that is not allowed.
    """
    setting = declared(name)
    try:
        typed = _typed(setting, value)
        _demand_allowed(setting, typed)
    except ValueError as error:
        sentence = _("“{name}”没有改：{reason}").format(name=name, reason=error)
        raise RuleBroken(
            "SET-002", sentence, fields=(FieldProblem(name, "SET-002", str(error)),), name=name
        ) from error
    return typed


def _typed(setting: Setting, value: object) -> SettingValue:
    if isinstance(value, str):
        return _read_in(setting, unicodedata.normalize("NFKC", value).strip())
    # True is an int to Python, so the types are compared and not asked for.
    if type(value) is setting.type and isinstance(value, bool | int):
        return value
    raise ValueError(_("值的类型不对。"))


def _read_in(setting: Setting, text: str) -> SettingValue:
    if setting.type is bool:
        for answer, words in ((True, ("true", "1", "是", "开")), (False, ("false", "0", "否", "关"))):
            if text.lower() in words:
                return answer
        raise ValueError(_("请填是或否。"))
    if setting.type is int:
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", text):
            raise ValueError(_("请填整数。"))
        return int(text)
    return text


def _demand_allowed(setting: Setting, value: SettingValue) -> None:
    allowed = setting.allowed
    if isinstance(allowed, Choices):
        if value not in allowed.values:
            shown = "、".join(str(one) for one in allowed.values)
            raise ValueError(_("只能填：{choices}。").format(choices=shown))
    elif isinstance(allowed, Span):
        if not (isinstance(value, int) and allowed.least <= value <= allowed.most):
            raise ValueError(_("应在{least}到{most}之间。").format(least=allowed.least, most=allowed.most))
    elif not _has_shape(setting, allowed, str(value)):
        raise ValueError(_("应写成这样：{example}。").format(example=allowed.example))


def _has_shape(setting: Setting, allowed: Shape, value: str) -> bool:
    if value == setting.default == "":
        return True
    if not re.fullmatch(allowed.pattern, value):
        return False
    return setting.name != "server_url" or is_server_address(value)


def is_server_address(value: str) -> bool:
    """A host over TLS without credentials; in the clear only within this PC, for trials."""
    try:
        parts = urlsplit(value)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None or parts.query or parts.fragment or not port_is_right:
        return False
    return parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1", "::1"}


class Settings:
    """The values that hold on this PC: its own file, and what room and county handed in.

    A stored value that this version does not allow counts as not set, so that a newer county cannot stop a room; it
    is kept where it is and told in `problems`.
    """

    def __init__(
        self,
        home: Path,
        *,
        room: Mapping[str, object] = MappingProxyType({}),
        county: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        self._path = home / FILE_NAME
        self.problems: list[str] = []
        self._machine = self._read()
        self.hand_in(room, county)

    def hand_in(self, room: Mapping[str, object], county: Mapping[str, object]) -> None:
        """Takes the values that room and county hold now."""
        self._sources: Mapping[Scope, Mapping[str, object]] = {
            "machine": self._machine,
            "room": room,
            "county": county,
        }
        for name in SETTINGS:
            self._tell_problem(name)

    def get(self, name: str) -> SettingValue:
        """The value that holds now, or the default.

        Errors:  RuleBroken SET-001 when there is no such setting.
        """
        setting = declared(name)
        stored = self._sources[setting.scope].get(name)
        if stored is None:
            return setting.default
        try:
            return check_value(name, stored)
        except RuleBroken:
            # Told in `problems`; see the class.
            return setting.default

    def flag(self, name: str) -> bool:
        """The value of a yes-or-no setting."""
        return bool(self.get(name))

    def whole(self, name: str) -> int:
        """The value of a setting that counts."""
        return int(self.get(name))

    def text(self, name: str) -> str:
        """The value of a text setting."""
        return str(self.get(name))

    def set(self, name: str, value: object) -> SettingValue:
        """Stores a setting of this machine and gives the value as it now holds.

        Who may change it is asked before, with `Setting.may_change`; room and county values travel as records.

        Errors:  RuleBroken SET-001, SET-002; SET-003 when it is not this machine's. EnvironmentFault ENV-0xx.
        """
        setting = declared(name)
        if setting.scope != "machine":
            sentence = _("“{name}”由{owner}统一设置，不能只在这台电脑上改。")
            owner = _(_SCOPE_LABELS[setting.scope])
            raise RuleBroken(
                "SET-003", sentence.format(name=name, owner=owner), name=name, scope=setting.scope
            )
        typed = check_value(name, value)
        self._write(self._machine | {name: typed})
        return typed

    def reset(self, name: str) -> SettingValue:
        """Goes back to the default of a setting of this machine.

        Errors:  RuleBroken SET-001, SET-003; EnvironmentFault ENV-0xx.
        """
        return self.set(name, declared(name).default)

    def _read(self) -> dict[str, object]:
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise fault_from(error, _("读取设置")) from error
        except ValueError:
            content = None
        if isinstance(content, dict):
            return content
        self._put_aside()
        return {}

    def _put_aside(self) -> None:
        """A damaged file must not keep an officer out; it stays beside the new one for a technician."""
        try:
            self._path.replace(self._path.with_name(FILE_NAME + ".damaged"))
        except OSError as error:
            raise fault_from(error, _("读取设置")) from error
        self.problems.append(_("本机的设置文件损坏，已改用默认设置；原文件保留在旁边。请检查各项设置。"))

    def _write(self, content: dict[str, object]) -> None:
        text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)
        write_file(self._path, text.encode("utf-8"), doing=_("保存设置"))
        # Only what is on the disk holds.
        self._machine.clear()
        self._machine.update(content)

    def _tell_problem(self, name: str) -> None:
        stored = self._sources[SETTINGS[name].scope].get(name)
        if stored is None:
            return
        try:
            check_value(name, stored)
        except RuleBroken as broken:
            if broken.sentence not in self.problems:
                self.problems.append(broken.sentence)
