"""Logical networks in SBML with the package `qual`, by libSBML."""

from __future__ import annotations

from functools import reduce
from importlib import import_module
from typing import Any

from vesicula.sbml.logic import FALSE, TRUE, Formula, Illogical, LogicNode, joined
from vesicula.sbml.refused import Refusal


class _Qual:
    """Reads one logical model."""

    def __init__(self, sbml: Any, model: Any) -> None:
        self.sbml, self.model, self.plugin = sbml, model, model.getPlugin("qual")
        self.refused: list[Refusal] = []
        self.thresholds: dict[str, int] = {}

    def refuse(self, one: Any, what: str, remedy: str) -> None:
        """Keep why the file is refused."""
        self.refused.append(Refusal(what, remedy, max(int(one.getLine()), 1)))

    def whole(self) -> tuple[LogicNode, ...]:
        """All nodes. Raises Illogical."""
        formulas: dict[str, Formula] = {}
        for transition in self.plugin.getListOfTransitions():
            self.inputs(transition)
            found = self.function(transition)
            for output in transition.getListOfOutputs():
                name = output.getQualitativeSpecies()
                if output.getTransitionEffect() == self.sbml.OUTPUT_TRANSITION_EFFECT_PRODUCTION:
                    self.refuse(output, f"`{name}` is produced, not set", "write `assignmentLevel`")
                formulas[name] = found
        nodes: list[LogicNode] = []
        for one in self.plugin.getListOfQualitativeSpecies():
            if one.isSetMaxLevel() and one.getMaxLevel() > 1:
                remedy = "split it into nodes of two levels (GINsim does it: Booleanize)"
                self.refuse(one, f"`{one.getId()}` has {one.getMaxLevel() + 1} levels", remedy)
            start = float(one.getInitialLevel()) if one.isSetInitialLevel() else None
            nodes.append(LogicNode(one.getId(), formulas.get(one.getId()), one.getLine(), start))
        if self.refused:
            raise Illogical(tuple(self.refused))
        return tuple(nodes)

    def inputs(self, transition: Any) -> None:
        """Levels that ids of inputs stand for; an input that is consumed is refused."""
        for one in transition.getListOfInputs():
            if one.getTransitionEffect() == self.sbml.INPUT_TRANSITION_EFFECT_CONSUMPTION:
                self.refuse(one, f"`{one.getQualitativeSpecies()}` is consumed", "write `none`")
            if one.isSetId() and one.isSetThresholdLevel():
                self.thresholds[one.getId()] = one.getThresholdLevel()

    def function(self, transition: Any) -> Formula:
        """When the outputs of a transition are at level 1."""
        default = transition.getDefaultTerm()
        level = default.getResultLevel() if default is not None else 0
        wanted = 0 if level else 1
        terms = [one for one in transition.getListOfFunctionTerms() if one.getResultLevel() == wanted]
        found = joined("or", *(self.formula(one, one.getMath()) for one in terms))
        return joined("not", found) if level else found

    def formula(self, one: Any, node: Any) -> Formula:
        """A condition as a formula; FALSE after a refusal."""
        names = self.sbml
        kind = node.getType() if node is not None else None
        if kind == names.AST_CONSTANT_TRUE:
            return TRUE
        if kind == names.AST_CONSTANT_FALSE:
            return FALSE
        parts = {names.AST_LOGICAL_AND: "and", names.AST_LOGICAL_OR: "or", names.AST_LOGICAL_NOT: "not"}
        inner = [] if node is None else [node.getChild(i) for i in range(node.getNumChildren())]
        if kind in parts:
            return joined(parts[kind], *(self.formula(one, each) for each in inner))
        if kind == names.AST_LOGICAL_XOR:
            return reduce(_either, (self.formula(one, each) for each in inner), FALSE)
        found = self.compared(kind, inner) if len(inner) == 2 else None
        if found is None:
            what = "a condition is more than comparisons of levels joined by and, or, not"
            self.refuse(one, what, "write it so")
            return FALSE
        return found

    def compared(self, kind: int | None, inner: list[Any]) -> Formula | None:
        """`A ≥ 1` and the like: whether A is on, off, always or never."""
        sides = [self.level(each) for each in inner]
        name = next((each.getName() for each, level in zip(inner, sides, strict=True) if level is None), None)
        level = next((one for one in sides if one is not None), None)
        if name is None or level is None:
            return None
        names = self.sbml
        laws = {
            names.AST_RELATIONAL_EQ: lambda a, b: a == b, names.AST_RELATIONAL_NEQ: lambda a, b: a != b,
            names.AST_RELATIONAL_GEQ: lambda a, b: a >= b, names.AST_RELATIONAL_GT: lambda a, b: a > b,
            names.AST_RELATIONAL_LEQ: lambda a, b: a <= b, names.AST_RELATIONAL_LT: lambda a, b: a < b,
        }  # fmt: skip
        if kind not in laws:
            return None
        turned = sides[0] is not None
        off, on = ((laws[kind](level, x) if turned else laws[kind](x, level)) for x in (0, 1))
        one = Formula("name", name=name)
        return {(True, True): TRUE, (False, False): FALSE, (False, True): one}.get((off, on), joined("not", one))

    def level(self, node: Any) -> int | None:
        """The number that a side of a comparison is, None for a node."""
        if node.isNumber():
            return int(node.getValue())
        return self.thresholds.get(node.getName())


def _either(a: Formula, b: Formula) -> Formula:
    return joined("or", joined("and", a, joined("not", b)), joined("and", joined("not", a), b))


def read_qual(content: str) -> tuple[LogicNode, ...]:
    """The nodes of an SBML file with the package `qual`. Raises Illogical; ImportError without libSBML."""
    libsbml = import_module("libsbml")
    model = libsbml.readSBMLFromString(content).getModel()
    if model is None or model.getPlugin("qual") is None:
        remedy = "networks of rates are read by `sbml:`"
        raise Illogical((Refusal("there is no logical network in it", remedy, 1),))
    return _Qual(libsbml, model).whole()
