"""The code lists of disputes and people's mediation (DOMAIN appendix B); a used code never gets another meaning."""

from __future__ import annotations

from desktop.base.documents import DOCUMENT_TYPES
from desktop.base.text import N_
from desktop.database.codes import CodeList
from desktop.mediation.dispute_types import MEDIATION_TYPES, ROOM_TYPES, TYPES

CODES: tuple[CodeList, ...] = (
    CodeList(
        "dispute_state",
        N_("纠纷状态"),
        {
            "D0": N_("草稿"),
            "D1": N_("已登记"),
            "D2": N_("已受理"),
            "D2x": N_("不予受理"),
            "D3": N_("已分级"),
            "D4": N_("调解中"),
            "D5": N_("已达成"),
            "D5x": N_("调解不成"),
            "D6": N_("待签字"),
            "D7": N_("已生效"),
            "D8": N_("履行中"),
            "D9": N_("已履行"),
            "D9x": N_("逾期未履行"),
            "D10": N_("待回访"),
            "D11": N_("已回访"),
            "D12": N_("已归档"),
            "Dq": N_("撤回"),
            "Dk": N_("转案件"),
        },
    ),
    CodeList(
        "dispute_source",
        N_("纠纷来源"),
        {
            "01": N_("走访"),
            "02": N_("巡逻"),
            "03": N_("群众来访求助"),
            "04": N_("110流转"),
            "05": N_("12345流转"),
            "06": N_("村干部/网格员"),
            "07": N_("上级交办"),
            "08": N_("电话"),
            "09": N_("单位移送"),
            "99": N_("其他"),
        },
    ),
    CodeList("dispute_type", N_("纠纷类型"), {item.code: item.label for item in TYPES}),
    CodeList("mediation_statistics_type", N_("人民调解统计类型"), dict(MEDIATION_TYPES)),
    CodeList("room_statistics_type", N_("警务室常用类型"), dict(ROOM_TYPES)),
    CodeList(
        "dispute_scale", N_("规模"), {"01": N_("个体性"), "02": N_("一般群体性"), "03": N_("重大群体性")}
    ),
    CodeList("dispute_risk", N_("风险等级"), {"1": N_("低"), "2": N_("中"), "3": N_("高")}),
    CodeList(
        "dispute_level",
        N_("分级"),
        {"1": N_("一级 当场"), "2": N_("二级 警务室"), "3": N_("三级 镇综治中心")},
    ),
    CodeList(
        "dispute_result",
        N_("结果"),
        {
            "10": N_("成功-口头"),
            "11": N_("成功-书面"),
            "20": N_("不成"),
            "30": N_("移送"),
            "40": N_("撤回"),
            "50": N_("转案件"),
        },
    ),
    CodeList(
        "mediation_kind",
        N_("化解方式"),
        {
            "1": N_("治安调解"),
            "2": N_("现场治安调解"),
            "3": N_("人民调解"),
            "4": N_("联合调解"),
            "5": N_("庭审式调解"),
            "6": N_("劝导和解"),
            "9": N_("引导诉讼仲裁"),
        },
    ),
    CodeList("party_type", N_("当事人类别"), {"1": N_("自然人"), "2": N_("单位")}),
    CodeList("party_role", N_("身份"), {"1": N_("申请人"), "2": N_("被申请人"), "3": N_("第三人")}),
    CodeList("sex", N_("性别"), {"1": N_("男"), "2": N_("女")}),
    CodeList("id_type", N_("证件种类"), dict(DOCUMENT_TYPES)),
    CodeList(
        "representative_authority",
        N_("代理权限"),
        {
            "1": N_("提出或结束调解"),
            "2": N_("提供证据"),
            "3": N_("选择调解员"),
            "4": N_("承认、变更、放弃请求"),
            "5": N_("签署文书"),
            "6": N_("收取文书"),
            "9": N_("其他"),
        },
    ),
    CodeList(
        "people_mediation_state",
        N_("调解状态"),
        {
            "accepted": N_("已受理"),
            "mediating": N_("调解中"),
            "to_sign": N_("待签字"),
            "in_effect": N_("已生效"),
            "performing": N_("履行中"),
            "performed": N_("已履行"),
            "closed": N_("已结案"),
            "terminated": N_("已终止"),
        },
    ),
    CodeList(
        "people_case_source",
        N_("案件来源"),
        {
            "1": N_("当事人申请"),
            "2": N_("主动调解"),
            "3": N_("公安移交（委托）"),
            "4": N_("法院委托"),
            "5": N_("信访/其他部门委托"),
        },
    ),
    CodeList("procedure", N_("程序"), {"1": N_("简易"), "2": N_("普通"), "3": N_("司法确认")}),
    CodeList("rights_notice", N_("权利义务告知"), {"1": N_("书面告知已签收"), "2": N_("口头告知已记录")}),
    CodeList("agreement_form", N_("协议形式"), {"1": N_("书面"), "2": N_("口头")}),
    CodeList(
        "session_result",
        N_("本次结果"),
        {"1": N_("达成一致"), "2": N_("未达成一致"), "3": N_("另行约定时间")},
    ),
    CodeList(
        "performance_manner",
        N_("履行方式"),
        {"1": N_("当场履行"), "2": N_("限期一次履行"), "3": N_("分期履行"), "4": N_("作出或停止某种行为")},
    ),
    CodeList(
        "performance",
        N_("履行情况"),
        {
            "1": N_("当场"),
            "2": N_("已履行"),
            "3": N_("部分"),
            "4": N_("未到期"),
            "5": N_("逾期"),
            "6": N_("争议已诉讼"),
        },
    ),
    CodeList(
        "court_confirmation",
        N_("司法确认"),
        {"0": N_("未申请"), "1": N_("已申请"), "2": N_("已确认"), "3": N_("驳回")},
    ),
    CodeList(
        "prevented_escalation",
        N_("防止激化"),
        {"1": N_("防止自杀"), "2": N_("防止转为刑事案件"), "3": N_("防止群体上访"), "4": N_("防止械斗")},
    ),
    CodeList(
        "termination_reason",
        N_("终止原因"),
        {
            "1": N_("当事人不愿继续"),
            "2": N_("未达成一致"),
            "3": N_("一方缺席"),
            "4": N_("已提起诉讼或仲裁"),
            "5": N_("矛盾激化，转公安处理"),
            "6": N_("当事人撤回"),
            "9": N_("其他"),
        },
    ),
    CodeList("retention", N_("保管期限"), {"1": N_("短期"), "2": N_("长期（10年）"), "3": N_("永久")}),
    CodeList("callback_mode", N_("回访方式"), {"1": N_("上门"), "2": N_("电话"), "3": N_("约见")}),
    CodeList(
        "satisfaction",
        N_("满意度"),
        {
            "5": N_("非常满意"),
            "4": N_("满意"),
            "3": N_("基本满意"),
            "2": N_("不满意"),
            "1": N_("非常不满意"),
            "0": N_("未表态"),
        },
    ),
)
