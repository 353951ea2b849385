"""The operations of the edit engine on plain values, written once more and independently, for its tests."""

import copy
import random
from typing import Any

LISTED = ("text", "keywords", "contains", "regex", "buttons", "referrals")


def long_form(value: Any) -> Any:
    """Return a file's values without short forms, the steps last."""
    if not isinstance(value, dict):
        return value
    value = copy.deepcopy(value)
    for key in LISTED:
        if isinstance(value.get("triggers"), dict) and isinstance(value["triggers"].get(key), str):
            value["triggers"][key] = [value["triggers"][key]]
    steps = value.pop("steps", None)
    if isinstance(steps, dict):
        value["steps"] = {name: _long_step(step) for name, step in steps.items()}
    elif steps is not None:
        value["steps"] = steps
    return value


def _long_step(step: Any) -> Any:
    if isinstance(step, str):
        step = {"text": step}
    if not isinstance(step, dict):
        return step
    step = dict(step)
    if isinstance(step.get("text"), str):
        step["text"] = [step["text"]]
    options = step.get("options")
    if isinstance(options, list):
        options = {str(title): None for title in options}
    if isinstance(options, dict):
        step["options"] = {title: _long_option(it) for title, it in options.items()}
    return step


def _long_option(option: Any) -> Any:
    if isinstance(option, str):
        return {"then": option}
    if isinstance(option, dict):
        return {key: item for key, item in option.items() if item is not None or key != "then"}
    return option or {}


def names_of(value: Any) -> list[str]:
    steps = value.get("steps") if isinstance(value, dict) else None
    return list(steps) if isinstance(steps, dict) else []


def paths(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values below one."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: list[tuple[Any, ...]] = []
    for part, item in pairs:
        found += [(*above, part), *paths(item, (*above, part))]
    return found


def random_operation(value: Any, chance: random.Random) -> dict[str, Any]:
    """Return an operation; some cannot be done."""
    names, places = names_of(value) or ["none"], paths(value) or [("flow",)]
    name = chance.choice([*names, "missing"] if chance.random() < 0.05 else names)
    path = _by_title(value, list(chance.choice(places)), chance)
    after = chance.choice([None, *names])
    match chance.choice(
        ["set", "set", "set", "add", "add", "unset", "insert", "step", "delete", "rename", "move", "key", "shift"]
    ):
        case "set":
            return {"op": "set", "path": path, "value": random_value(chance)}
        case "add":
            key: Any = chance.choice(["next", "new key", "reprompt", "then", 0, 1, 2])
            return {"op": "set", "path": [*path[:-1], key], "value": random_value(chance)}
        case "unset":
            return {"op": "unset", "path": path}
        case "insert":
            return {"op": "insert", "path": [*path, chance.choice([0, 1])], "value": random_value(chance)}
        case "step":
            step = chance.choice(["Hi", {"ask": "x: y?", "save": "v"}, {"end": "Bye\nbye"}, {"jump": name}])
            return {"op": "insert_step", "name": f"n{chance.randrange(999)}", "after": after, "step": step}
        case "delete":
            return {"op": "delete_step", "name": name, "relink": chance.choice([None, *names, "end"])}
        case "rename":
            return {"op": "rename_step", "name": name, "to": f"r{chance.randrange(999)}"}
        case "shift":
            return {"op": "move", "path": path, "to": chance.randrange(4)}
        case "key":
            return {"op": "rename_key", "path": path, "to": chance.choice(["Other", "yes", "a: b", "12", "Sí #1"])}
        case _:
            return {"op": "move_step", "name": name, "after": after, "keep_implicit": chance.random() < 0.3}


def _by_title(value: Any, path: list[Any], chance: random.Random) -> list[Any]:
    """Return a path, perhaps with the title of an option in the place of its number."""
    if len(path) == 4 and path[2] == "options" and isinstance(path[3], int) and chance.random() < 0.7:
        return [*path[:3], str(_parent(value, path)[path[3]])]
    return path


def random_value(chance: random.Random, depth: int = 0) -> Any:
    simple: list[Any] = [
        *(
            "text",
            "two\nlines",
            "two\nlines\n",
            "  spaces ",
            "",
            "true",
            "yes",
            "12",
            "a: b",
            "# no",
            "{{ x }}",
            "é😀\t",
        ),
        *(
            True,
            False,
            None,
            0,
            -7,
            12.5,
            "- a",
            "'",
            '"',
            "end\n\n",
            "\n",
            "a #b",
            "[x]",
            "x\r\ny",
            "\u2028",
            "null",
            "so?",
            "a?b",
        ),
    ]
    if depth < 2 and chance.random() < 0.3:
        if chance.random() < 0.5:
            return [random_value(chance, depth + 1) for _ in range(chance.randrange(4))]
        return {f"k {number}": random_value(chance, depth + 1) for number in range(chance.randrange(4))}
    return chance.choice(simple)


def expected(value: Any, operation: dict[str, Any]) -> Any:
    """Return the values, in long form, after an operation."""
    value = copy.deepcopy(value)
    _OPERATIONS[operation["op"]](value, operation)
    return long_form(value)


def _set(value: Any, operation: dict[str, Any]) -> None:
    *above, last = operation["path"]
    for place, (part, following) in enumerate(zip(above, operation["path"][1:], strict=True)):
        missing = part not in value if isinstance(value, dict) else part >= len(value)
        made = (
            ([] if isinstance(following, int) else {}) if missing else _lengthened(value[part], above, place, following)
        )
        if isinstance(value, list) and missing:
            value.append(made)
        else:
            value[part] = made
        value = value[part]
    if isinstance(value, list) and last == len(value):
        value.append(operation["value"])
    else:
        value[last] = operation["value"]


def _lengthened(value: Any, path: list[Any], place: int, following: Any) -> Any:
    """Return a value on the way to another one, in long form as far as needed."""
    if value is None and isinstance(following, str):
        return {}
    if isinstance(value, str) and isinstance(following, int) and path[place] in LISTED:
        return [value]
    if isinstance(value, str) and isinstance(following, str):
        return {"text" if place == 1 else "id" if path[place - 1] == "list" else "then": value}
    if isinstance(value, list) and isinstance(following, str) and path[place] == "options":
        return {str(title): None for title in value}
    return value


def _unset(value: Any, operation: dict[str, Any]) -> None:
    parent = _parent(value, operation["path"])
    del parent[_part(parent, operation["path"][-1])]


def _insert(value: Any, operation: dict[str, Any]) -> None:
    _parent(value, operation["path"]).insert(operation["path"][-1], operation["value"])


def _move(value: Any, operation: dict[str, Any]) -> None:
    parent, to = _parent(value, operation["path"]), operation["to"]
    part = _part(parent, operation["path"][-1])
    if isinstance(parent, list):
        parent.insert(to, parent.pop(part))
        return
    pairs = list(parent.items())
    pairs.insert(to, pairs.pop(list(parent).index(part)))
    parent.clear()
    parent.update(pairs)


def _rename_key(value: Any, operation: dict[str, Any]) -> None:
    parent = _parent(value, operation["path"])
    if isinstance(parent, list):
        parent[_part(parent, operation["path"][-1])] = operation["to"]
        return
    pairs = [(operation["to"] if key == operation["path"][-1] else key, item) for key, item in parent.items()]
    parent.clear()
    parent.update(pairs)


def _insert_step(value: Any, operation: dict[str, Any]) -> None:
    names, after = names_of(value), operation["after"]
    names.insert(names.index(after) + 1 if after is not None else 0, operation["name"])
    steps = {**value["steps"], operation["name"]: operation["step"]}
    value["steps"] = {one: steps[one] for one in names}


def _delete_step(value: Any, operation: dict[str, Any]) -> None:
    names, name, relink = names_of(value), operation["name"], operation["relink"]
    place = names.index(name)
    if relink is not None:
        _repoint(value, name, relink)
        if place and relink != [*names[1:], "end"][place]:
            _write_next(value, names[place - 1], relink)
    del value["steps"][name]


def _rename_step(value: Any, operation: dict[str, Any]) -> None:
    _repoint(value, operation["name"], operation["to"])
    steps = value["steps"].items()
    value["steps"] = {operation["to"] if one == operation["name"] else one: step for one, step in steps}


def _move_step(value: Any, operation: dict[str, Any]) -> None:
    name, after, old = operation["name"], operation["after"], names_of(value)
    new = [one for one in old if one != name]
    new.insert(new.index(after) + 1 if after in new else 0 if after is None else old.index(name), name)
    for one in old if new != old else ():
        was, now = ([*names[1:], "end"][names.index(one)] for names in (old, new))
        if was != now:
            _write_next(value, one, was)
    value["steps"] = {one: value["steps"][one] for one in new}


def _write_next(value: Any, name: str, target: str) -> None:
    step = value["steps"][name]
    step = {"text": step} if isinstance(step, str) else step
    if _falls(step):
        value["steps"][name] = {**step, "next": target}


_OPERATIONS = {
    "set": _set,
    "unset": _unset,
    "insert": _insert,
    "move": _move,
    "rename_key": _rename_key,
    "insert_step": _insert_step,
    "delete_step": _delete_step,
    "rename_step": _rename_step,
    "move_step": _move_step,
}


def _parent(value: Any, path: list[Any]) -> Any:
    for part in path[:-1]:
        value = value[part]
    return value


def _part(parent: Any, part: Any) -> Any:
    """Return the place of an option that is written as a title in a list; any other part as it is."""
    if isinstance(parent, list) and isinstance(part, str):
        return [str(title) for title in parent].index(part)
    return part


def _falls(step: Any) -> bool:
    """Return whether a step in long form may continue with the one below it."""
    if not isinstance(step, dict) or isinstance(step.get("next"), str):
        return False
    main = [
        "text",
        "image",
        "template",
        "choose",
        "ask",
        "branch",
        "set",
        "call",
        "ai",
        "hand_off",
        "wait",
        "jump",
        "sub_flow",
    ]
    kind = next((key for key in main if key in step), "end" if "end" in step and not _is_customer(step) else "")
    if kind in ("jump", "hand_off", "end") or (not kind and not _is_customer(step)):
        return False
    if kind == "branch":
        return not isinstance(step.get("else"), str)
    if kind == "choose":
        options = step["options"].values() if isinstance(step.get("options"), dict) else ()
        return not options or any(
            not isinstance(it, str) and not (isinstance(it, dict) and it.get("then")) for it in options
        )
    return True


def _is_customer(step: dict[str, Any]) -> bool:
    return any(key in step for key in ("add_tags", "remove_tags", "fields", "qualified", "opted_out", "name"))


def _repoint(value: Any, name: str, to: str) -> None:
    timeout = value.get("timeout")
    if isinstance(timeout, dict) and timeout.get("then") == name:
        timeout["then"] = to
    for step in value["steps"].values():
        if not isinstance(step, dict):
            continue
        for key in ("next", "jump", "else", "then"):
            if step.get(key) == name:
                step[key] = to
        if isinstance(step.get("options"), dict):
            step["options"] = {title: to if item == name else item for title, item in step["options"].items()}
        below = [step.get("timeout"), *(step["options"].values() if isinstance(step.get("options"), dict) else ())]
        below += step["branch"] if isinstance(step.get("branch"), list) else []
        for part in below:
            if isinstance(part, dict) and part.get("then") == name:
                part["then"] = to
        if isinstance(step.get("outcomes"), dict):
            step["outcomes"] = {key: to if item == name else item for key, item in step["outcomes"].items()}
