"""Error messages for configuration files: the place of each problem and what to do."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

from shared.messages.inbound import Provider
from shared.validation.formats import IN_WORDS
from shared.validation.strict import Problem


def _any_of(names: Iterable[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} or {last}"


_BY_TYPE = {
    "missing": "is missing",
    "int_type": "a whole number is wanted here",
    "int_parsing": "a whole number is wanted here",
    "int_from_float": "a whole number is wanted here",
    "float_type": "a number is wanted here",
    "float_parsing": "a number is wanted here",
    "decimal_type": "a number is wanted here, such as 4.50",
    "decimal_parsing": "a number is wanted here, such as 4.50",
    "finite_number": "a number is wanted here",
    "bool_type": "true or false is wanted here",
    "bool_parsing": "true or false is wanted here",
    "tuple_type": "a list is wanted here, such as [one, two]",
    "list_type": "a list is wanted here, such as [one, two]",
    "model_type": "fields are wanted here, each as `name: value`",
    "model_attributes_type": "fields are wanted here, each as `name: value`",
    "dict_type": "fields are wanted here, each as `name: value`",
    "string_unicode": "has a character that is none",
    "union_tag_not_found": f"`provider` is missing: {_any_of(Provider)}",
}
_BY_BOUND = {
    "greater_than": "must be more than {}",
    "greater_than_equal": "must be {} or more",
    "less_than": "must be less than {}",
    "less_than_equal": "must be {} or less",
    "string_too_short": "must not be empty",
    "string_too_long": "has more than {} characters",
}
_MOST_NAMED = 12  # of the known fields
_CLOSE = 0.6


def problems_of(error: ValidationError, model: type[BaseModel]) -> Iterator[Problem]:
    """Yield the problems of a validation error of this model, with their places in the file.

    Values are not repeated, as they may be secrets; names of fields are.
    """
    for item in error.errors(include_url=False, include_context=True):
        loc, schema = _walk(item["loc"], _schema(model))
        yield loc, _message(item["type"], item["msg"], item.get("ctx", {}), item["input"], loc, schema)


def nearest(name: str, known: list[str]) -> str:
    """Return the known name that is most like this one, or an empty string."""
    longer = [one for one in known if len(one) > 2 and name.startswith(one)]  # `monday` is `mon`
    return next(iter(get_close_matches(name, known, n=1, cutoff=_CLOSE)), "") or next(iter(longer), "")


def _message(
    kind: str,
    message: str,
    context: Mapping[str, Any],
    given: Any,
    loc: tuple[int | str, ...],
    schema: Mapping[str, Any],
) -> str:
    if kind == "extra_forbidden":
        return _unknown(str(loc[-1]), list(schema.get("properties", {})))
    if kind == "string_type":
        quotes = "" if given is None or isinstance(given, dict | list) else "; write it in quotes"
        return f"a text is wanted here{quotes}"
    if kind == "string_pattern_mismatch":
        return IN_WORDS.get(str(context.get("pattern")), message)
    if kind == "union_tag_invalid":
        return f"`provider` is one of {context.get('expected_tags')}"
    if kind in ("enum", "literal_error"):
        return f"is one of {context.get('expected')}"
    if kind in _BY_BOUND:
        return _BY_BOUND[kind].format(*context.values())
    return _BY_TYPE.get(kind, message.removeprefix("Value error, "))


def _unknown(name: str, known: list[str]) -> str:
    if meant := nearest(name, known):
        return f"is not known; did you mean `{meant}`?"
    named = ", ".join(known[:_MOST_NAMED]) + (", …" if len(known) > _MOST_NAMED else "")
    return f"is not known; there are {named}" if known else "is not known"


@lru_cache(maxsize=16)
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _walk(loc: tuple[int | str, ...], whole: dict[str, Any]) -> tuple[tuple[int | str, ...], dict[str, Any]]:
    """Return the place without pydantic's own steps, and the schema of the object that has its last step."""
    schema: dict[str, Any] = whole
    holder = schema
    steps: list[int | str] = []
    for step in loc:
        schema = _plain(schema, whole)
        kinds = schema.get("discriminator", {}).get("mapping", {})
        if step in kinds:
            schema = {"$ref": kinds[step]}
            continue
        if step == "[key]":
            continue
        holder = schema
        steps.append(step)
        inner = schema.get("items", {}) if isinstance(step, int) else schema.get("properties", {}).get(step)
        schema = inner if inner is not None else schema.get("additionalProperties") or {}
        if not isinstance(schema, dict):
            schema = {}
    return tuple(steps), _plain(holder, whole)


def _plain(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """Return the schema that this one refers to; of an optional one, the schema without null."""
    while True:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            schema = whole["$defs"][name]
            continue
        choice = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
        if len(choice) != 1:
            return schema
        schema = choice[0]
