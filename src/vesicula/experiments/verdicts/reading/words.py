"""Headings and labels of the executable review, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from vesicula.evidence.remarks import headings_zh

LANGUAGES = ("en", "zh")

_WORDS: dict[str, tuple[str, str]] = {
    "review": ("An executable review", "可执行综述"),
    "intro": (
        "Every statement of the review in the order of the article: how we read it, what in the library carries it, "
        "the experiment that tests it, and what that experiment showed.",
        "按原文顺序逐条列出综述的每个论断：我们的理解、库中承载它的规则与数值、检验它的虚拟实验，以及实验的结果。",
    ),
    "claims": ("claims", "条论断"),
    "runnable": ("mechanisms and interventions", "条机制与干预论断"),
    "carried": ("of them carried by the library", "条已由库承载"),
    "planned": ("claims with an experiment written", "条已写有实验"),
    "judged": ("claims with a verdict", "条已有判定"),
    "shown": ("shown by a run: predicted or composed", "条由运行得出（预测或组合）"),
    "no_model": (
        "The reference model {model} is not in the library yet, so nothing of it was run: holes are shown as holes.",
        "参考模型 {model} 尚未写入库，因此尚无运行结果；缺口如实标出。",
    ),
    "no_board": (
        "No verdicts are stored for {model} yet. To make them:",
        "{model} 尚无已保存的判定。生成命令：",
    ),
    "board": ("Verdicts stored {date}, Vesicula {version}.", "判定保存于 {date}，Vesicula {version}。"),
    "overtaken": (
        "The software's numbers have changed since these verdicts were stored: they wait to be run again.",
        "保存这些判定之后，软件的数值已有改变：判定待重新运行。",
    ),
    "contents": ("Contents", "目录"),
    "search": ("Search", "检索"),
    "kind": ("kind", "类别"),
    "standing": ("in the library", "库中状态"),
    "verdict": ("verdict", "判定"),
    "all": ("all", "全部"),
    "of": ("of", "/"),
    "line": ("line", "原文行"),
    "lines": ("lines", "原文行"),
    "parts": ("made of", "组成部件"),
    "references": ("references", "参考文献"),
    "sender": ("from", "发送者"),
    "carrier": ("by", "载体"),
    "recipient": ("to", "接受者"),
    "chain": ("Chain", "作用链"),
    "added": ("added by us: not in the review", "综述未写，由我们补充"),
    "doubts": ("Doubts", "疑点"),
    "printed": ("As printed", "原文所写"),
    "corrected": ("As corrected", "更正后"),
    "carriers": ("Carried by", "库中承载"),
    "more": ("{n} more", "另有 {n} 处"),
    "reason": ("Why not", "未承载原因"),
    "software": ("To build", "软件设计"),
    "experiment": ("Experiment", "实验"),
    "idea": ("The test, as the ledger puts it", "检验方案（台账）"),
    "against": ("against", "对照"),
    "readout": ("read-out", "读数"),
    "where": ("place", "器皿与场所"),
    "start": ("at the start", "起始"),
    "always": ("in every arm", "各组相同"),
    "baseline": ("baseline", "对照组"),
    "perturbation": ("perturbation", "处理组"),
    "nothing": ("nothing is done", "不作处理"),
    "measure": ("measure", "测量"),
    "text": ("text of the experiment", "实验全文"),
    "files": ("Texts of the experiments", "实验全文"),
    "interval": ("of {n} draws", "（{n} 次抽样）"),
    "effect": ("effect", "效应"),
    "draws_of": ("draws that agree", "一致的抽样"),
    "study": ("Study", "原始研究"),
    "values": ("Values", "数值"),
    "check": ("Structural check", "结构检查"),
    "holds": ("holds in {model}", "在 {model} 中成立"),
    "lacks": ("{model} lacks {what}", "{model} 缺少 {what}"),
    "not_about": ("{model} has nothing that it is about", "{model} 不含其对象"),
    "restates": ("Restates", "重述"),
    "restated_by": ("Restated by", "被重述于"),
    "conflict": ("Contradiction", "矛盾"),
    "map": ("condition map", "条件图"),
    "loop": ("Loop", "反馈环"),
    "template": ("Template to run", "可运行模板"),
    "needs": ("Needs", "尚需"),
    "contradictions": ("Contradictions of the review", "综述中的矛盾"),
    "loops": ("Feedback loops", "反馈环"),
    "closed": ("closed in the review itself", "综述自身已闭合"),
    "open": ("closed only by joining its claims", "由各论断相接而成"),
    "notes": ("Notes on the review", "关于综述的说明"),
    "english": ("Doubts, reasons and sentences of models stand as written.", "疑点、原因及模型语句保留英文原文。"),
    "k.mechanism": ("mechanism", "机制"),
    "k.intervention": ("intervention", "干预"),
    "k.definition": ("definition", "定义"),
    "k.quantity": ("quantity", "数量"),
    "k.clinical": ("clinical", "临床"),
    "k.outlook": ("outlook", "展望"),
    "t.mechanism": ("tested by an experiment", "以实验检验"),
    "t.intervention": ("tested by an experiment", "以实验检验"),
    "t.definition": ("checked in the structure of a model, never run", "只在模型结构中检查，不运行"),
    "t.quantity": ("a dated reference value or an input; never “reproduced”", "有日期的参考值或输入，不称“重现”"),
    "t.clinical": ("the best verdict is that a stand-in agrees (proxy)", "至多判为“代理一致”"),
    "t.outlook": ("an open question with a template instead of a verdict", "开放问题：给出可运行模板，不作判定"),
    "s.carried": ("carried", "已承载"),
    "s.carried by claims it restates": ("carried by claims it restates", "由所重述的论断承载"),
    "s.left out with a reason": ("left out with a reason", "有理由未承载"),
    "s.only listed": ("only listed", "仅列出"),
    "s.not carried": ("not carried", "未承载"),
    "v.reproduced": ("reproduced", "重现"),
    "v.fragile": ("fragile", "不稳固"),
    "v.opposite": ("opposite", "相反"),
    "v.not reproduced": ("not reproduced", "未重现"),
    "v.untestable": ("untestable", "无法检验"),
    "v.proxy": ("proxy agrees", "代理一致"),
    "v.waiting": ("not run yet", "尚未运行"),
    "v.none": ("no verdict", "无判定"),
    "p.predicted": ("predicted: shown without the evidence of this claim", "预测：不依赖本论断的证据"),
    "p.composed": ("composed: needs other claims too", "组合：还需其他论断"),
    "p.encoded": ("encoded: rests on this claim alone", "编码：仅依赖本论断"),
    "b.wiring": ("the signs of the paths alone decide it", "仅由通路符号决定"),
    "b.run": ("a threshold, an amount, a loop or opposing paths decide it", "由阈值、数量、回路或相反通路决定"),
    "chance": ("models with scrambled signs agree in {share}", "符号打乱的模型中 {share} 与之一致"),
    "w.needs": ("Not testable yet: {what}", "尚无法检验：{what}"),
    "w.waiting": ("Its experiment is written and has no stored verdict.", "实验已写好，尚无保存的判定。"),
    "w.broken": ("Its experiment file cannot be read: {why}", "实验文件无法读取：{why}"),
    "w.restated": ("Scored once, with the claim that it restates.", "与所重述的论断合并判定一次。"),
    "w.unwritten": ("The ledger describes a test; no experiment is written yet.", "台账写有检验方案，实验尚未编写。"),
    "w.nothing": ("The ledger describes no test.", "台账未写检验方案。"),
    "w.model": ("The reference model is not in the library yet.", "参考模型尚未写入库。"),
    "w.definition": ("Definitions get no verdict.", "定义不作判定。"),
    "w.quantity": ("Quantities get no verdict.", "数量不作判定。"),
    "w.outlook": ("Open questions get no verdict.", "开放问题不作判定。"),
}  # fmt: skip


def words(lang: str) -> Mapping[str, str]:
    """Label -> its words in a language of `LANGUAGES`."""
    column = LANGUAGES.index(lang)
    return MappingProxyType({key: both[column] for key, both in _WORDS.items()})


def headings(ledger: str, sections: Mapping[str, str], lang: str) -> Mapping[str, str]:
    """Section key -> heading; Chinese ones from the library, English where a heading is not translated."""
    if lang == "en":
        return sections
    return {**sections, **headings_zh().get(ledger, {})}
