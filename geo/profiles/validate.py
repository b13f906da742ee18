"""From pydantic's errors to problems that name file, key path, value and what is accepted."""

import json
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from geo.domain.profile_base import Names, Section
from geo.profiles.errors import Problem
from geo.profiles.merge import Document

__all__ = ["Header", "validate_header", "validate_sections"]


class Header(Section):
    """What every profile file says about itself."""

    key: str
    name: Names
    version: str
    abstract: bool = False
    """Only to be extended; no place can have it."""
    description: str = ""


def validate_header(document: Document) -> tuple[Header | None, list[Problem]]:
    """Return the typed header of a document, or what is wrong with it."""
    values = {name: document.values[name] for name in Header.model_fields if name in document.values}
    return _validate(Header, values, document, ())  # type: ignore[return-value]


def validate_sections(
    document: Document, types_by_name: Mapping[str, type[Section]]
) -> tuple[dict[str, Section], list[Problem]]:
    """Return the typed sections of a document and everything that is wrong with them.

    Cross references are looked at only when every section has the right types.
    """
    sections: dict[str, Section] = {}
    problems: list[Problem] = []
    for name in document.values.keys() - Header.model_fields.keys() - types_by_name.keys():
        accepted = ", ".join(f"'{known}'" for known in [*Header.model_fields, "extends", *types_by_name])
        problems.append(document.problem((name,), document.values[name], accepted))
    for name, section_type in types_by_name.items():
        section, wrong = _validate(section_type, document.values.get(name, {}), document, (name,))
        problems += wrong
        if section is not None:
            sections[name] = section
    if not problems:
        for name, section in sections.items():
            for finding in section.findings(sections):
                problems.append(
                    document.problem(
                        (finding.section or name, *finding.path), finding.value, finding.accepted
                    )
                )
    return sections, problems


def _validate(
    section_type: type[Section], values: Any, document: Document, at: tuple[str, ...]
) -> tuple[Section | None, list[Problem]]:
    try:
        # Through JSON: strict there still takes a list for a tuple and a text for a date, but no "5" for a 5.
        return section_type.model_validate_json(json.dumps(values, default=str)), []
    except ValidationError as error:
        return None, list(_problems(error, section_type, document, at))


def _problems(
    error: ValidationError, section_type: type[BaseModel], document: Document, at: tuple[str, ...]
) -> Iterator[Problem]:
    details = error.errors(include_url=False)
    for detail in details:
        if detail["type"] == "too_short" and _has_inner(detail["loc"], details):
            continue  # pydantic counts valid items only: the list is not short, its items are wrong
        path = (*at, *detail["loc"])
        value = detail["input"]
        context = detail.get("ctx", {})
        match detail["type"]:
            case "extra_forbidden":
                accepted = "one of the keys " + ", ".join(_keys_at(section_type, detail["loc"][:-1]))
            case "missing":
                value, accepted = None, "a value: this key is required"
            case "literal_error" | "enum":
                accepted = str(context["expected"])
            case "string_pattern_mismatch":
                accepted = f"a text matching {context['pattern']}"
            case "value_error":
                accepted = str(context["error"])
            case _:
                accepted = _sentence(detail["msg"])
        yield document.problem(path, value, accepted)


def _has_inner(loc: tuple[str | int, ...], details: Sequence[ErrorDetails]) -> bool:
    return any(len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in details)


def _sentence(message: str) -> str:
    return message.removeprefix("Input should be ").removeprefix("Value error, ")


def _keys_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys of the table that an error lies in, by walking the annotations."""
    annotation: Any = model
    for step in loc:
        candidates = [part for part in _unfold(annotation) if part is not type(None)]
        following = None
        for part in candidates:
            if isinstance(part, type) and issubclass(part, BaseModel) and step in part.model_fields:
                following = part.model_fields[str(step)].annotation
            elif get_origin(part) in (tuple, list, frozenset) and isinstance(step, int):
                following = get_args(part)[0]
        if following is None:
            return []
        annotation = following
    for part in _unfold(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return sorted(part.model_fields)
    return []


def _unfold(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _unfold(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [part for member in get_args(annotation) for part in _unfold(member)]
    return [annotation]
