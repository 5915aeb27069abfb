"""The rule engines that a Python shop would pick instead, each in its fairest use, behind a dictionary of event names.

Each takes the rules and returns what answers an event with the numbers of the rules that hold, in any order.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

from tests.benchmarks.rule_workload import Asked, Happening, PlainRule

Answering: TypeAlias = Callable[[Happening], Iterable[int]]

_JSON_LOGIC: Final = {"is": "==", "at_least": ">=", "below": "<", "in": "in"}
_SIGNS: Final = {"is": "==", "at_least": ">=", "below": "<", "in": "in"}


def by_name(rules: Sequence[PlainRule]) -> dict[str, list[PlainRule]]:
    found: dict[str, list[PlainRule]] = {}
    for rule in rules:
        found.setdefault(rule.event, []).append(rule)
    return found


def zen_expressions(rules: Sequence[PlainRule]) -> Answering:
    import zen

    compiled = {
        name: [(rule.number, zen.compile_expression(_infix(rule, " and "))) for rule in some]
        for name, some in by_name(rules).items()
    }

    def answer(event: Happening) -> list[int]:
        plain = event.plain
        return [number for number, test in compiled.get(event.event, ()) if test.evaluate(plain)]

    return answer


def zen_tables(rules: Sequence[PlainRule]) -> Answering:
    """One decision table for each event name, which collects every row that applies."""
    import zen

    engine = zen.ZenEngine()
    tables = {name: engine.create_decision(json.dumps(_zen_table(some))) for name, some in by_name(rules).items()}

    def answer(event: Happening) -> list[int]:
        table = tables.get(event.event)
        return [row["number"] for row in table.evaluate(event.plain)["result"]] if table else []

    return answer


def cel_programs(rules: Sequence[PlainRule]) -> Answering:
    import cel

    compiled = {
        name: [(rule.number, cel.compile(_infix(rule, " && "))) for rule in some]
        for name, some in by_name(rules).items()
    }

    def answer(event: Happening) -> list[int]:
        context = cel.Context(event.plain)
        return [number for number, test in compiled.get(event.event, ()) if test.execute(context)]

    return answer


def clips_network(rules: Sequence[PlainRule]) -> Answering:
    """The whole of it in one RETE network, event names too: it is made for that."""
    import clips

    found: list[int] = []

    def holds(number: int) -> None:
        found.append(int(number))

    fields = sorted({test.path for rule in rules for test in rule.tests})
    environment = clips.Environment()
    environment.define_function(holds)
    slots = " ".join(f"(slot {_slot(path)})" for path in fields)
    environment.build(f"(deftemplate happening (slot event) {slots})")
    for rule in rules:
        tests = " ".join(_clips(test, index) for index, test in enumerate(rule.tests))
        pattern = f"(happening (event {json.dumps(rule.event)}) {tests})"
        environment.build(f"(defrule rule-{rule.number} {pattern} => (holds {rule.number}))")
    template = environment.find_template("happening")

    def answer(event: Happening) -> list[int]:
        plain = event.plain
        fact = template.assert_fact(event=event.event, **{_slot(path): plain[path[0]][path[1]] for path in fields})
        found.clear()
        environment.run()
        fact.retract()
        return list(found)

    return answer


def datalogic_rules(rules: Sequence[PlainRule]) -> Answering:
    """All rules of a name in one call, on data that is parsed once."""
    import datalogic_py

    engine = datalogic_py.Engine()
    session = engine.session()
    compiled = {
        name: ([rule.number for rule in some], [engine.compile(_json_logic(rule)) for rule in some])
        for name, some in by_name(rules).items()
    }

    def answer(event: Happening) -> list[int]:
        numbers, tests = compiled.get(event.event, ((), ()))
        verdicts = session.evaluate_many(tests, datalogic_py.DataHandle(event.plain))
        return [number for number, verdict in zip(numbers, verdicts, strict=True) if verdict == "true"]

    return answer


def json_logic_qubit(rules: Sequence[PlainRule]) -> Answering:
    import json_logic

    plain = {name: [(rule.number, _json_logic(rule)) for rule in some] for name, some in by_name(rules).items()}

    def answer(event: Happening) -> list[int]:
        values = event.plain
        return [number for number, rule in plain.get(event.event, ()) if json_logic.jsonLogic(rule, values)]

    return answer


def rule_engine_rules(rules: Sequence[PlainRule]) -> Answering:
    import rule_engine

    compiled = {
        name: [(rule.number, rule_engine.Rule(_infix(rule, " and ", '{}["{}"]'))) for rule in some]
        for name, some in by_name(rules).items()
    }

    def answer(event: Happening) -> list[int]:
        plain = event.plain
        return [number for number, rule in compiled.get(event.event, ()) if rule.matches(plain)]

    return answer


PEERS: Final[dict[str, tuple[Callable[[Sequence[PlainRule]], Answering], int]]] = {
    "clipspy": (clips_network, 10_000),
    "datalogic-py": (datalogic_rules, 10_000),
    "common-expression-language": (cel_programs, 10_000),
    "zen-engine, decision table": (zen_tables, 10_000),
    "zen-engine, expressions": (zen_expressions, 10_000),
    "json-logic-qubit": (json_logic_qubit, 1_000),
    "rule-engine": (rule_engine_rules, 1_000),
}
"""Each with the most rules that it answers in bearable time."""


def _infix(rule: PlainRule, conjunction: str, path: str = "{}.{}") -> str:
    return conjunction.join(
        f"{path.format(*test.path)} {_SIGNS[test.operator]} {json.dumps(test.value)}" for test in rule.tests
    )


def _json_logic(rule: PlainRule) -> dict[str, Any]:
    tests = [{_JSON_LOGIC[test.operator]: [{"var": ".".join(test.path)}, test.value]} for test in rule.tests]
    return {"and": tests} if len(tests) > 1 else tests[0]


def _slot(path: tuple[str, str]) -> str:
    return "_".join(path)


def _clips(test: Asked, index: int) -> str:
    slot, name = _slot(test.path), f"?v{index}"
    match test.operator:
        case "is":
            return f"({slot} {json.dumps(test.value)})"
        case "in":
            return f"({slot} {'|'.join(map(json.dumps, test.value))})"
        case _:
            return f"({slot} {name}&:({_SIGNS[test.operator]} {name} {test.value}))"


def _zen_table(rules: Sequence[PlainRule]) -> dict[str, Any]:
    fields = sorted({test.path for rule in rules for test in rule.tests})
    inputs = [{"id": _slot(path), "name": _slot(path), "field": ".".join(path)} for path in fields]
    rows = [
        {"_id": str(rule.number), "number": str(rule.number), **dict.fromkeys(map(_slot, fields), "")}
        | {_slot(test.path): _zen_cell(test) for test in rule.tests}
        for rule in rules
    ]
    table = {"hitPolicy": "collect", "inputs": inputs, "rules": rows}
    table |= {"outputs": [{"id": "number", "name": "number", "field": "number"}]}
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode"},
            {"id": "table", "name": "table", "type": "decisionTableNode", "content": table},
            {"id": "out", "name": "out", "type": "outputNode"},
        ],
        "edges": [
            {"id": "1", "type": "edge", "sourceId": "in", "targetId": "table"},
            {"id": "2", "type": "edge", "sourceId": "table", "targetId": "out"},
        ],
    }


def _zen_cell(test: Asked) -> str:
    if test.operator == "in":
        return ", ".join(map(json.dumps, test.value))
    return json.dumps(test.value) if test.operator == "is" else f"{_SIGNS[test.operator]} {test.value}"
